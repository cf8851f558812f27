"""Installation settings of files."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator

from insula.kit.settings import RoomSettings


class FilesSettings(RoomSettings):
    """Settings of the room `files`."""

    folder: Path = Field(
        Path("var/files"),
        description="Where the bytes of files lie, in a folder for each tenant; the same for every process, and on one "
        "file system.",
    )
    largest_megabytes: int = Field(
        30,
        ge=1,
        le=10_000,
        description="The largest file that any tenant can be allowed. The server has to let that much in too: "
        "`max_request_body_size` in `[server:main]`.",
    )
    most_pixels: int = Field(
        40_000_000,
        ge=1_000,
        le=150_000_000,
        description="The most pixels that an image may have. Making a smaller one takes memory for each of them: about "
        "3 bytes of a JPEG, up to 10 of a PNG, GIF or AVIF, and 18 of a WebP; `renditions_at_once` are made at a time.",
    )
    widths: tuple[int, ...] = Field(
        (320, 640, 960, 1280, 1920),
        description="The widths in which images are offered, with spaces between them; no other is ever made.",
    )
    renditions_at_once: int = Field(
        2, ge=1, le=64, description="How many images a process makes smaller at the same time."
    )
    rendition_wait: float = Field(
        5.0,
        ge=0,
        le=60,
        description="Seconds that a request waits for its turn before it is answered with 503.",
    )
    public_max_age: int = Field(
        300,
        ge=0,
        le=31_536_000,
        description="Seconds for which browsers and proxies may keep a public file without asking again.",
    )
    orphans_kept: int = Field(
        86_400,
        ge=0,
        description="Seconds after which bytes that belong to no file are removed, such as those of an upload "
        "that broke off.",
    )

    @field_validator("widths", mode="before")
    @classmethod
    def _apart(cls, value: object) -> object:
        return value.split() if isinstance(value, str) else value

    @field_validator("widths")
    @classmethod
    def _in_order(cls, widths: tuple[int, ...]) -> tuple[int, ...]:
        if not widths or len(widths) > 20 or not all(16 <= width <= 8192 for width in widths):
            raise ValueError("give one to 20 widths from 16 to 8192 pixels")
        return tuple(sorted(set(widths)))
