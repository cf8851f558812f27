"""The tenant's section `files`: how large files may be, of which types, and how much of them is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from insula.files.settings import FilesSettings
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyramid.registry import Registry

    from insula.features.interfaces import Bound

MEGABYTE = 1_000_000

MediaType = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/(\*|[a-z0-9][a-z0-9!#$&^_.+-]{0,126})$")
]


class FileLimits(BaseModel):
    """What a tenant takes in and keeps."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    largest_megabytes: int = Field(
        25, ge=1, le=10_000, title="Largest file", description="In megabytes (million bytes)."
    )
    quota_megabytes: int = Field(
        2_000,
        ge=1,
        le=10_000_000,
        title="Room for all files",
        description="In megabytes; the same content is counted once, and smaller copies of images are not counted.",
    )
    types: list[MediaType] = Field(
        default_factory=lambda: [
            *("image/*", "audio/*", "video/*", "application/pdf"),
            *("text/plain", "text/csv", "text/markdown", "application/json", "application/zip"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            *("application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet"),
        ],
        max_length=100,
        title="Types allowed",
        description="Media types such as `application/pdf`, or `image/*` for all images.",
    )

    @property
    def largest(self) -> int:
        """The largest file, in bytes."""
        return self.largest_megabytes * MEGABYTE

    @property
    def quota(self) -> int:
        """The room for all files, in bytes."""
        return self.quota_megabytes * MEGABYTE

    def allows(self, media_type: str) -> bool:
        """Say whether files of a type are taken in."""
        family = media_type.partition("/")[0]
        return media_type in self.types or f"{family}/*" in self.types


def installation_bounds(registry: Registry) -> Mapping[str, Bound]:
    """Return the outermost bounds: no file is larger than the installation takes."""
    from insula.features.interfaces import Bound

    return {"largest_megabytes": Bound(at_most=settings_of(registry, FilesSettings).largest_megabytes)}
