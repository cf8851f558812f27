"""Reads the text of one record strictly, so that what is validated is exactly what is stored."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

MAX_DEPTH = 32
_PLAIN = re.compile(r"[^\W\d][\w-]*")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class BadRecord(Exception):
    """One record that is refused: the path of the place, and what is wrong there."""

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(detail)
        self.path = path
        self.detail = detail


def path_of(parts: Sequence[Any]) -> str:
    """Return the path of a place in a JSON document.

    >>> path_of(["where", "marks", 0, "a/b"])
    'where.marks[0]["a/b"]'
    """
    path = ""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            path += f".{part}" if path else part
        else:
            path += f"[{json.dumps(part, ensure_ascii=False)}]"
    return path


def read_record(raw: bytes) -> dict[str, Any]:
    """Return the object that `raw` says; raises BadRecord for anything a later reader could see differently."""
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadRecord("", _why_unreadable(raw, error)) from error
    if type(value) is not dict:
        raise BadRecord("", f"A record is a JSON object, not {_kind(value)}.")
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        _refuse_depth(value)
    # Every lost duplicate takes two quotes with it; escapes may hide quotes, so such texts are read again.
    if b"\\" in raw or raw.count(b'"') != orjson.dumps(value).count(b'"'):
        _refuse_duplicates(raw)
        if _NUL.search(raw):
            raise BadRecord(_place_of_nul(value), "The character U+0000 cannot be stored. Leave it out.")
    return value


def _why_unreadable(raw: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        raw.decode()
    except UnicodeDecodeError as wrong:
        return f"Byte {wrong.start + 1} is not UTF-8."
    message = error.msg.partition(": line ")[0]
    if "infinity" in message:
        return (
            f"A number at character {error.colno} is too large for JSON readers. Send it smaller or as text."
        )
    if "surrogate" in message or "hex escape" in message:
        return f"The escape at character {error.colno} is half of a surrogate pair."
    return f"This is not JSON: {message}, at character {error.colno}."


def _kind(value: object) -> str:
    names: dict[type, str] = {
        list: "a list",
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a number",
    }
    return names.get(type(value), "null")


def _refuse_depth(value: dict[str, Any]) -> None:
    waiting: list[tuple[Any, int]] = [(value, 1)]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, (dict, list)):
            if depth > MAX_DEPTH:
                raise BadRecord("", f"A record may be nested {MAX_DEPTH} levels deep.")
            children = node.values() if isinstance(node, dict) else node
            waiting.extend((child, depth + 1) for child in children)


def _refuse_duplicates(raw: bytes) -> None:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members: dict[str, Any] = {}
        for name, value in pairs:
            if name in members:
                raise BadRecord(path_of([name]), f"The member {name!r} stands twice in one object.")
            members[name] = value
        return members

    json.loads(raw, object_pairs_hook=unique)


def _strings(node: Any, place: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], str]]:
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _strings(child, (*place, index))
    elif isinstance(node, dict):
        for name, child in node.items():
            yield place, name
            yield from _strings(child, (*place, name))


def _place_of_nul(value: dict[str, Any]) -> str:
    return next((path_of(place) for place, text in _strings(value, ()) if "\0" in text), "")
