"""Who may talk to the server."""

import pytest

from human_controllers.browser.config import BrowserConfig
from human_controllers.browser.guard import Bucket, Guard
from teaching import UserError


@pytest.fixture
def guard():
    return Guard(BrowserConfig(), "secret", 8642)


def test_only_the_token_is_the_token(guard):
    assert guard.knows("secret")
    for wrong in (None, "", "secre", "secrets", "SECRET", "sécret"):
        assert not guard.knows(wrong)


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8642", "localhost:8642", "LOCALHOST:8642", "[::1]:8642"]
)
def test_this_machine_has_these_names(guard, host):
    assert guard.host_is_ours(host)
    assert guard.origin_is_ours(f"http://{host}")


@pytest.mark.parametrize(
    "host",
    [None, "", "localhost", "localhost:80", "evil.example:8642", "127.0.0.1.evil.example:8642"],
)
def test_a_name_that_somebody_points_here_is_not_ours(guard, host):
    assert not guard.host_is_ours(host)
    assert host is None or not guard.origin_is_ours(f"http://{host}")


@pytest.mark.parametrize("origin", ["null", "https://127.0.0.1:8642", "file://", "127.0.0.1:8642"])
def test_another_origin_is_not_ours(guard, origin):
    assert not guard.origin_is_ours(origin)


def test_other_names_and_the_network_must_be_asked_for():
    named = Guard(BrowserConfig(names=["teach.lab"]), "secret", 8642)
    assert named.host_is_ours("teach.lab:8642")
    with pytest.raises(UserError, match="open_to_network"):
        BrowserConfig(host="0.0.0.0")
    BrowserConfig(host="0.0.0.0", open_to_network=True)


def test_a_bucket_lets_a_burst_through_and_then_a_rate():
    now = [0.0]
    bucket = Bucket(rate=10, burst=3, clock=lambda: now[0])
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]
    now[0] = 0.2  # two more by then
    assert [bucket.take() for _ in range(3)] == [True, True, False]
