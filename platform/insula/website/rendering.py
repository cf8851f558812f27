"""A page as HTML: its blocks one by one, in the theme of the site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from pydantic import ValidationError
from pyramid.location import lineage

from insula.kit.errors import InsulaError, Unavailable
from insula.observability.log import get
from insula.web.interfaces import BlockKind, Link, blocks_of
from insula.website.resources import PageNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pyramid.request import Request

    from insula.website.interfaces import PageState

log = get("insula.website")
DOWN = Markup('<p class="unavailable">This part of the page is not available right now.</p>')


@dataclass(frozen=True)
class Shown:
    """One block as HTML."""

    kind: str
    html: Markup


def kinds_on(request: Request, page: PageState) -> Iterator[tuple[Mapping[str, Any], BlockKind]]:
    """Go through the blocks that exist for this tenant; others are left out without a word to visitors."""
    kinds = blocks_of(request.registry)
    for block in page.blocks:
        kind = kinds.get(str(block.get("kind")))
        if kind is not None and (kind.feature is None or request.has_feature(kind.feature)):
            yield block, kind


def varies(request: Request, page: PageState) -> bool:
    """Say whether the page shows data that changes while the page does not."""
    return any(kind.varies for _, kind in kinds_on(request, page))


def render_blocks(request: Request, page: PageState) -> list[Shown]:
    """Return the blocks of a page as HTML."""
    shown = []
    for block, kind in kinds_on(request, page):
        try:
            model = kind.model.model_validate(
                {name: value for name, value in block.items() if name != "kind"}
            )
            shown.append(Shown(kind.name, kind.render(model, request, page)))
        except ValidationError as error:
            # The kind has changed since the block was written; the editor is told, the visitor need not be.
            log.warning("block not shown", page=page.path, kind=kind.name, problems=error.error_count())
        except Unavailable as error:
            log.warning("block unavailable", page=page.path, kind=kind.name, error=error.detail)
            shown.append(Shown(kind.name, DOWN))
        except InsulaError:
            # It is about something that is gone, or that this visitor may not view: then there is no such block.
            continue
    return shown


def crumbs(node: PageNode) -> list[Link]:
    """Return the pages above a page, outermost first."""
    above = [each for each in lineage(node) if isinstance(each, PageNode) and each is not node]
    return [Link(each.page.label or each.page.title, each.page.path) for each in reversed(above)]
