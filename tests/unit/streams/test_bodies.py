"""Bodies are measured and cut into records, each with its place."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest

from insula.kit.errors import Malformed, TooLarge, UnsupportedMedia
from insula.streams.bodies import JSON, NDJSON, media_type, pieces, received


def cut(body: bytes, media: str) -> list[tuple[int, bytes]]:
    return [(piece.ordinal, piece.raw) for piece in pieces(BytesIO(body), media)]


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", JSON),
        ("application/json; charset=UTF-8", JSON),
        ("Application/X-NDJSON", NDJSON),
        ("application/ndjson", NDJSON),
    ],
)
def test_json_and_lines_of_json_are_accepted(content_type: str, expected: str) -> None:
    assert media_type(content_type, None) == expected


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", "text/csv", "application/jsonx", "application/xml"]
)
def test_any_other_content_type_is_refused(content_type: str | None) -> None:
    with pytest.raises(UnsupportedMedia):
        media_type(content_type, None)


def test_another_charset_is_refused() -> None:
    with pytest.raises(UnsupportedMedia, match="UTF-8"):
        media_type("application/json; charset=latin-1", None)


def test_a_compressed_body_is_refused_in_words_that_say_so() -> None:
    with pytest.raises(UnsupportedMedia, match="not supported yet"):
        media_type("application/json", "gzip")


@pytest.mark.parametrize("size", [0, 200_000, 3_000_000])
def test_a_body_is_hashed_and_can_be_read(size: int) -> None:
    with received(BytesIO(b"x" * size), size) as (kept, digest):
        assert digest == hashlib.sha256(b"x" * size).digest()
        assert kept.read() == b"x" * size
    assert kept.closed


def test_a_body_one_byte_too_large_is_refused() -> None:
    with pytest.raises(TooLarge, match="100"), received(BytesIO(b"x" * 101), 100):
        pass


def test_blank_lines_are_skipped_but_counted() -> None:
    assert cut(b'{"a":1}\n\n  \r\n{"a":2}\r\n', NDJSON) == [(1, b'{"a":1}'), (4, b'{"a":2}')]


def test_a_line_is_never_paired_with_another() -> None:
    # A decoder that runs over line ends would find three records on these three lines.
    assert cut(b'{"a":1} {"a":2}\n{"a":3,\n"b":4}', NDJSON) == [
        (1, b'{"a":1} {"a":2}'),
        (2, b'{"a":3,'),
        (3, b'"b":4}'),
    ]


def test_one_object_is_one_record_as_it_came() -> None:
    assert cut(b' {"a" : 1.0} \n', JSON) == [(1, b'{"a" : 1.0}')]


def test_items_of_a_list_keep_their_text() -> None:
    assert cut(b'[{"a": 1.50}, 7 ,\n {"b":[1, 2]}]', JSON) == [
        (1, b'{"a": 1.50}'),
        (2, b"7"),
        (3, b'{"b":[1, 2]}'),
    ]


@pytest.mark.parametrize(
    "body", [b"", b"  ", b"{", b"[{}", b'{"a":1} {"b":2}', b"[{},]", b'[{"a":NaN}]', b"nonsense"]
)
def test_what_is_not_json_at_all_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(Malformed):
        cut(body, JSON)


@pytest.mark.parametrize(
    "body", [b"[" * 500_000, b'{"a":' * 500_000, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"]
)
def test_a_body_of_nothing_but_depth_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        cut(body, JSON)
