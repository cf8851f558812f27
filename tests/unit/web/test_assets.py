"""Addresses of assets change with their content, and only such addresses are kept for ever."""

from __future__ import annotations

import pytest

from insula.web.assets import ContentHashCacheBuster, is_current, is_ours, token
from insula.web.interfaces import ASSETS

SPEC = "insula.website:static/harbour.css"
REGISTRY = {ASSETS: {"website": "insula.website:static/"}}


def test_the_address_carries_the_hash_of_the_content():
    subpath, kw = ContentHashCacheBuster()(None, "harbour.css", {"pathspec": SPEC, "_query": {"a": "1"}})
    assert subpath == "harbour.css"
    assert kw["_query"] == {"a": "1", "v": token(SPEC)}


def test_two_files_have_two_hashes():
    assert token(SPEC) != token("insula.website:static/bay.css")


def test_a_file_that_is_not_there_has_no_hash():
    assert token("insula.website:static/none.css") is None
    assert ContentHashCacheBuster()(None, "none.css", {"pathspec": "insula.website:static/none.css"})[1] == {
        "pathspec": "insula.website:static/none.css"
    }


def test_the_current_hash_may_be_kept_and_no_other():
    path = "/static/website/harbour.css"
    assert is_current(REGISTRY, path, token(SPEC))
    assert not is_current(REGISTRY, path, "0" * 16)
    assert not is_current(REGISTRY, path, None)
    assert not is_current(REGISTRY, "/static/other/harbour.css", token(SPEC))


@pytest.mark.parametrize(
    "path", ["/static/website/../models.py", "/static/website//etc/passwd", "/static/website/\x00"]
)
def test_a_path_out_of_the_folder_is_never_hashed(path):
    assert not is_current(REGISTRY, path, "x")


def test_folders_of_others_are_left_to_them():
    assert is_ours(REGISTRY, "/static/website/harbour.css")
    assert not is_ours(REGISTRY, "/static/admin/admin.css")
    assert not is_ours(REGISTRY, "/about")
