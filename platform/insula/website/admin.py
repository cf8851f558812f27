"""Pages in the administration: the list, making one, editing one as text, publishing and unpublishing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response

from insula.admin.interfaces import Attention, Summary
from insula.api.interfaces import check_if_match
from insula.kit.errors import Conflict, InsulaError, Invalid, Malformed, Stale
from insula.web.interfaces import blocks_of
from insula.website.authoring import may_create
from insula.website.forms import PageForm, flagged, help_of, place_errors
from insula.website.interfaces import PageDraft, Pages
from insula.website.paths import prefixes
from insula.website.resources import HOME_NAME, PagesPanel, PanelPage
from insula.website.rows import decided, viewable

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

    from insula.website.interfaces import PageState

LISTED = 500
READ = ("GET", "HEAD")
LIST = "insula.website:templates/admin/list.jinja2"
NEW = "insula.website:templates/admin/new.jinja2"
EDIT = "insula.website:templates/admin/edit.jinja2"


def includeme(config: Configurator) -> None:
    """Register the panel and its screens."""
    config.add_admin_panel(
        "pages",
        title="Pages",
        group="Website",
        order=10,
        factory="insula.website.resources.PagesPanel",
        feature="website",
        description="What visitors read: write it, publish it, take it back.",
        summary="insula.website.admin.summary",
    )
    config.add_admin_notice("page-created", "The page is made. Visitors see it once it is published.")
    config.add_admin_notice("page-saved", "Saved.")
    config.add_admin_notice("page-same", "Nothing was different, so nothing was changed.")
    config.add_admin_notice("page-published", "Published. Visitors see it from now on.")
    config.add_admin_notice("page-unpublished", "Unpublished. Visitors no longer see it.")
    for view, context, name, method, permission in (
        (listing, PagesPanel, "", READ, "view"),
        (blank, PagesPanel, "new", READ, "view"),
        (create, PagesPanel, "new", "POST", "view"),
        (show, PanelPage, "", READ, "view"),
        (save, PanelPage, "", "POST", "edit"),
        (publish, PanelPage, "publish", "POST", "publish"),
        (unpublish, PanelPage, "unpublish", "POST", "publish"),
    ):
        config.add_view(view, context=context, name=name, request_method=method, permission=permission)


def summary(request: Any, panel: PagesPanel) -> Summary:
    """Say on the home page how many pages there are, and which wait to be published."""
    pages = request.find_service(Pages).list(limit=LISTED)
    drafts = [page for page in pages if not page.published]
    waiting = tuple(
        Attention(page.title, "Not published yet.", _address(page), "Open", "info") for page in drafts[:3]
    )
    return Summary(
        figure=str(len(pages)), detail=f"{len(drafts)} not published" if drafts else "", attention=waiting
    )


def listing(context: PagesPanel, request: Any) -> Response:
    """List the pages this person may view, as a tree told by indentation."""
    pages: Pages = request.find_service(Pages)
    allowed = viewable(request, context)
    found = pages.list(limit=LISTED, allowed=allowed)
    rows = [
        (page, _address(page), _depth(page), flagged(request, page))
        for page in decided(request, context, found, allowed)
    ]
    return _screen(request, LIST, {"rows": rows, "drafts": sum(not page.published for page, *_ in rows)})


def blank(context: PagesPanel, request: Any) -> Response:
    """Show the form of a new page."""
    return _new(request, PageForm(path=request.GET.get("below", "").rstrip("/") + "/"))


def create(context: PagesPanel, request: Any) -> Response:
    """Make a page, then show it."""
    form = PageForm.read(request.POST)
    try:
        may_create(request, context, form.path)
        changes, _ = form.changes(blocks_of(request.registry))
        draft = PageDraft(path=form.path, **changes)
        page = request.find_service(Pages).create(draft, author=request.identity.account_id)
    except (Invalid, Conflict) as error:
        return _new(request, form, error)
    return HTTPSeeOther(location=f"{_address(page)}?notice=page-created")


def show(context: PanelPage, request: Any) -> Response:
    """Show one page as a form."""
    response = _edit(context, request, PageForm.of(context.page, blocks_of(request.registry)))
    response.etag = str(context.page.version)
    return response


def save(context: PanelPage, request: Any) -> Response:
    """Change the page as the form says."""
    form = PageForm.read(request.POST)
    pages: Pages = request.find_service(Pages)
    try:
        expected = _expected(context, request)
        changes, form.lines = form.changes(blocks_of(request.registry))
        after = pages.edit(context.page.id, changes, expected=expected)
    except (Invalid, Stale) as error:
        return _edit(context, request, form, error)
    notice = "page-saved" if after.version != context.page.version else "page-same"
    return HTTPSeeOther(location=f"{_address(after)}?notice={notice}")


def publish(context: PanelPage, request: Any) -> Response:
    """Show the page to visitors."""
    return _switch(context, request, request.find_service(Pages).publish, "page-published")


def unpublish(context: PanelPage, request: Any) -> Response:
    """Take the page from visitors' eyes."""
    return _switch(context, request, request.find_service(Pages).unpublish, "page-unpublished")


def _switch(context: PanelPage, request: Any, act: Any, notice: str) -> Response:
    try:
        page = act(context.page.id, expected=_expected(context, request))
    except Stale as error:
        return _edit(context, request, PageForm.of(context.page, blocks_of(request.registry)), error)
    return HTTPSeeOther(location=f"{_address(page)}?notice={notice}")


def _expected(context: PanelPage, request: Any) -> int:
    if request.headers.get("If-Match"):
        check_if_match(request, context.page.version)
        return context.page.version
    text = request.POST.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):  # no version is longer
        raise Malformed("The form does not say which version it changes. Reload the page and send it again.")
    return int(text)


def _new(request: Any, form: PageForm, error: InsulaError | None = None) -> Response:
    values = {"form": form, "help": help_of(request), **place_errors(form, error)}
    return _screen(request, NEW, values, error)


def _edit(context: PanelPage, request: Any, form: PageForm, error: InsulaError | None = None) -> Response:
    page = context.page
    values = {
        "page": page,
        "form": form,
        "here": _address(page),
        "help": help_of(request),
        "flags": flagged(request, page),
        "moved": isinstance(error, Stale),
        "may_edit": request.may("edit", context),
        "may_publish": request.may("publish", context),
        "publish_reason": request.decide("publish", context, enforced=False).reason,
        **place_errors(form, error),
    }
    return _screen(request, EDIT, values, error)


def _screen(
    request: Any, template: str, values: dict[str, Any], error: InsulaError | None = None
) -> Response:
    response = render_to_response(template, values, request=request)
    response.status_int = error.status if error is not None else 200
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _address(page: PageState) -> str:
    return "/admin/pages/" + (page.path.lstrip("/") or HOME_NAME)


def _depth(page: PageState) -> int:
    return max(len(prefixes(page.path.split("/")[1:])) - 1, 0)
