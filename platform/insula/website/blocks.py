"""The two kinds of block that need nothing but the page itself: heading and Markdown."""

from __future__ import annotations

import re
import unicodedata
from itertools import chain, count
from typing import TYPE_CHECKING

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field, field_validator

if TYPE_CHECKING:
    from pyramid.request import Request

    from insula.web.interfaces import PageInfo


MAX_CELLS = 5_000
MAX_MARKS = 8_000
_BLANK = re.compile(r"\n[ \t]*\n")
_RULE = frozenset("|-: \t>*+.)0123456789")


class Heading(BaseModel):
    """A heading within the page."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(min_length=1, max_length=200, description="What the heading says.")
    level: int = Field(2, ge=2, le=4, description="2 for a section, 3 and 4 for parts of it.")


class MarkdownText(BaseModel):
    """A text in Markdown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field(
        min_length=1,
        max_length=40_000,
        description="CommonMark with tables; HTML in it is shown as text.",
        json_schema_extra={"body": True},
    )

    @field_validator("text")
    @classmethod
    def _is_drawn_in_no_time(cls, text: str) -> str:
        if cells(text) > MAX_CELLS:
            raise ValueError(f"Its tables have more than {MAX_CELLS:,} cells; use a stream, or several pages")
        if marks(text) > MAX_MARKS:
            raise ValueError(
                "It has too many lines, brackets or marks of emphasis; use several blocks or pages"
            )
        return text


def marks(text: str) -> int:
    """Return about how many steps the parser takes at the lines and the marks of a text.

    It takes the longest at brackets and lines, thousands of which fit into a text of ordinary size.
    """
    return 3 * text.count("[") + 2 * (text.count("\n") + text.count("\r")) + sum(map(text.count, "*_~&<"))


def cells(text: str) -> int:
    """Return at most how many cells the tables of a text have.

    The parser fills up the short lines of a table, so that five kilobytes can make sixty thousand cells.
    """
    found = 0
    for part in _BLANK.split(text.replace("\r\n", "\n").replace("\r", "\n")):
        lines = part.split("\n")
        # The line below the head of a table, in whatever list or quotation it stands.
        if any("|" in line and "-" in line and _RULE.issuperset(line) for line in lines):
            found += (max(line.count("|") for line in lines) + 1) * len(lines)
    return found


def render_heading(block: Heading, request: Request, page: PageInfo) -> Markup:
    """Return the heading, with an id to link to."""
    taken = request.anchors.take(block.text)
    return Markup('<h{} id="{}">{}</h{}>').format(block.level, taken, block.text, block.level)


def render_markdown(block: MarkdownText, request: Request, page: PageInfo) -> Markup:
    """Return the text as safe HTML."""
    return Markup('<div class="prose">{}</div>').format(request.markdown(block.text))


class Anchors:
    """The ids of the headings of one page, each of them once."""

    def __init__(self, request: Request) -> None:
        self._taken: set[str] = set()

    def take(self, text: str) -> str:
        """Return an id for a heading, numbered from its second use on."""
        plain = anchor(text)
        numbered = (f"{plain}-{number}" for number in count(2))
        free = next(name for name in chain([plain], numbered) if name not in self._taken)
        self._taken.add(free)
        return free


def anchor(text: str) -> str:
    """Return the id of a heading: its letters and digits, with a prefix that only headings have."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "h-" + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "section")
