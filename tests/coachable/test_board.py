import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

import coachable
from coachable.config import load
from coachable.progress import Silent
from coachable.train import train

METRICS = Path(coachable.__file__).parents[1] / "docs" / "metrics.md"
TRAINED = [
    "env=driving",
    "env.horizon=50",  # a dozen episodes
    "algorithm=pvp",
    "total_steps=600",
    "log_every=50",
    "eval_every=300",
    "eval_episodes=2",
    "final_episodes=2",
    "algorithm.batch_size=16",
    "algorithm.net_arch=[16]",
    "name=one",
]


# Of humans who judge, answer, or are people; the run here has one who takes over.
OF_OTHER_HUMANS = {
    "human/judgements",
    "human/praise_share",
    "human/delay_estimate",
    "human/answers",
    "human/agreement",
    "human/latency_ms",
}
OF_OTHER_ALGORITHMS = (
    "guide/",
    "reward_model/",
    "tamer/",
    "stability/",
    "dueling/",
    "coactive/",
    "belief/",
    "words/",
)


def documented_tags():
    tags = re.findall(r"^\| `([a-z]+/[a-z_]+)` \|", METRICS.read_text(), re.MULTILINE)
    assert len(tags) > 10
    assert set(tags) >= OF_OTHER_HUMANS
    own = {tag for tag in tags if tag.startswith(OF_OTHER_ALGORITHMS)}
    return set(tags) - OF_OTHER_HUMANS - own


def ask(url, question=None):
    body = None if question is None else json.dumps(question).encode()
    request = Request(url, data=body, headers={"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def wait_for_tags(url, process):
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None
        try:
            if (tags := ask(f"{url}/data/plugin/scalars/tags")).get("one"):
                return set(tags["one"])
        except URLError:
            pass
        time.sleep(0.2)
    raise AssertionError("TensorBoard shows no run")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    train(load([*TRAINED, f"runs={folder}"]), Silent())
    return folder


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_board_shows_every_documented_tag_and_the_runs_settings_until_it_is_stopped(runs, stop):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    code = "import sys; from coachable.cli import main; sys.argv[0] = 'coachable'; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "board", "--runs", str(runs), "--port", str(port)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.DEVNULL,
    )
    try:
        tags = wait_for_tags(url, process)
        assert documented_tags() - tags == set()
        every = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"]
        question = {"experimentName": "", "allowedStatuses": every, "sliceSize": 10}
        (row,) = ask(f"{url}/data/plugin/hparams/session_groups", question)["sessionGroups"]
        assert row["name"] == "one"
        assert (row["hparams"]["algorithm"], row["hparams"]["env"]) == ("pvp", "driving")
        assert row["hparams"]["total_steps"] == 600
        process.send_signal(stop)
        process.wait(timeout=30)
    finally:
        process.kill()
        process.wait()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
