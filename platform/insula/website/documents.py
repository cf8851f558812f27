"""The blocks of a page as a document: validated when they are written, tolerant when they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from insula.kit.errors import FieldError, Invalid
from insula.kit.json import dumps
from insula.kit.texts import UNKEPT, unkept

if TYPE_CHECKING:
    from insula.web.interfaces import Blocks

MAX_BLOCKS = 200
# What is drawn anew for every visitor, and what all blocks of a page have together as JSON.
MAX_VARYING = 20
MAX_PAGE_BYTES = 256 * 1024
LIMITS = {"title": 200, "summary": 500, "label": 60}
LAST_POSITION = 9999
WORDS = {
    "missing": "This is needed",
    "string_too_short": "This is needed",
    "extra_forbidden": "A block of this kind has no such field",
    "string_too_long": "Use at most {max_length} characters",
    "less_than_equal": "Use at most {le}",
    "greater_than_equal": "Use at least {ge}",
    "int_parsing": "Use a whole number",
    "float_parsing": "Use a number",
    "bool_parsing": "Use true or false",
    "date_from_datetime_parsing": "Use a date such as 2026-11-22",
    "string_type": "This is a text",
    "value_error": "{error}",
}
NOT_GIVEN = ("missing", "string_too_short", "extra_forbidden", "string_too_long")


def check_blocks(
    given: Sequence[Any], kinds: Blocks, *, keep: Sequence[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """Return the blocks as they are stored, or raise `Invalid` with a path to each bad field.

    Blocks in `keep` pass whatever they are: a page that has blocks of a kind no longer installed can still be edited.
    """
    if len(given) > MAX_BLOCKS:
        detail = f"Use at most {MAX_BLOCKS} blocks on a page. There are {len(given)}."
        raise Invalid(errors=(FieldError("blocks", detail),))
    errors: list[FieldError] = []
    varying = sum(_varies(block, kinds) for block in given)
    if varying > MAX_VARYING:
        detail = f"Use at most {MAX_VARYING} blocks that show changing data on a page. There are {varying}."
        raise Invalid(errors=(FieldError("blocks", detail),))
    checked = [_check(block, f"blocks[{index}]", kinds, keep, errors) for index, block in enumerate(given)]
    if errors:
        raise Invalid(errors=errors)
    size = len(dumps(checked))
    if size > MAX_PAGE_BYTES:
        detail = f"The blocks of a page may have {MAX_PAGE_BYTES:,} bytes together. They have {size:,}."
        raise Invalid(errors=(FieldError("blocks", detail),))
    return checked


def _varies(block: Any, kinds: Blocks) -> bool:  # it comes from outside
    kind = kinds.get(str(block.get("kind"))) if isinstance(block, Mapping) else None
    return kind is not None and kind.varies


def _check(
    block: Any,  # it comes from outside
    path: str,
    kinds: Blocks,
    keep: Sequence[Mapping[str, Any]],
    errors: list[FieldError],
) -> dict[str, Any]:
    if not isinstance(block, Mapping) or not isinstance(block.get("kind"), str):
        errors.append(
            FieldError(path, 'A block is an object with a "kind", such as {"kind": "heading", "text": "…"}.')
        )
        return {}
    kind = kinds.get(block["kind"])
    if kind is None:
        if block not in keep:
            names = ", ".join(each.name for each in kinds)
            errors.append(
                FieldError(f"{path}.kind", f"There is no block {block['kind']!r}. There are: {names}.")
            )
        return dict(block)
    fields = {name: value for name, value in block.items() if name != "kind"}
    try:
        model = kind.model.model_validate(fields)
    except ValidationError as error:
        errors.extend(field_errors(error, path))
        return {}
    checked = {"kind": kind.name, **model.model_dump(mode="json", exclude_unset=True)}
    errors.extend(FieldError(_below(path, place), UNKEPT) for place in unkept(checked))
    return checked


def field_errors(error: ValidationError, path: str = "") -> list[FieldError]:
    """Return the places of a failed validation, as paths below `path`."""
    found = []
    for problem in error.errors(include_url=False):
        place = _below(path, problem["loc"])
        said = WORDS.get(problem["type"], problem["msg"]).format(**problem.get("ctx", {})).rstrip(".")
        given = "" if problem["type"] in NOT_GIVEN else f" You gave {_short(problem['input'])}."
        found.append(FieldError(place, f"{said}.{given}"))
    return found


def _below(path: str, parts: Sequence[str | int]) -> str:
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    return path


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"  # a line's worth


def check_fields(values: Mapping[str, Any]) -> list[FieldError]:
    """Return what is wrong with the fields of a page other than its blocks."""
    return [*_check_texts(values), *_check_position(values)]


def _check_texts(values: Mapping[str, Any]) -> Iterator[FieldError]:
    for name, limit in LIMITS.items():
        value = values.get(name)
        if name not in values or (name == "label" and value is None):
            continue
        if not isinstance(value, str):
            yield FieldError(name, "This is a text.")
        elif name == "title" and not value.strip():
            yield FieldError(name, "A page needs a title.")
        elif len(value) > limit:
            yield FieldError(name, f"Use at most {limit} characters. There are {len(value)}.")
        elif next(unkept(value), None) is not None:
            yield FieldError(name, UNKEPT)
    if "ask_to_sign_in" in values and not isinstance(values["ask_to_sign_in"], bool):
        yield FieldError("ask_to_sign_in", "This is true or false.")


def _check_position(values: Mapping[str, Any]) -> Iterator[FieldError]:
    value = values.get("position")
    if value is not None and (
        isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LAST_POSITION
    ):
        yield FieldError("position", f"Use a whole number from 0 to {LAST_POSITION}, or nothing.")
