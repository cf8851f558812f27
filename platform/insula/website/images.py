"""The block of an image: a file of the tenant, in the size that fits, with words for those who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Text, cast, or_, select

from insula.files.interfaces import Files, FileUse
from insula.kit.errors import FieldError
from insula.security.interfaces import hidden
from insula.website.models import Page
from insula.website.paths import HOME

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pyramid.request import Request

    from insula.files.interfaces import FileInfo
    from insula.web.interfaces import PageInfo

KIND = "image"
SIZES = "(max-width: 60rem) 100vw, 60rem"
_MOST = 100


class Image(BaseModel):
    """An image among the files of the tenant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: UUID = Field(description="The id of an image; its page under Files shows it.")
    alt: str = Field("", max_length=500, description="What it shows. Empty: the description of the file.")
    caption: str = Field("", max_length=500, description="A line below it.")


def render_image(block: Image, request: Request, page: PageInfo) -> Markup:
    """Return the image in several widths, of which the browser takes one; nothing for who may not view the file."""
    try:
        node = request.root["files"][str(block.file)]
    except KeyError:
        raise hidden() from None
    info: FileInfo = node.info
    if not info.is_picture or not request.may("view", node):
        raise hidden()
    widths = request.find_service(Files).widths(info)
    offered = ", ".join(f"{info.path}?width={each} {min(each, info.width or each)}w" for each in widths)
    image = Markup(
        '<img src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}" loading="lazy" decoding="async">'
    ).format(
        f"{info.path}?width={widths[-1]}", offered, SIZES, info.width, info.height, block.alt or info.alt
    )
    caption = Markup("<figcaption>{}</figcaption>").format(block.caption) if block.caption else ""
    return Markup('<figure class="picture">{}{}</figure>').format(image, caption)


def missing_images(
    files: Files, blocks: Sequence[Mapping[str, Any]], keep: Sequence[Mapping[str, Any]]
) -> Iterator[FieldError]:
    """Yield what is wrong with the files of new blocks, and hold the rest until the page is saved."""
    places = {index: UUID(block["file"]) for index, block in enumerate(blocks) if _is_new(block, keep)}
    held, known = files.hold(places.values()), files.find_many(places.values())
    for index, file_id in places.items():
        if file_id not in held or file_id not in known:
            yield FieldError(
                f"blocks[{index}].file", f"There is no file {file_id}. Upload it under Files first."
            )
        elif not known[file_id].is_picture:
            detail = f"{known[file_id].name} is {known[file_id].media_type}, and no image that can be shown."
            yield FieldError(f"blocks[{index}].file", detail)


def uses(work: Any, file_ids: Sequence[UUID]) -> Iterable[FileUse]:
    """Return the pages that show these files."""
    names = {str(file_id): file_id for file_id in file_ids}
    holds = or_(*(cast(Page.blocks, Text).contains(name) for name in names))
    found = work.db.execute(
        select(Page.path, Page.title, Page.blocks).where(holds).order_by(Page.path).limit(_MOST)
    )
    for path, title, blocks in found:
        shown = {block.get("file") for block in blocks if block.get("kind") == KIND}
        for name in shown & names.keys():
            address = "/admin/pages/" + ("_home" if path == HOME else path.lstrip("/"))
            yield FileUse(names[name], f"{title} ({path})", address)


def _is_new(block: Mapping[str, Any], keep: Sequence[Mapping[str, Any]]) -> bool:
    return block.get("kind") == KIND and block not in keep
