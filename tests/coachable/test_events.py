import subprocess
import sys
import time

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.plugins.hparams import metadata

from coachable.events import EventWriter, _masked_crc, read_scalars, trim
from teaching import UserError


def accumulator(folder) -> EventAccumulator:
    return EventAccumulator(str(folder), size_guidance={"scalars": 0, "tensors": 0}).Reload()


def scalars(folder, tag) -> list[tuple[int, float]]:
    """As TensorBoard reads them, checksums verified."""
    events = accumulator(folder)
    if tag in events.Tags()["scalars"]:
        return [(e.step, e.value) for e in events.Scalars(tag)]
    return [(e.step, e.tensor_proto.float_val[0]) for e in events.Tensors(tag)]


def test_the_checksum_is_crc32c():
    # RFC 3720, B.4: 32 zero bytes give AA 36 91 8A, least significant byte first.
    crc = 0x8A9136AA
    masked = (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF
    assert _masked_crc(bytes(32)) == masked.to_bytes(4, "little")


def test_tensorboard_reads_what_was_written(tmp_path):
    writer = EventWriter(tmp_path)
    values = {
        "rollout/ep_rew_mean": np.float32(1.5),
        "time/total": 7,
        "human/on": True,
        "say": "hi",
    }
    writer.write({**values, "skip": 1.0, "video": object()}, {"skip": ("tensorboard",)}, step=10)
    writer.write({"rollout/ep_rew_mean": 2.5}, {"rollout/ep_rew_mean": None}, step=20)
    writer.close()
    assert scalars(tmp_path, "rollout/ep_rew_mean") == [(10, 1.5), (20, 2.5)]
    assert scalars(tmp_path, "time/total") == [(10, 7.0)]
    assert scalars(tmp_path, "human/on") == [(10, 1.0)]
    (text,) = accumulator(tmp_path).Tensors("say")
    assert text.tensor_proto.string_val[0] == b"hi"
    assert set(read_scalars(tmp_path)) == {"rollout/ep_rew_mean", "time/total", "human/on"}


def test_ten_values_share_one_event(tmp_path):
    writer = EventWriter(tmp_path)
    writer.write({f"t/{i}": float(i) for i in range(10)}, {f"t/{i}": None for i in range(10)}, 1)
    (path,) = tmp_path.iterdir()  # not closed: each call has reached the system already
    events = [Event.FromString(raw) for raw in RawEventFileLoader(str(path)).Load()]
    assert [len(event.summary.value) for event in events] == [0, 10]
    assert events[0].file_version == "brain.Event:2"
    writer.close()


def test_settings_keep_their_types_and_none_is_refused(tmp_path):
    writer = EventWriter(tmp_path)
    writer.write_hparams({"algorithm": "pvp", "seed": 3, "td": True, "rate": 1e-4})
    with pytest.raises(TypeError, match="hparam budget"):
        writer.write_hparams({"budget": None})
    writer.close()
    events = accumulator(tmp_path)
    content = events.SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    start = metadata.parse_session_start_info_plugin_data(content)
    kinds = {key: value.WhichOneof("kind") for key, value in start.hparams.items()}
    assert kinds == {
        "algorithm": "string_value",
        "seed": "number_value",
        "td": "bool_value",
        "rate": "number_value",
    }
    assert start.hparams["seed"].number_value == 3


def test_stable_baselines_logger_takes_it(tmp_path):
    from stable_baselines3.common.logger import KVWriter, Logger

    class Writer(EventWriter, KVWriter):
        pass

    logger = Logger(None, [Writer(tmp_path)])
    logger.record("train/loss", 0.25)
    logger.record_mean("train/q", 1.0)
    logger.record_mean("train/q", 2.0)
    logger.record("console", "only", exclude="tensorboard")
    logger.dump(5)
    logger.close()
    assert scalars(tmp_path, "train/q") == [(5, 1.5)]
    assert set(read_scalars(tmp_path)) == {"train/loss", "train/q"}


def test_importing_it_imports_no_torch():
    code = (
        "import sys, coachable.events;"
        "bad = {'torch', 'tensorflow', 'stable_baselines3'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_after_a_trim_a_resumed_curve_has_no_overlap(tmp_path):
    writer = EventWriter(tmp_path)
    writer.write_hparams({"seed": 1})
    for step in (10, 20, 30):
        writer.write({"a": float(step)}, {"a": None}, step)
    writer.close()
    (first,) = tmp_path.iterdir()
    trim(tmp_path, 20)
    assert scalars(tmp_path, "a") == [(10, 10.0), (20, 20.0)]
    whole = first.stat().st_mtime_ns, first.read_bytes()
    trim(tmp_path, 20)
    assert (first.stat().st_mtime_ns, first.read_bytes()) == whole  # nothing to drop, not written
    resumed = EventWriter(tmp_path)
    for step in (30, 40):
        resumed.write({"a": -float(step)}, {"a": None}, step)
    resumed.close()
    assert scalars(tmp_path, "a") == [(10, 10.0), (20, 20.0), (30, -30.0), (40, -40.0)]
    steps, values = read_scalars(tmp_path)["a"]
    assert steps.tolist() == [10, 20, 30, 40]
    assert values.tolist() == [10.0, 20.0, -30.0, -40.0]
    assert metadata.SESSION_START_INFO_TAG in accumulator(tmp_path).summary_metadata


def test_a_record_cut_short_by_a_kill_is_dropped(tmp_path):
    writer = EventWriter(tmp_path)
    writer.write({"a": 1.0}, {"a": None}, 1)
    writer.write({"a": 2.0}, {"a": None}, 2)
    writer.close()
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for cut in range(1, 30):
        path.write_bytes(whole[:-cut])
        assert read_scalars(tmp_path)["a"][0].tolist() == [1]
    trim(tmp_path, 100)
    assert scalars(tmp_path, "a") == [(1, 1.0)]
    assert read_scalars(tmp_path / "none") == {}


def test_a_place_that_cannot_be_a_folder_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot make the folder"):
        EventWriter(tmp_path / "file")


def test_a_hundred_thousand_scalars_are_written_and_read_without_delay(tmp_path):
    writer = EventWriter(tmp_path)
    key_values = {f"group/tag{i}": 0.5 * i for i in range(10)}
    excluded = dict.fromkeys(key_values)
    start = time.process_time()
    for step in range(10_000):
        writer.write(key_values, excluded, step)
    writer.close()
    wrote = time.process_time()
    data = read_scalars(tmp_path)
    read = time.process_time()
    assert sum(len(steps) for steps, _ in data.values()) == 100_000
    # Some 0.5 s and 0.1 s are usual; EventAccumulator alone would take 1.6 s.
    assert wrote - start < 5
    assert read - wrote < 1.5
