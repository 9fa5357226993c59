import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import pytest

from algorithms.registry import ALGORITHMS

ROOT = Path(__file__).parents[2]


def test_the_names_are_those_of_the_entries():
    assert {name: entry.name for name, entry in ALGORITHMS.items()} == {n: n for n in ALGORITHMS}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_each_entrys_agent_takes_its_config_and_keeps_the_interface(name):
    entry = ALGORITHMS[name]
    assert entry.config_class()().name == name
    agent = entry.agent_class()
    for member in ("learn", "predict", "set_logger", "resumable", "state_dict", "load_state_dict"):
        assert hasattr(agent, member)
    assert entry.summary
    assert len(entry.summary) < 70


@pytest.mark.parametrize("name", ALGORITHMS)
def test_each_config_is_a_dataclass_and_documents_every_field(name):
    config = ALGORITHMS[name].config_class()
    assert dataclasses.is_dataclass(config)
    docs = "".join(base.__doc__ or "" for base in config.__mro__)
    for field in dataclasses.fields(config):
        assert field.name == "name" or f"{field.name}: " in docs, field.name


def test_neither_the_registry_nor_a_config_imports_torch():
    code = (
        "import sys; from algorithms.registry import ALGORITHMS; "
        "[entry.config_class() for entry in ALGORITHMS.values()]; "
        "print(*sorted({'torch', 'stable_baselines3'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == ""
