"""Pages as JSON: list, make, read, change by merge patch, publish and unpublish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPNotModified

from insula.api.interfaces import (
    check_if_match,
    etag_of,
    json_object,
    limit_of,
    listing,
    not_modified,
    query_parameters,
)
from insula.kit.clock import isoformat
from insula.kit.cursors import sealer_of
from insula.kit.errors import FieldError, Invalid
from insula.kit.json import dumps, loads
from insula.security.interfaces import caller_id
from insula.website.authoring import may_create
from insula.website.interfaces import PageDraft, Pages
from insula.website.resources import APIPage, PagesAPI
from insula.website.rows import decided, viewable
from insula.website.services import EDITABLE

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from insula.website.interfaces import PageState

MEDIA = ("application/json", "application/merge-patch+json")
LIMIT, MOST, LIFETIME = 50, 200, 86_400
CREATABLE = EDITABLE | {"path"}


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
        config.add_endpoint(view, context=context, method=method, name=name, permission=permission)


def index(context: PagesAPI, request: Any) -> Any:  # Pyramid is untyped
    """Return the pages this caller may view, by path."""
    asked = query_parameters(request, {"limit", "after"})
    limit = limit_of(asked, default=LIMIT, most=MOST)
    bound = (str(request.tenant_id), "pages", caller_id(request))
    sealer = sealer_of(request.registry)
    after = sealer.open(asked["after"], bound=bound)["path"] if "after" in asked else None
    pages: Pages = request.find_service(Pages)
    # One more than asked tells whether there is another page.
    allowed = viewable(request, context)
    found = pages.list(after=after, limit=limit + 1, allowed=allowed)
    here, more = found[:limit], len(found) > limit
    shown = [shape(page) for page in decided(request, context, here, allowed)]
    cursor = sealer.seal({"path": here[-1].path}, bound=bound, lifetime=LIFETIME) if more else None
    return listing(request, shown, cursor)


def create(context: PagesAPI, request: Any) -> Any:
    """Make an unpublished page."""
    body = json_object(request)
    errors = [FieldError(name, "A new page has no such member.") for name in sorted(set(body) - CREATABLE)]
    errors += [
        FieldError(name, "This is needed.")
        for name in ("path", "title")
        if not isinstance(body.get(name), str)
    ]
    errors += _wrong_kinds(body)
    pages: Pages = request.find_service(Pages)
    if isinstance(body.get("path"), str):
        may_create(request, context, body["path"])
    if errors:
        told = {error.path for error in errors}
        raise Invalid(errors=[*errors, *pages.flaws({name: body[name] for name in body if name not in told})])
    page = pages.create(PageDraft(**body), author=request.identity.account_id)
    request.response.status_int = 201
    request.response.headers["Location"] = f"/api/pages/{page.id}"
    return _answer(request, page)


def show(context: APIPage, request: Any) -> Any:
    """Return one page."""
    etag_of(request, context.page.version)
    if not_modified(request):
        return HTTPNotModified(etag=request.response.etag)
    return shape(context.page)


def change(context: APIPage, request: Any) -> Any:
    """Apply a merge patch to the version that `If-Match` names."""
    check_if_match(request, context.page.version)
    body = json_object(request, types=MEDIA)
    # What only we write may stand in a patch as long as it says what is so: then a whole page can be sent back.
    now = loads(dumps(shape(context.page)))
    patch = {name: value for name, value in body.items() if name in EDITABLE or now.get(name, ...) != value}
    for name, default in (("summary", ""), ("blocks", []), ("ask_to_sign_in", False)):
        if name in patch and patch[name] is None:
            patch[name] = default
    if errors := _wrong_kinds(patch):
        raise Invalid(errors=errors)
    pages: Pages = request.find_service(Pages)
    page = pages.edit(context.page.id, patch, expected=context.page.version)
    return _answer(request, page)


def publish(context: APIPage, request: Any) -> Any:
    """Show the page to visitors."""
    pages: Pages = request.find_service(Pages)
    expected = _expected(context, request)
    return _answer(request, pages.publish(context.page.id, expected=expected))


def unpublish(context: APIPage, request: Any) -> Any:
    """Take the page from visitors' eyes."""
    pages: Pages = request.find_service(Pages)
    expected = _expected(context, request)
    return _answer(request, pages.unpublish(context.page.id, expected=expected))


def shape(page: PageState) -> dict[str, Any]:
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


def _answer(request: Any, page: PageState) -> dict[str, Any]:
    etag_of(request, page.version)
    return shape(page)


def _expected(context: APIPage, request: Any) -> int | None:
    if not request.headers.get("If-Match"):
        return None
    check_if_match(request, context.page.version)
    return context.page.version


def _wrong_kinds(body: dict[str, Any]) -> list[FieldError]:
    if not isinstance(body.get("blocks", []), list):
        return [FieldError("blocks", "This is a list of blocks.")]
    return []
