"""Markdown to HTML that is safe to show: no HTML of the writer's own gets in, and little of anybody's gets out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.token import Token
    from pyramid.request import Request

TAGS = {
    *("p", "h2", "h3", "h4", "h5", "h6", "em", "strong", "s", "code", "pre", "blockquote", "hr", "br"),
    *("ul", "ol", "li", "a", "img", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
CLASSES = {"th": {"center", "end"}, "td": {"center", "end"}}
SCHEMES = {"http", "https", "mailto", "tel"}

_ALIGNMENT = re.compile(r"text-align:(left|center|right)")
_parser = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False}).enable(
    ["table", "strikethrough"]
)


def markdown(request: Request, text: str) -> Markup:  # a request method, for rooms above
    """Return the HTML of a Markdown text."""
    return render(text)


@lru_cache(maxsize=512)
def render(text: str) -> Markup:
    """Return the HTML of a Markdown text; `#` and `##` are both of the second level, since the page has the first."""
    tokens = _parser.parse(text)
    _fit(tokens)
    html = nh3.clean(
        _parser.renderer.render(tokens, _parser.options, {}),
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
        strip_comments=True,
    )
    # Wide tables and code scroll, and the keyboard has to reach what scrolls. The cleaned text has `<table>` and
    # `<pre>` only as tags.
    html = html.replace(
        "<table>", '<div class="scroll" role="region" aria-label="Table" tabindex="0"><table>'
    )
    html = html.replace("</table>", "</table></div>").replace("<pre>", '<pre tabindex="0">')
    return Markup(html)  # noqa: S704 - cleaned above


def _fit(tokens: Sequence[Token]) -> None:
    level = 2
    for token in tokens:
        if token.type == "heading_open":
            # The page has the first level, and a text that skips one would mislead who moves from heading to heading.
            level = min(max(int(token.tag[1]), 2), level + 1)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{level}"
        elif token.type in ("th_open", "td_open"):
            # The parser aligns by a style attribute, which neither the cleaner nor the content policy lets through.
            found = _ALIGNMENT.search(str(token.attrs.pop("style", "")))
            if found and found[1] != "left":
                token.attrs["class"] = {"right": "end", "center": "center"}[found[1]]
