"""Files in the administration: the list or grid, uploading, one file with its uses and sizes, deleting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.admin.interfaces import Attention, Summary
from insula.api.interfaces import Places, limit_of
from insula.files.acts import add_file, change_file, seen_uses
from insula.files.interfaces import Files
from insula.files.resources import FileScreen, FilesPanel, NewFile
from insula.files.rows import page_of
from insula.files.sections import MEGABYTE
from insula.files.services import LONGEST_ALT
from insula.files.settings import FilesSettings
from insula.files.words import KINDS, pixels_said, size_said
from insula.kit.errors import FieldError, InsulaError, Invalid, Malformed
from insula.kit.settings import settings_of
from insula.security.permissions import Action
from insula.web.interfaces import Upload

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

VIEW, EDIT, DELETE = Action.VIEW.value, Action.EDIT.value, Action.DELETE.value
READ = ("GET", "HEAD")
MOST = 200
NEARLY_FULL = 0.9
_REST_OF_FORM = 65_536


def includeme(config: Configurator) -> None:
    """Register the panel and its screens."""
    largest = settings_of(config.registry, FilesSettings).largest_megabytes * MEGABYTE
    config.add_upload_form(r"/admin/files/@@upload", largest=largest + _REST_OF_FORM)
    config.add_admin_panel(
        "files",
        title="Files",
        group="Content",
        order=80,
        factory="insula.files.resources.FilesPanel",
        description="Images and documents: who may see them, and where they are used.",
        summary="insula.files.admin.summary",
    )
    for code, text in (
        ("file-added", "The file is here. Only those who may view your files see it."),
        ("files-added", "The files are here."),
        ("file-saved", "Saved."),
        ("file-deleted", "The file is deleted."),
    ):
        config.add_admin_notice(code, text)
    for view, context, name, method, permission, template, rows in (
        (listed, FilesPanel, "", READ, VIEW, "list", None),
        (form, FilesPanel, "upload", READ, VIEW, None, None),
        (take, FilesPanel, "upload", "POST", VIEW, None, "read"),
        (show, FileScreen, "", READ, VIEW, None, None),
        (save, FileScreen, "", "POST", VIEW, None, None),
        (delete_form, FileScreen, "delete", READ, DELETE, None, None),
        (delete, FileScreen, "delete", "POST", DELETE, None, None),
    ):
        config.add_view(
            view,
            context=context,
            name=name,
            request_method=method,
            permission=permission,
            rows=rows,
            renderer=f"insula.files:templates/{template}.jinja2" if template else None,
        )


def summary(request: Any, panel: FilesPanel) -> Summary:
    """Say on the home page how much room files take."""
    used, most = request.find_service(Files).used()
    attention = []
    if used >= most * NEARLY_FULL:
        attention.append(
            Attention(
                "The room for files is nearly full",
                f"{size_said(used)} of {size_said(most)} are in use. What does not fit is refused.",
                resource_path(panel),
                "Look at the files",
            )
        )
    return Summary(size_said(used), f"of {size_said(most)}", tuple(attention))


def listed(context: FilesPanel, request: Any) -> dict[str, Any]:
    """List the files that one may view, newest first, as a table or as tiles."""
    given = request.GET
    wanted = _wanted(given)
    shown = "list" if given.get("show") == "list" else "grid"
    places = Places(request, ("files", *wanted.values()))
    place = places.open(given)
    audience = {"yes": True, "no": False}.get(wanted["public"])
    found, following = page_of(
        context,
        find=wanted["find"],
        kind=wanted["kind"],
        public=audience,
        limit=limit_of(given, default=48, most=MOST),
        after=_id(place),
    )
    query = {name: value for name, value in wanted.items() if value}
    kept = {**query, "show": "list"} if shown == "list" else query
    after = places.seal({"id": str(following)} if following else None)
    used, most = request.find_service(Files).used()
    return {
        "rows": found,
        "wanted": wanted,
        "filtered": bool(query),
        "shown": shown,
        "kinds": KINDS,
        "thumb": settings_of(request.registry, FilesSettings).widths[0],
        "here": resource_path(context),
        "as_grid": request.resource_path(context, query=query),
        "as_list": request.resource_path(context, query={**query, "show": "list"}),
        "older": request.resource_path(context, query={**kept, "after": after}) if after else None,
        "newest": request.resource_path(context, query=kept) if "after" in given else None,
        "may_add": _may_add(context),
        "room": f"{size_said(used)} of {size_said(most)} in use",
        "size_said": size_said,
        "pixels_said": pixels_said,
    }


def form(context: FilesPanel, request: Any) -> Response:
    """Show the form that takes files in."""
    return _form(context, request)


def take(context: FilesPanel, request: Any) -> Response:
    """Take the files of the form in, all of them or none."""
    given = request.POST
    uploads = [each for each in given.getall("file") if isinstance(each, Upload) and each.filename]
    public, alt = given.get("public") == "on", given.get("alt", "")
    added, name = [], ""
    try:
        if not uploads:
            raise Invalid(errors=[FieldError("file", "Choose at least one file.")])
        for each in uploads:
            name = each.filename
            added.append(
                add_file(
                    context,
                    each,
                    name,
                    media_type=each.media_type,
                    length=each.length,
                    public=public,
                    alt=alt,
                )
            )
    except InsulaError as error:
        return _form(context, request, error, name=name if len(uploads) > 1 else "")
    if len(added) > 1:
        return HTTPSeeOther(location=f"{resource_path(context)}?notice=files-added")
    return HTTPSeeOther(location=f"{resource_path(context, str(added[0].id))}?notice=file-added")


def show(context: FileScreen, request: Any) -> Response:
    """Show one file with its uses and sizes."""
    info = context.info
    return _page(context, request, {"name": info.name, "alt": info.alt, "public": info.public})


def save(context: FileScreen, request: Any) -> Response:
    """Change name, description and audience as the form says."""
    given = request.POST
    values = {"name": given.get("name", ""), "alt": given.get("alt", "")}
    audience = {"public": given.get("public") == "on"} if "audience" in given else {}
    try:
        change_file(context, {**values, **audience}, expected=_version(given))
    except InsulaError as error:
        return _page(context, request, {"public": context.info.public, **values, **audience}, error)
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=file-saved")


def delete_form(context: FileScreen, request: Any) -> Response:
    """Say what follows, and ask."""
    return _confirm(context, request)


def delete(context: FileScreen, request: Any) -> Response:
    """Delete the file."""
    try:
        request.find_service(Files).delete(context.info.id, expected=_version(request.POST))
    except InsulaError as error:
        return _confirm(context, request, error)
    return HTTPSeeOther(location=f"{resource_path(context.__parent__)}?notice=file-deleted")


def _form(context: FilesPanel, request: Any, error: InsulaError | None = None, *, name: str = "") -> Response:
    limits = request.section("files")
    errors = {each.path: each.detail for each in error.errors} if error else {}
    if error and not errors.keys() & {"file", "alt", "name"}:
        errors["file"] = error.detail
    if "name" in errors:
        errors["file"] = errors.pop("name")
    if name and "file" in errors:
        errors["file"] = f"{name}: {errors['file']}"
    values = {
        "here": resource_path(context),
        "errors": errors,
        "summary": [(f"f-{path}", text) for path, text in errors.items()],
        "alt": request.POST.get("alt", "") if error else "",
        "public": error is not None and request.POST.get("public") == "on",
        "largest": size_said(limits.largest),
        "types": limits.types,
        "may_publish": _may_publish(context),
        "longest_alt": LONGEST_ALT,
    }
    return _screen(request, "upload", values, error)


def _page(
    context: FileScreen, request: Any, values: dict[str, Any], error: InsulaError | None = None
) -> Response:
    info, files = context.info, request.find_service(Files)
    errors = {each.path: each.detail for each in error.errors} if error else {}
    seen, others = seen_uses(request, info)
    shown = {
        "file": info,
        "values": values,
        "errors": errors,
        "summary": [(f"f-{path}", text) for path, text in errors.items()]
        or ([("", error.detail)] if error else []),
        "here": resource_path(context),
        "uses": seen,
        "others": others,
        "widths": files.widths(info),
        "may_edit": request.may(EDIT, context),
        "may_publish": request.may(Action.PUBLISH.value, context),
        "publish_reason": request.decide(Action.PUBLISH.value, context, enforced=False).reason,
        "may_delete": request.may(DELETE, context),
        "longest_alt": LONGEST_ALT,
        "size_said": size_said,
        "pixels_said": pixels_said,
    }
    return _screen(request, "file", shown, error)


def _confirm(context: FileScreen, request: Any, error: InsulaError | None = None) -> Response:
    seen, others = seen_uses(request, context.info)
    values = {
        "file": context.info,
        "here": resource_path(context),
        "uses": seen,
        "others": others,
        "refusal": error,
        "size_said": size_said,
    }
    return _screen(request, "delete", values, error)


def _screen(request: Any, name: str, values: dict[str, Any], error: InsulaError | None) -> Response:
    response: Response = render_to_response(f"insula.files:templates/{name}.jinja2", values, request=request)
    response.status_int = error.status if error is not None else 200
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _wanted(given: Any) -> dict[str, str]:
    kinds = {kind for kind, _ in KINDS}
    wanted = {
        "find": " ".join(given.get("find", "").split())[:200],
        "kind": given.get("kind", ""),
        "public": given.get("public", ""),
    }
    if wanted["kind"] not in kinds or wanted["public"] not in ("", "yes", "no"):
        raise Malformed("This filter cannot be used. Clear it, and choose again.")
    return wanted


def _id(place: dict[str, Any] | None) -> UUID | None:
    return UUID(place["id"]) if place else None


def _version(given: Any) -> int:
    text = given.get("version", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 9):  # no version is longer
        raise Malformed("The form does not say which version it changes. Reload the page and send it again.")
    return int(text)


def _new(context: FilesPanel, *, public: bool) -> NewFile:
    return context.new(media_type="image/png", size=0, public=public)


def _may_add(context: FilesPanel) -> bool:
    return bool(context.request.may(Action.CREATE.value, _new(context, public=False)))


def _may_publish(context: FilesPanel) -> bool:
    return bool(context.request.may(Action.PUBLISH.value, _new(context, public=True)))
