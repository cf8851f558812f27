"""Names of files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insula.files.names import LONGEST, check, clean
from insula.kit.errors import Invalid


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\Ada\\Bild 1.png", "Bild 1.png"),
        ("a\r\nSet-Cookie: x.txt", "aSet-Cookie x.txt"),
        ("@@delete", "delete"),
        ("...htaccess", "htaccess"),
        ("cod\u202egnp.exe", "codgnp.exe"),
        ("Zu\u0308rich.png", "Zürich.png"),
    ],
)
def test_a_name_is_its_last_part_without_what_could_mislead(given, kept):
    assert clean(given) == kept


@pytest.mark.parametrize("name", ["", "..", "a/..", "@@", " . ", "\x00", "///"])
def test_a_name_of_nothing_is_refused(name):
    with pytest.raises(Invalid):
        clean(name)


def test_a_long_name_keeps_its_ending():
    assert clean("a" * 500 + ".jpeg").endswith("aaa.jpeg")
    assert len(clean("a" * 500 + ".jpeg")) == LONGEST


def test_a_new_name_is_taken_as_it_is_or_refused_with_one_that_would_do():
    assert check("pier.png") == "pier.png"
    with pytest.raises(Invalid) as refused:
        check("../pier.png")
    assert "pier.png" in refused.value.errors[0].detail


@given(st.text(max_size=300))
def test_every_name_is_one_segment_and_stays_what_it_is(text):
    try:
        kept = clean(text)
    except Invalid:
        return
    assert "/" not in kept
    assert kept not in (".", "..")
    assert not kept.startswith("@@")
    assert 0 < len(kept) <= LONGEST
    assert clean(kept) == kept
