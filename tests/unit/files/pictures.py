"""Images for tests, made in memory."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

from PIL import Image

ORIENTATION, MAKER, POSITION = 0x0112, 0x010F, 0x8825


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 32), *, turned: int = 0) -> bytes:
    """Return an image, red at its left half and blue at its right, with what a camera would write."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[MAKER] = "A secret camera"
    exif.get_ifd(POSITION)[1] = "N"
    if turned:
        exif[ORIENTATION] = turned
    made = BytesIO()
    image.save(made, kind, exif=exif)
    return made.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """Return a PNG of some dozens of bytes that says that it is as large as a house."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )
