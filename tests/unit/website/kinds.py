"""Kinds of block for tests."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from insula.web.interfaces import BlockKind, Blocks
from insula.website.blocks import Heading, MarkdownText, render_heading, render_markdown


class Chart(BaseModel):
    """A block with fields of several types."""

    model_config = ConfigDict(extra="forbid")

    stream: str
    hours: int = 24
    series: list[str] = []
    smooth: bool = False


def kinds():
    """Return a registry of three kinds."""
    blocks = Blocks()
    blocks.add(BlockKind("heading", "Heading", Heading, render_heading, varies=False))
    blocks.add(BlockKind("markdown", "Markdown", MarkdownText, render_markdown, varies=False))
    blocks.add(BlockKind("chart", "Chart", Chart, render_heading, feature="streams"))
    return blocks
