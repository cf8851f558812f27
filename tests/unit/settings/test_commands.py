"""`KEY=VALUE` words become a merge patch."""

from __future__ import annotations

import click
import pytest
from pydantic import BaseModel

from insula.settings.commands import patch_of


class Sample(BaseModel):
    rows: int = 10
    open: bool = True
    title: str = ""
    note: str | None = None
    tags: list[str] = []
    extra: dict[str, int] = {}


@pytest.mark.parametrize(
    ("pairs", "patch"),
    [
        (["rows=20"], {"rows": 20}),
        (["open=false"], {"open": False}),
        (["title=2026"], {"title": "2026"}),
        (["title=a=b"], {"title": "a=b"}),
        (["title="], {"title": ""}),
        (["note=7"], {"note": "7"}),
        (["tags=a", "tags=b"], {"tags": ["a", "b"]}),
        (["tags=a"], {"tags": ["a"]}),
        (['tags=["a","b"]'], {"tags": ["a", "b"]}),
        (['extra={"a":1}'], {"extra": {"a": 1}}),
        (["rows=many"], {"rows": "many"}),
        (["unknown=1"], {"unknown": "1"}),
    ],
)
def test_a_value_is_read_as_its_setting_wants_it(pairs, patch):
    assert patch_of(Sample, pairs) == patch


def test_a_word_without_an_equals_sign_is_refused_by_name():
    with pytest.raises(click.BadParameter, match="'rows' is not KEY=VALUE"):
        patch_of(Sample, ["rows"])
