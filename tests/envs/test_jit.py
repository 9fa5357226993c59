import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

import envs.driving

ROOT = Path(envs.driving.__file__).parents[2]

INNER = """
from envs.jit import kernel

@kernel
def scale(x):
    return {factor} * x
"""
OUTER = """
import sys
sys.path.insert(0, {root!r})
from envs.jit import kernel
from pkg.inner import scale

@kernel
def twice(x):
    return scale(x) + scale(x)
"""


@pytest.fixture
def package(tmp_path):
    """A folder of two kernels in two files, of which one calls the other."""
    folder = tmp_path / "pkg"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "outer.py").write_text(OUTER.format(root=str(ROOT)))
    write(folder, 3)
    return folder


def write(folder, factor):
    (folder / "inner.py").write_text(INNER.format(factor=factor))


def call(folder, then="", home=None):
    """twice(1) in a fresh process, and how many forms were loaded from the disk."""
    program = (
        "from pkg.outer import twice; print(twice(1), sum(twice.stats.cache_hits.values()));" + then
    )
    environment = {**os.environ, "XDG_CACHE_HOME": str(home or folder.parent / "home")}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return tuple(int(number) for number in done.stdout.split())


def caches(folder):
    return sorted(path.name for path in folder.glob("__pycache__/kernels-of-*"))


def test_compiled_code_is_kept_until_any_file_of_the_folder_changes(package):
    assert call(package) == (6, 0)
    assert call(package) == (6, 1)
    (first,) = caches(package)
    (package / "outer.py").touch()  # the same source
    assert call(package) == (6, 1)
    write(package, 5)  # what is called, not the file of the function that is
    assert call(package) == (10, 0)
    (second,) = caches(package)
    assert second != first  # the earlier one is gone


def test_a_cache_that_a_process_still_uses_is_left_to_it(package):
    write_and_call = (
        f"import pathlib, subprocess, sys; p = pathlib.Path({str(package)!r});"
        "before = list(p.glob('__pycache__/kernels-of-*'));"
        "(p / 'inner.py').write_text((p / 'inner.py').read_text().replace('3', '5'));"
        "subprocess.run([sys.executable, '-c', 'from pkg.outer import twice; twice(1)'],"
        " check=True);"
        "assert all(path.is_dir() for path in before)"
    )
    call(package, then=write_and_call)
    assert len(caches(package)) == 2


def test_a_folder_that_cannot_be_written_to_is_compiled_into_the_users_cache(package):
    (package / "__pycache__").write_text("a file where the folder should be")
    home = package.parent / "home"
    assert call(package, home=home) == (6, 0)
    assert call(package, home=home) == (6, 1)
    assert list(home.glob("coachable/pkg-*/kernels-of-*"))
    (package.parent / "no_home").write_text("nor here")
    assert call(package, home=package.parent / "no_home") == (6, 0)


def compile_forms(folder, barrier, order, results):
    sys.path[:0] = [str(folder.parent), str(ROOT)]
    from pkg.outer import twice

    barrier.wait()
    forms = {"int": 2, "float": 2.5, "complex": 2 + 1j}
    results.put([(name, complex(twice(forms[name]))) for name in order])


def test_processes_that_compile_for_the_first_time_at_once_do_not_mix_up_their_code(package):
    context = multiprocessing.get_context("spawn")
    orders = [("int", "float", "complex"), ("complex", "float", "int"), ("float", "int", "complex")]
    barrier, results = context.Barrier(len(orders)), context.Queue()
    workers = [
        context.Process(target=compile_forms, args=(package, barrier, order, results))
        for order in orders
    ]
    for worker in workers:
        worker.start()
    answers = [dict(results.get(timeout=120)) for _ in workers]
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    # 3 x + 3 x: of 2, of 2.5 and of 2 + i.
    expected = {"int": 12 + 0j, "float": 15 + 0j, "complex": 12 + 6j}
    assert answers == [expected] * len(orders)
    after = "print(int(twice(2.5)), int(twice(2 + 1j).imag), sum(twice.stats.cache_hits.values()))"
    assert call(package, then=after) == (6, 1, 15, 6, 3)
