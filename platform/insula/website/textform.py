"""The blocks of a page as a text that a person edits.

    ::: heading
    text: The station
    level: 2
    :::

    ::: markdown
    It stands on the **pier**.
    :::

A block begins with colons and its kind and ends with as many colons. In between stand its fields, one a line. A
kind with one long text has it below its fields and an empty line, or alone. A value that begins with `[`, `{` or `"`
is JSON.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from insula.kit.errors import FieldError
from insula.kit.json import dumps, loads

if TYPE_CHECKING:
    from insula.web.interfaces import Blocks

# For lines without the spaces at their end: were those left to the patterns, two parts of one could take the same
# spaces, and the time to match would grow with the square of a line's length.
_OPEN = re.compile(r"(:{3,})\s*(\S.*)")
_FIELD = re.compile(r"([A-Za-z_][A-Za-z0-9_]*):(?:\s+(.*))?")
_COLONS = re.compile(r":{3,}\s*")
Lines = dict[str, int]


def write(blocks: Sequence[Mapping[str, Any]], kinds: Blocks) -> str:
    """Return the text of some blocks."""
    return "\n".join(_write(block, kinds) for block in blocks)


def _write(block: Mapping[str, Any], kinds: Blocks) -> str:
    kind = kinds.get(str(block["kind"]))
    body_field = kind.body_field if kind else None
    # The store may hand the members back in another order than that in which they were written.
    order = {name: at for at, name in enumerate(kind.model.model_fields)} if kind else {}
    named = sorted(block.items(), key=lambda item: order.get(item[0], len(order)))
    fields = [f"{name}: {_value(value)}" for name, value in named if name not in ("kind", body_field)]
    body = str(block.get(body_field, "")) if body_field else ""
    inside = [*fields, *(["", body] if fields and body else [body] if body else [])]
    first = body.partition("\n")[0]
    if not fields and body and (not first.strip() or _FIELD.fullmatch(first.rstrip())):
        # A text that begins like a field, or with an empty line, is kept apart by another empty line.
        inside = ["", body]
    longest = max((len(line.strip()) for line in body.splitlines() if _COLONS.fullmatch(line)), default=2)
    fence = ":" * max(3, longest + 1)
    return "\n".join((f"{fence} {block['kind']}", *inside, fence, ""))


def _value(value: Any) -> str:  # whatever JSON holds
    if (
        isinstance(value, str)
        and value == value.strip()
        and "\n" not in value
        and not value.startswith(("[", "{", '"'))
    ):
        return value
    return dumps(value).decode()


def read(text: str, kinds: Blocks) -> tuple[list[dict[str, Any]], Lines, list[FieldError]]:
    """Return the blocks of a text, the line of every block and field by its path, and what cannot be read."""
    blocks: list[dict[str, Any]] = []
    lines: Lines = {}
    errors: list[FieldError] = []
    rows = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = 0
    while at < len(rows):
        if not rows[at].strip():
            at += 1
            continue
        opened = _OPEN.fullmatch(rows[at].rstrip())
        if opened is None:
            detail = f"A block begins with ::: and its kind, such as “::: markdown”. Found “{rows[at].strip()[:60]}”."
            errors.append(FieldError(f"blocks[{len(blocks)}]", detail, at + 1))
            break
        end = _end(rows, at + 1, opened[1])
        if end is None:
            detail = f"The block “{opened[2]}” that begins here has no closing {opened[1]} line."
            errors.append(FieldError(f"blocks[{len(blocks)}]", detail, at + 1))
            break
        path = f"blocks[{len(blocks)}]"
        lines[path] = at + 1
        blocks.append(_read(opened[2], rows[at + 1 : end], at + 2, path, kinds, lines, errors))
        at = end + 1
    return blocks, lines, errors


def _end(rows: Sequence[str], start: int, fence: str) -> int | None:
    return next((at for at in range(start, len(rows)) if rows[at].rstrip() == fence), None)


def _read(  # noqa: PLR0917 - the place of each line is part of what is read
    name: str,
    rows: Sequence[str],
    first: int,
    path: str,
    kinds: Blocks,
    lines: Lines,
    errors: list[FieldError],
) -> dict[str, Any]:
    kind = kinds.get(name)
    body_field = kind.body_field if kind else None
    block: dict[str, Any] = {"kind": name}
    at = 0
    while at < len(rows):
        row = rows[at]
        field = _FIELD.fullmatch(row.rstrip())
        known = field is not None and (body_field is None or _is_field(kind, field[1]))
        if not row.strip():
            at += 1
            if body_field is not None:
                break
            continue
        if field is None or not known:
            if kind is None:
                errors.append(FieldError(path, _unknown(name, kinds), first - 1))
                break
            if body_field is None:
                detail = f"A line here is a field, such as “text: Welcome”. Found “{row.strip()[:60]}”."
                errors.append(FieldError(path, detail, first + at))
                at += 1
                continue
            break
        lines[f"{path}.{field[1]}"] = first + at
        block[field[1]] = _parse(field[2] or "", f"{path}.{field[1]}", first + at, errors)
        at += 1
    if body_field is not None:
        lines.setdefault(f"{path}.{body_field}", first + min(at, max(len(rows) - 1, 0)))
        body = "\n".join(rows[at:])
        if body or body_field not in block:
            block[body_field] = body
    return block


def _unknown(name: str, kinds: Blocks) -> str:
    names = [kind.name for kind in kinds]
    near = difflib.get_close_matches(name, names, 1)
    return f"There is no block “{name[:40]}”. " + (
        f"Did you mean {near[0]}?" if near else f"There are: {', '.join(names)}."
    )


def _is_field(kind: Any, name: str) -> bool:  # a BlockKind
    return name in kind.model.model_fields and name != kind.body_field


def _parse(text: str, path: str, line: int, errors: list[FieldError]) -> Any:
    if not text.startswith(("[", "{", '"')):
        return text
    try:
        return loads(text)
    except ValueError:
        errors.append(FieldError(path, f"What begins with {text[0]} is read as JSON, and this is not.", line))
        return None
