"""Images: how large they are, and smaller ones made of them without anything that a camera wrote beside the picture."""

from __future__ import annotations

import threading
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from PIL import Image, ImageOps

from insula.files.settings import FilesSettings
from insula.kit.errors import FieldError, Invalid, Unavailable
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyramid.config import Configurator
    from pyramid.registry import Registry

PICTURES: Final = {
    "image/avif": "AVIF",
    "image/gif": "GIF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WEBP",
}
"""The types of which smaller images are made, with what Pillow calls them."""

MADE_TYPE: Final = "image/webp"
_PICTURES: Final = "insula.files.pictures"
_QUALITY: Final = 82
_EFFORT: Final = 4
_ORIENTATION: Final = 0x0112
_TURNED: Final = {5, 6, 7, 8}
_INDEXED: Final = ("1", "P", "PA")
_SHOWN: Final = ("RGB", "RGBA")
_LARGEST_SIDE: Final = 16_383  # of WebP


@dataclass(frozen=True)
class Size:
    """How many pixels an image has as it is shown."""

    width: int
    height: int


class Pictures:
    """Looks at images and makes smaller ones, a few at a time; no bomb is ever unpacked."""

    def __init__(self, *, most_pixels: int, at_once: int, wait: float) -> None:
        self._most = most_pixels
        self._turns = threading.BoundedSemaphore(at_once)
        self._wait = wait

    def measure(self, place: Path, media_type: str) -> Size | None:
        """Return the size of an image, None for what is none; raises Invalid for a broken one and one too large."""
        if media_type not in PICTURES:
            return None
        with self._opened(place, media_type) as image:
            turned = image.getexif().get(_ORIENTATION) in _TURNED
            width, height = reversed(image.size) if turned else image.size
        return Size(width, height)

    def make(self, place: Path, media_type: str, width: int) -> bytes:
        """Return an image at most so wide, turned as its EXIF says, and with nothing but the picture in it."""
        if not self._turns.acquire(timeout=self._wait):
            raise Unavailable("Too many images are being made smaller. Try again in a moment.", retry_after=2)
        try:
            with self._opened(place, media_type) as image:
                return _smaller(image, width)
        finally:
            self._turns.release()

    @contextmanager
    def _opened(self, place: Path, media_type: str) -> Iterator[Any]:
        """Read the head of an image, by the one reader that its type names."""
        try:
            with Image.open(place, formats=(PICTURES[media_type],)) as image:
                if image.width * image.height > self._most:
                    detail = self._too_large(f"{image.width:,} by {image.height:,}")
                    raise Invalid(errors=[FieldError("file", detail)])
                yield image
        except Image.DecompressionBombError as error:
            raise Invalid(errors=[FieldError("file", self._too_large("far too many"))]) from error
        # What a broken image makes Pillow raise depends on where it is broken.
        except (OSError, SyntaxError, ValueError, EOFError, LookupError, RuntimeError) as error:
            detail = f"The image cannot be read as {media_type}. Save it anew, or send another."
            raise Invalid(errors=[FieldError("file", detail)]) from error

    def _too_large(self, said: str) -> str:
        return (
            f"The image has {said} pixels, and at most {self._most:,} in all are taken. Send a smaller one."
        )


def includeme(config: Configurator) -> None:
    """Make the one worker of images that all requests of a process share."""
    # Pillow warns of large images before it refuses larger ones; which of them are too large is said here.
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    settings = settings_of(config.registry, FilesSettings)
    config.registry[_PICTURES] = Pictures(
        most_pixels=settings.most_pixels, at_once=settings.renditions_at_once, wait=settings.rendition_wait
    )


def pictures_of(registry: Registry) -> Pictures:
    """Return the worker of images of this process."""
    found: Pictures = registry[_PICTURES]
    return found


def _smaller(image: Any, width: int) -> bytes:
    # A JPEG is unpacked at an eighth, a quarter or half where that is enough, whichever way it lies.
    image.draft(None, (width, width))
    ImageOps.exif_transpose(image, in_place=True)
    shown = image
    # Whole images are copied as seldom as can be: only what cannot be made smaller as it is, is converted first.
    if shown.mode in _INDEXED or (shown.mode not in _SHOWN and shown.has_transparency_data):
        shown = shown.convert("RGBA" if shown.has_transparency_data else "RGB")
    if shown.width > width:
        height = max(1, round(shown.height * width / shown.width))
        shown = shown.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if shown.mode not in _SHOWN:
        shown = shown.convert("RGB")
    if max(shown.size) > _LARGEST_SIDE:
        shown.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    bare = Image.new(shown.mode, shown.size)
    bare.paste(shown)
    made = BytesIO()
    bare.save(made, "WEBP", quality=_QUALITY, method=_EFFORT)
    return made.getvalue()
