"""The two kinds of block that need nothing but the page itself: heading and Markdown."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from pyramid.request import Request

    from insula.web.interfaces import PageInfo


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
        max_length=100_000,
        description="CommonMark with tables; HTML in it is shown as text.",
        json_schema_extra={"body": True},
    )


def render_heading(block: Heading, request: Request, page: PageInfo) -> Markup:
    """Return the heading, with an id to link to."""
    return Markup('<h{} id="{}">{}</h{}>').format(block.level, anchor(block.text), block.text, block.level)


def render_markdown(block: MarkdownText, request: Request, page: PageInfo) -> Markup:
    """Return the text as safe HTML."""
    return Markup('<div class="prose">{}</div>').format(request.markdown(block.text))


def anchor(text: str) -> str:
    """Return the id of a heading: its letters and digits, with a prefix that no other id on the page has."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "h-" + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "section")
