"""Images, and smaller ones made of them."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import tracemalloc
from io import BytesIO

import pytest
from PIL import Image

from insula.files.pictures import Pictures, Size
from insula.kit.errors import Invalid, Unavailable

from .pictures import bomb, picture


@pytest.fixture
def pictures():
    return Pictures(most_pixels=1_000_000, at_once=1, wait=0.05)


def put(folder, content):
    place = folder / "content"
    place.write_bytes(content)
    return place


def test_an_image_is_measured_as_it_is_shown(pictures, tmp_path):
    assert pictures.measure(put(tmp_path, picture("PNG")), "image/png") == Size(64, 32)
    assert pictures.measure(put(tmp_path, picture("JPEG", turned=6)), "image/jpeg") == Size(32, 64)
    assert pictures.measure(put(tmp_path, b"words"), "text/plain") is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
def test_a_smaller_image_is_turned_and_has_nothing_of_the_camera(pictures, tmp_path, kind):
    turned = 6 if kind == "JPEG" else 0
    place = put(tmp_path, picture(kind, (400, 200), turned=turned))
    made = pictures.make(place, f"image/{kind.lower()}", 100)
    assert b"secret camera" not in made
    with Image.open(BytesIO(made)) as image:
        assert image.format == "WEBP"
        assert image.size == ((100, 200) if turned else (100, 50))
        assert not image.getexif()
        assert "exif" not in image.info
        # What lay at the left is at the top when it was turned to the right.
        red = image.convert("RGB").getpixel((50, 20) if turned else (10, 25))
        assert red[0] > 200 > red[2]


def test_an_image_is_never_made_larger(pictures, tmp_path):
    made = pictures.make(put(tmp_path, picture("PNG", (40, 20))), "image/png", 320)
    with Image.open(BytesIO(made)) as image:
        assert image.size == (40, 20)


def test_what_shines_through_still_does(pictures, tmp_path):
    seen = BytesIO()
    Image.new("P", (40, 20), 0).save(seen, "PNG", transparency=0)
    with Image.open(BytesIO(pictures.make(put(tmp_path, seen.getvalue()), "image/png", 20))) as image:
        assert image.mode == "RGBA"
        assert image.getpixel((5, 5))[3] == 0


def test_a_bomb_is_refused_before_it_is_unpacked(pictures, tmp_path):
    place = put(tmp_path, bomb())
    assert place.stat().st_size < 100
    tracemalloc.start()
    try:
        for refused in (
            lambda: pictures.measure(place, "image/png"),
            lambda: pictures.make(place, "image/png", 9),
        ):
            with pytest.raises(Invalid, match="another look") as caught:
                refused()
            assert "far too many pixels" in caught.value.errors[0].detail
        place.write_bytes(bomb(2_000, 2_000))
        with pytest.raises(Invalid) as caught:
            pictures.make(place, "image/png", 9)
        assert "2,000 by 2,000" in caught.value.errors[0].detail
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("content", "type_"),
    [
        (picture("PNG")[:60], "image/png"),
        (b"\xff\xd8\xff\xe0 no more", "image/jpeg"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
        (picture("AVIF").replace(b"iloc", b"nowh"), "image/avif"),
        (picture("AVIF")[:-40] + bytes(40), "image/avif"),
        # The type names the one reader that is asked.
        (picture("PNG"), "image/jpeg"),
    ],
)
def test_a_broken_image_is_refused(pictures, tmp_path, content, type_):
    place = put(tmp_path, content)
    with pytest.raises(Invalid):
        pictures.make(place, type_, 20)


_MAKES = """
import resource, sys
from pathlib import Path
from insula.files.pictures import Pictures

pictures = Pictures(most_pixels=20_000_000, at_once=1, wait=1)
pictures.make(Path(sys.argv[1]), "image/png", 100)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pictures.make(Path(sys.argv[2]), "image/png", 100)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)
"""


def test_a_large_image_is_copied_only_once_it_is_small(tmp_path):
    small, large = tmp_path / "small", tmp_path / "large"
    Image.new("L", (200, 200)).save(small, "PNG")
    Image.new("L", (4_000, 4_000)).save(large, "PNG")
    made = subprocess.run(
        [sys.executable, "-c", _MAKES, small, large], check=True, capture_output=True, text=True
    )
    assert int(made.stdout) < 3 * 16_000_000


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_an_image_of_any_mode_is_made_smaller(pictures, tmp_path, mode):
    seen = BytesIO()
    Image.new(mode, (400, 200)).save(seen, "PNG")
    with Image.open(BytesIO(pictures.make(put(tmp_path, seen.getvalue()), "image/png", 100))) as image:
        assert image.size == (100, 50)
        assert image.convert("RGBA").getpixel((50, 25)) == (0, 0, 0, 0 if "A" in mode else 255)


def test_who_waits_too_long_for_a_turn_is_told_so(pictures, tmp_path, monkeypatch):
    place, begun, end = put(tmp_path, picture("PNG")), threading.Event(), threading.Event()

    def slow(image, width):
        begun.set()
        end.wait(5)
        return b""

    monkeypatch.setattr("insula.files.pictures._smaller", slow)
    first = threading.Thread(target=pictures.make, args=(place, "image/png", 20))
    first.start()
    try:
        assert begun.wait(5)
        before = time.monotonic()
        with pytest.raises(Unavailable) as told:
            pictures.make(place, "image/png", 20)
        assert told.value.retry_after
        assert time.monotonic() - before < 2
    finally:
        end.set()
        first.join()
