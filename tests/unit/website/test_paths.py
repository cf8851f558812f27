"""Which addresses pages may have."""

from __future__ import annotations

import pytest

from insula.kit.errors import Invalid
from insula.website.paths import MAX_DEPTH, check_path, parent_of, prefixes


def reserved(name):
    return name in {"api", "admin", "static"}


@pytest.mark.parametrize(
    "path", ["/", "/about", "/about/team-2", "/a" * MAX_DEPTH, "/" + "x" * 255, "/2026/11/22"]
)
def test_a_plain_path_is_good(path):
    assert check_path(path, reserved) == path


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("about", "Begin with a slash"),
        ("", "Begin with a slash"),
        ("//about", "Between slashes"),
        ("/about/", "Between slashes"),
        ("/About", "Between slashes"),
        ("/über", "Between slashes"),
        ("/a b", "Between slashes"),
        ("/@@edit", "Between slashes"),
        ("/..", "Between slashes"),
        ("/a/../b", "Between slashes"),
        ("/-a", "Between slashes"),
        ("/a-", "Between slashes"),
        ("/a_b", "Between slashes"),
        ("/a\x00", "Between slashes"),
        ("/a\n", "Between slashes"),
        ("/" + "x" * 256, "at most 255"),
        ("/a" * (MAX_DEPTH + 1), "at most 16 levels"),
        ("/" + "/".join(["x" * 250] * 5), "at most 1024"),
        ("/api", "belongs to the platform"),
        ("/admin/x", "belongs to the platform"),
    ],
)
def test_any_other_is_refused_with_what_would_do(path, said):
    with pytest.raises(Invalid) as refused:
        check_path(path, reserved)
    (error,) = refused.value.errors
    assert error.path == "path"
    assert said in error.detail


def test_a_reserved_name_is_free_below_the_first_level():
    assert check_path("/docs/api", reserved) == "/docs/api"


def test_the_parent_of_the_first_level_is_nothing():
    assert parent_of("/a/b") == "/a"
    assert parent_of("/a") is None
    assert parent_of("/") is None


def test_prefixes_end_where_no_page_can_be():
    assert prefixes(["a", "b", "@@edit", "c"]) == ("/a", "/a/b")
    assert prefixes(["A"]) == ()
    assert len(prefixes(["a"] * 40)) == MAX_DEPTH
