"""Pages as JSON: list, make, read, change by merge patch, publish and unpublish."""

from typing import Annotated, Any

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict
from pyramid.config import Configurator
from typing_extensions import TypedDict

from insula.api.interfaces import (
    JSON,
    MERGE_PATCH,
    Answer,
    Body,
    Identifier,
    IfMatch,
    Moment,
    Page,
    Service,
    etag_of,
    listing,
)
from insula.kit.clock import isoformat
from insula.kit.cursors import sealer_of
from insula.kit.errors import FieldError, Invalid
from insula.kit.json import dumps, loads
from insula.security.interfaces import caller_id
from insula.website.authoring import may_create
from insula.website.interfaces import PageDraft, Pages, PageState
from insula.website.resources import APIPage, PagesAPI
from insula.website.rows import decided, viewable
from insula.website.services import EDITABLE

LIFETIME = 86_400
CREATABLE = EDITABLE | {"path"}


class PageShape(TypedDict):
    """A page."""

    id: Identifier
    path: str
    title: str
    summary: str
    blocks: list[Any]
    label: str | None
    position: int | None
    ask_to_sign_in: bool
    published: bool
    version: int
    created: Moment
    updated: Moment
    published_at: Moment | None


class PageChanges(BaseModel):
    """What can be changed of a page; each block is an object with its kind in `type`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"title": "About us", "blocks": [{"type": "text", "text": "Welcome."}]}]
        }
    )

    title: str = ""
    summary: str | None = ""
    blocks: list[dict[str, Any]] | None = None
    label: str | None = None
    position: int | None = None
    ask_to_sign_in: bool | None = False


class NewPage(PageChanges):
    """A page to make."""

    path: str
    title: str


def includeme(config: Configurator) -> None:
    """Register the branch and its endpoints."""
    config.add_api_branch(
        "pages", "insula.website.resources.PagesAPI", title="Pages", feature="website", visitors=True
    )
    for view, context, method, name, permission in (
        (index, PagesAPI, "GET", "", "view"),
        (create, PagesAPI, "POST", "", "view"),
        (show, APIPage, "GET", "", "view"),
        (change, APIPage, "PATCH", "", "edit"),
        (publish, APIPage, "POST", "publish", "publish"),
        (unpublish, APIPage, "POST", "unpublish", "publish"),
    ):
        asks = ("create", "Page") if view is create else None
        config.add_endpoint(view, context=context, method=method, name=name, permission=permission, asks=asks)


def index(
    context: PagesAPI,
    request: Any,
    pages: Pages = Service,
    limit: Annotated[int, Ge(1), Le(200)] = 50,
    after: str | None = None,
) -> Page[PageShape]:
    """Return the pages this caller may view, by path."""
    bound = (str(request.tenant_id), "pages", caller_id(request))
    sealer = sealer_of(request.registry)
    behind = sealer.open(after, bound=bound)["path"] if after is not None else None
    # One more than asked tells whether there is another page.
    allowed = viewable(request, context)
    found = pages.list(after=behind, limit=limit + 1, allowed=allowed)
    here, more = found[:limit], len(found) > limit
    shown = [shape(page) for page in decided(request, context, here, allowed)]
    cursor = sealer.seal({"path": here[-1].path}, bound=bound, lifetime=LIFETIME) if more else None
    return listing(request, shown, cursor)


def create(
    context: PagesAPI,
    request: Any,
    body: Annotated[dict[str, Any], Body(schema=NewPage)],
    pages: Pages = Service,
) -> Annotated[PageShape, Answer(201)]:
    """Make an unpublished page."""
    errors = [FieldError(name, "A new page has no such member.") for name in sorted(set(body) - CREATABLE)]
    errors += [
        FieldError(name, "This is needed.")
        for name in ("path", "title")
        if not isinstance(body.get(name), str)
    ]
    errors += _wrong_kinds(body)
    if isinstance(body.get("path"), str):
        may_create(request, context, body["path"])
    if errors:
        told = {error.path for error in errors}
        raise Invalid(errors=[*errors, *pages.flaws({name: body[name] for name in body if name not in told})])
    page = pages.create(PageDraft(**body), author=request.identity.account_id)
    request.response.headers["Location"] = f"/api/pages/{page.id}"
    return _answer(request, page)


def show(context: APIPage, request: Any) -> PageShape:
    """Return one page."""
    return _answer(request, context.page)


def change(
    context: APIPage,
    request: Any,
    body: Annotated[dict[str, Any], Body(JSON, MERGE_PATCH, schema=PageChanges)],
    if_match: IfMatch,
    pages: Pages = Service,
) -> PageShape:
    """Apply a merge patch to the version that `If-Match` names."""
    if_match.check(context.page.version)
    # What only we write may stand in a patch as long as it says what is so: then a whole page can be sent back.
    now = loads(dumps(shape(context.page)))
    patch = {name: value for name, value in body.items() if name in EDITABLE or now.get(name, ...) != value}
    for name, default in (("summary", ""), ("blocks", []), ("ask_to_sign_in", False)):
        if name in patch and patch[name] is None:
            patch[name] = default
    if errors := _wrong_kinds(patch):
        raise Invalid(errors=errors)
    page = pages.edit(context.page.id, patch, expected=context.page.version)
    return _answer(request, page)


def publish(context: APIPage, request: Any, if_match: IfMatch | None, pages: Pages = Service) -> PageShape:
    """Show the page to visitors."""
    expected = _expected(context, if_match)
    return _answer(request, pages.publish(context.page.id, expected=expected))


def unpublish(context: APIPage, request: Any, if_match: IfMatch | None, pages: Pages = Service) -> PageShape:
    """Take the page from visitors' eyes."""
    expected = _expected(context, if_match)
    return _answer(request, pages.unpublish(context.page.id, expected=expected))


def shape(page: PageState) -> PageShape:
    """Return a page as JSON shows it."""
    return {
        "id": str(page.id),
        "path": page.path,
        "title": page.title,
        "summary": page.summary,
        "blocks": list(page.blocks),
        "label": page.label,
        "position": page.position,
        "ask_to_sign_in": page.ask_to_sign_in,
        "published": page.published,
        "version": page.version,
        "created": isoformat(page.created),
        "updated": isoformat(page.updated),
        "published_at": isoformat(page.published_at) if page.published_at else None,
    }


def _answer(request: Any, page: PageState) -> PageShape:
    etag_of(request, page.version)
    return shape(page)


def _expected(context: APIPage, if_match: IfMatch | None) -> int | None:
    if if_match is None:
        return None
    if_match.check(context.page.version)
    return context.page.version


def _wrong_kinds(body: dict[str, Any]) -> list[FieldError]:
    if not isinstance(body.get("blocks", []), list):
        return [FieldError("blocks", "This is a list of blocks.")]
    return []
