"""Bytes in the folder of a tenant."""

from __future__ import annotations

import hashlib
import os
import signal
import time
import tracemalloc
from io import BytesIO

import pytest

from insula.files.folders import Folder, tenants_of
from insula.kit.errors import NotFound, TooLarge
from insula.kit.ids import uuid7


class Endless:
    """A stream of so many megabytes that are nowhere."""

    def __init__(self, megabytes):
        self.left = megabytes << 20

    def read(self, size, /):
        size = min(size, self.left)
        self.left -= size
        return b"x" * size


class Broken:
    """A stream that breaks off."""

    def __init__(self):
        self.pieces = [b"half of it"]

    def read(self, size, /):
        if self.pieces:
            return self.pieces.pop()
        raise ConnectionError


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path, uuid7())


def found(folder):
    return [place for place in folder._root.rglob("*") if place.is_file() and place.name != "lock"]


def keep(folder, content):
    written = folder.write(BytesIO(content), 1 << 20)
    folder.keep(written)
    return written.sha256


def aged(place, seconds=100):
    os.utime(place, (time.time() - seconds,) * 2)


def test_bytes_are_found_by_their_hash(folder):
    sha256 = keep(folder, b"hello world")
    assert sha256 == hashlib.sha256(b"hello world").hexdigest()
    for start, length, expected in (
        (0, None, b"hello world"),
        (6, None, b"world"),
        (2, 3, b"llo"),
        (6, 99, b"world"),
    ):
        content = folder.open(sha256, start, length)
        assert b"".join(content) == expected
        assert content.length == len(expected)
        content.close()


def test_the_same_bytes_are_kept_once(folder):
    assert keep(folder, b"same") == keep(folder, b"same")
    assert len(found(folder)) == 1


def test_another_tenant_has_a_folder_of_its_own(tmp_path):
    one, two = uuid7(), uuid7()
    sha256 = keep(Folder(tmp_path, one), b"mine")
    with pytest.raises(NotFound):
        Folder(tmp_path, two).open(sha256)
    keep(Folder(tmp_path, two), b"mine")
    assert tenants_of(tmp_path) == sorted((one, two))
    assert len([each for each in tmp_path.rglob(sha256) if each.is_file()]) == 2


def test_nothing_stays_of_what_is_too_large_or_breaks_off(folder):
    with pytest.raises(TooLarge):
        folder.write(Endless(2), 1 << 20)
    with pytest.raises(ConnectionError):
        folder.write(Broken(), 1 << 20)
    assert not found(folder)


def test_memory_does_not_grow_with_a_file(folder):
    folder.write(Endless(1), 64 << 20)
    tracemalloc.start()
    try:
        folder.write(Endless(30), 64 << 20)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_process_killed_half_way_leaves_nothing_that_is_found(folder):
    class Killed:
        def __init__(self):
            self.first = True

        def read(self, size, /):
            if not self.first:
                os.kill(os.getpid(), signal.SIGKILL)
            self.first = False
            return b"half of it"

    child = os.fork()
    if child == 0:
        folder.write(Killed(), 1 << 20)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    (half,) = found(folder)
    assert half.parent.name == "new"
    assert folder.sweep(50, lambda names: names) == 0
    aged(half)
    assert folder.sweep(50, lambda names: names) == 1
    assert not found(folder)


def test_the_sweep_takes_what_is_old_and_belongs_to_no_file(folder):
    used, orphan, young = (keep(folder, each) for each in (b"used", b"orphan", b"young"))
    for sha256 in (used, orphan):
        aged(folder.place(sha256))
        place = folder.rendition(sha256, "320.webp")
        folder.keep_rendition(place, b"made")
        aged(place)
    assert folder.sweep(50, lambda names: names & {used}) == 2
    left = {place.name for place in found(folder)}
    assert left == {used, young, f"{used}.320.webp"}


def test_what_becomes_the_content_of_a_file_while_it_is_swept_stays(folder):
    sha256 = keep(folder, b"again")
    aged(folder.place(sha256))

    def taken_meanwhile(names):
        keep(folder, b"again")
        return set()

    assert folder.sweep(50, taken_meanwhile) == 0
    folder.open(sha256).close()
