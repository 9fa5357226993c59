"""Fixtures that tests of several rooms share; the classes behind them are in tests/tiny.py."""

import pytest
import tiny


@pytest.fixture
def slide():
    """Make the tiny continuous task."""
    return tiny.Slide


@pytest.fixture
def line():
    """Make the tiny discrete task."""
    return tiny.Line


@pytest.fixture
def same_step():
    """Make a vector environment that resets in the same step, of N environments."""
    return tiny.same_step


@pytest.fixture
def scripted():
    """Make a human that follows a script."""
    return tiny.Scripted


@pytest.fixture
def rescuer():
    """Make a human that takes over now and then."""
    return tiny.Rescuer
