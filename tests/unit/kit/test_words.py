"""Devices, moments and waits in words."""

from datetime import UTC, datetime, timedelta

import pytest

from insula.kit.words import ago, device, wait

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/142.0.0.0 Safari/537.36 Edg/142.0"
            ),
            "Edge on Windows",
        ),
        (
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) "
                "Version/19.0 Mobile/15E148 Safari/604.1"
            ),
            "Safari on iPhone",
        ),
        ("curl/8.5.0", "curl"),
        ("", "Unknown device"),
    ],
)
def test_a_device_is_named_by_browser_and_system(user_agent, said):
    assert device(user_agent) == said


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=2), "20 Nov 2026"),
    ],
)
def test_a_moment_is_told_by_its_distance_up_to_a_day(back, said):
    assert ago(NOW - back, NOW) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(1, "1 second"), (2, "2 seconds"), (60, "1 minute"), (900, "15 minutes")]
)
def test_a_wait_is_told_in_seconds_up_to_a_minute(seconds, said):
    assert wait(seconds) == said
