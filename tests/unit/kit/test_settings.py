"""Keys of the ini file that no room reads stop the start."""

from pathlib import Path

import pytest

from insula.app import configure
from insula.kit.errors import ConfigurationError

SECRET = "only for these tests, and never served"  # never used outside of tests


def configured(folder: Path, **more: str) -> None:
    configure(
        {
            "insula.kit.secret": SECRET,
            "insula.db.url": f"sqlite:///{folder}/rows.db",
            "insula.records.url": f"sqlite:///{folder}/records.db",
            **more,
        }
    )


def test_keys_that_rooms_declare_are_taken(tmp_path: Path) -> None:
    configured(tmp_path, **{"insula.web.public_port": "443"})


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("insula.dbb.url", r"insula\.dbb\.url: .*Did you mean insula\.db\.url\?"),
        ("insula.secret", r"insula\.secret: .*Did you mean insula\.kit\.secret\?"),
        ("insula.guestbook.zzz", r"insula\.guestbook\.zzz: .*There are: accounts, .*, web\."),
        ("insula.db.ulr", r"insula\.db\.ulr: .*Did you mean insula\.db\.url\?"),
    ],
)
def test_a_key_that_nothing_reads_stops_the_start_with_a_suggestion(
    tmp_path: Path, key: str, told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        configured(tmp_path, **{key: "x"})


def test_keys_of_other_libraries_are_left_alone(tmp_path: Path) -> None:
    configured(tmp_path, **{"pyramid.default_locale_name": "en", "insulated.key": "x"})
