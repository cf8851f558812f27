"""`/api/files`: list, upload, read, describe and delete files, and get their content."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pyramid.response import Response

from insula.api.interfaces import Answer, Body, IfMatch, Page, Patch, Places, Service, etag_of, listing
from insula.files.acts import add_file, change_file, seen_uses
from insula.files.interfaces import Files
from insula.files.resources import FileItem, FilesAPI
from insula.files.rows import page_of
from insula.files.sending import send
from insula.files.services import LONGEST_ALT
from insula.files.shapes import FileShape, Kind, UsesShape, file_shape
from insula.kit.errors import FieldError, Invalid, UnsupportedMedia
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

LIMIT, MOST = 50, 200
BYTES: Final = {"type": "string", "format": "binary"}
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class FilePatch(BaseModel):
    """What of a file can be changed; its content cannot, so that whoever uses it knows what it is."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str | None = Field(None, max_length=255)
    alt: str | None = Field(None, max_length=LONGEST_ALT)
    public: bool | None = None


def includeme(config: Configurator) -> None:
    """Register the branch and its endpoints."""
    config.add_api_branch("files", "insula.files.resources.FilesAPI", title="Files", visitors=True)
    for view, context, method, name, permission in (
        (list_files, FilesAPI, "GET", "", Action.VIEW),
        (upload, FilesAPI, "POST", "", Action.VIEW),
        (show_file, FileItem, "GET", "", Action.VIEW),
        (change, FileItem, "PATCH", "", Action.VIEW),
        (delete, FileItem, "DELETE", "", Action.DELETE),
        (content, FileItem, "GET", "content", Action.VIEW),
        (uses, FileItem, "GET", "uses", Action.EDIT),
    ):
        config.add_endpoint(
            view,
            context=context,
            method=method,
            name=name,
            permission=permission.value,
            asks=ASKS.get(view),
        )


def list_files(
    context: FilesAPI,
    request: Any,
    *,
    find: Annotated[str, Field(max_length=200)] = "",
    kind: Kind = "",
    public: bool | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
    after: str | None = None,
    files: Files = Service,
) -> Page[FileShape]:
    """Return the files that the caller may view, newest first; `find` is a part of a name or description."""
    places = Places(request, ("files", find, kind, str(public)))
    place = places.open({} if after is None else {"after": after})
    found, following = page_of(
        context, find=find, kind=kind, public=public, limit=limit, after=UUID(place["id"]) if place else None
    )
    cursor = places.seal({"id": str(following)} if following else None)
    return listing(request, [file_shape(files, each) for each in found], cursor)


def upload(
    context: FilesAPI,
    request: Any,
    *,
    body: Annotated[IO[bytes], Body("application/octet-stream", schema=BYTES, raw=True)],
    name: Annotated[str, Field(min_length=1, max_length=500)],
    alt: Annotated[str, Field(max_length=LONGEST_ALT)] = "",
    public: bool = False,
    files: Files = Service,
) -> Annotated[FileShape, Answer(201)]:
    """Take the body in as a new file: `Content-Type` says what it is, and the first bytes have to agree."""
    if request.content_type in FORMS:
        message = (
            "Send the file itself as the body, with its own type, such as image/png, and its name as ?name=."
        )
        raise UnsupportedMedia(message)
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMedia("Send the body as it is, without Content-Encoding.")
    if not request.is_body_readable:
        raise Invalid(errors=[FieldError("", "Send the file as the body.")])
    made = add_file(
        context,
        body,
        name,
        media_type=request.content_type or None,
        length=request.content_length or 0,
        public=public,
        alt=alt,
    )
    request.response.headers["Location"] = f"/api/files/{made.id}"
    etag_of(request, made.version)
    return file_shape(files, made)


def show_file(context: FileItem, request: Any, files: Files = Service) -> FileShape:
    """Return what there is to know of a file."""
    etag_of(request, context.info.version)
    return file_shape(files, context.info)


def change(
    context: FileItem,
    request: Any,
    *,
    body: Annotated[FilePatch, Patch],
    match: IfMatch,
    files: Files = Service,
) -> FileShape:
    """Change name, description or audience of the version that `If-Match` names."""
    match.check(context.info.version)
    changes = body.model_dump(exclude_unset=True)
    nulls = [
        FieldError(name, "This cannot be taken away.") for name, value in changes.items() if value is None
    ]
    if nulls:
        raise Invalid(errors=nulls)
    info = change_file(context, changes, expected=context.info.version)
    etag_of(request, info.version)
    return file_shape(files, info)


def delete(context: FileItem, match: IfMatch, files: Files = Service) -> None:
    """Delete the version that `If-Match` names, for good; a file that is used stays."""
    match.check(context.info.version)
    files.delete(context.info.id, expected=context.info.version)


def content(
    context: FileItem, request: Any, files: Files = Service
) -> Annotated[Response, Answer(media="*/*"), Answer(206, media="*/*")]:
    """Return the bytes, or a range of them."""
    return send(request, files, context.info)


def uses(context: FileItem, request: Any) -> UsesShape:
    """Return where the file is used."""
    seen, others = seen_uses(request, context.info)
    return {"data": [{"title": use.title, "address": use.address} for use in seen], "others": others}


# What these ask the policy themselves, when they know what it is about.
ASKS = {upload: ("create", "File"), change: ("edit", "File")}
