"""Documents of collections: everything that is wrong with one, as far as it can be told without its entries."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from insula.collections.interfaces.schemas import (
    SYSTEM_MEMBERS,
    Collection,
    CollectionDocument,
    FieldDocument,
    is_indexed,
)
from insula.collections.schemas.fields import CheckedField, Misfit, compiled, pattern_of
from insula.collections.schemas.values import Unfit, reader_of
from insula.kit.errors import FieldError, Invalid

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
SYSTEM_ORDER: Final = frozenset({"id", "created", "changed"})
"""Members beside the fields that lists can be sorted by."""

# Identifiers of the policy language, and parameters of lists that are no filters.
_WORDS: Final = frozenset({"true", "false", "if", "then", "else", "in", "is", "like", "has"})
_PARAMETERS: Final = frozenset(
    {
        "after",
        "by",
        "count",
        "dry_run",
        "expand",
        "fields",
        "format",
        "limit",
        "q",
        "sort",
        "stage",
        "published",
    }
)
_TEXTS: Final = frozenset({"text", "rich_text"})
_RANGED: Final = frozenset({"integer", "decimal", "datetime", "date", "time"})
_UNINDEXED: Final = frozenset({"rich_text", "object"})
_MOST_INDEXED: Final = 10_000
_SCHEMA_BYTES: Final = 16 * 1024
_FITS: Final[Mapping[str, frozenset[str]]] = {
    "scale": frozenset({"decimal"}),
    "choices": frozenset({"choice"}),
    "collection": frozenset({"link"}),
    "pattern": _TEXTS,
    "min": _RANGED,
    "max": _RANGED,
}
"""Which members belong to which kinds of values; members that are not named belong to all."""


def check_name(name: str) -> None:
    """Raise Invalid for what cannot be the name of a collection."""
    if not NAME.fullmatch(name) or name in _WORDS:
        detail = "Begin with a small letter; then small letters, digits and _, at most 63 in all."
        raise Invalid(errors=[FieldError("name", detail)])


def check_document(name: str, document: CollectionDocument, others: Mapping[str, Any]) -> None:
    """Raise Invalid with everything that is wrong with a document; `others` are the collections there are."""
    wrong = list(_fields(name, document, others))
    # What follows speaks of fields, and is judged once they are sound.
    if not wrong:
        wrong = [*_order(document), *_display(document), *_indexes(document)]
    if wrong:
        raise Invalid("The collection cannot be declared like this.", errors=wrong)


def placeholders(display: str) -> list[str]:
    """Return the fields that a display template names; raises ValueError for what is no template."""
    found = []
    for _, field, how, conversion in string.Formatter().parse(display):
        if how or conversion:
            raise ValueError("Fields are shown as they are.")
        if field is not None:
            found.append(field)
    return found


def _fields(name: str, document: CollectionDocument, others: Mapping[str, Any]) -> Iterator[FieldError]:
    known: set[str] = set()
    yield from _renamed(document, others.get(name))
    for index, field in enumerate(document.fields):
        place = f"fields.{index}"
        if field.name in SYSTEM_MEMBERS or field.name in _WORDS | _PARAMETERS:
            yield FieldError(f"{place}.name", "This name means something else already. Choose another one.")
        if field.name in known:
            yield FieldError(f"{place}.name", "There is another field of this name.")
        known.add(field.name)
        sound = True
        for error in _field(field):
            sound = False
            yield FieldError(f"{place}.{error.path}", error.detail)
        if field.collection is not None and field.collection not in {name, *others}:
            detail = "There is no such collection. Declare it first, and the link afterwards."
            yield FieldError(f"{place}.collection", detail)
        elif sound:
            yield from (FieldError(f"{place}.default", detail) for detail in _default(field))


def _renamed(document: CollectionDocument, before: Collection | None) -> Iterator[FieldError]:
    """Yield the former names that no field can have had, by the fields that are in force."""
    names = {field.name for field in document.fields}
    were = {} if before is None else {field.name: field.was for field in before.document.fields}
    former = () if before is None else before.former
    claimed: set[str] = set()
    for index, field in enumerate(document.fields):
        was = field.was
        if was is None:
            continue
        place = f"fields.{index}.was"
        if was in names:
            yield FieldError(
                place, "There is a field of this name. Leave it out, or say what becomes of that one."
            )
        elif was in claimed:
            yield FieldError(place, "Another field had this name.")
        elif field.name not in were and was not in were:
            yield FieldError(place, "There is no field of this name that could be renamed.")
        elif field.name in were and were[field.name] != was:
            yield FieldError(place, f"There is a field {field.name} already, with values of its own.")
        elif field.name not in were and any(
            field.name == other and names[-1] != was for other, names in former
        ):
            yield FieldError(
                f"fields.{index}.name", "Another field had this name in older versions of entries."
            )
        claimed.add(was)


def _field(field: FieldDocument) -> Iterator[FieldError]:
    kind = field.items if field.type == "list" else field.type
    if field.type == "list" and kind is None:
        yield FieldError("items", "Say what the list holds.")
        return
    if field.type != "list" and field.items is not None:
        yield FieldError("items", "Only a list has items.")
        return
    for member, kinds in _FITS.items():
        if getattr(field, member) not in (None, ()) and kind not in kinds:
            yield FieldError(member, f"Only {', '.join(sorted(kinds))} can have this.")
    yield from _kind(field, kind or "text")
    yield from _indexing(field, kind or "text")
    yield from _compiled(field, kind or "text")


def _kind(field: FieldDocument, kind: str) -> Iterator[FieldError]:
    if kind == "choice" and not field.choices:
        yield FieldError("choices", "Name the choices there are.")
    if len(set(field.choices)) < len(field.choices) or not all(0 < len(one) <= 100 for one in field.choices):
        yield FieldError("choices", "Each choice is there once, and has 1 to 100 characters.")
    if kind == "link" and field.collection is None:
        yield FieldError("collection", "Name the collection it leads to.")
    if kind == "link" and field.required and field.on_delete == "clear":
        yield FieldError("on_delete", "A required link cannot be cleared. Use restrict or delete.")
    if field.max_length is not None and field.type != "list" and kind not in _TEXTS:
        yield FieldError("max_length", "Only texts and lists have a length.")


def _indexing(field: FieldDocument, kind: str) -> Iterator[FieldError]:
    if field.searchable and kind not in {"text", "rich_text", "choice"}:
        yield FieldError("searchable", "Only texts and choices can be searched.")
    if kind in _UNINDEXED and (field.indexed or field.unique):
        yield FieldError("unique" if field.unique else "indexed", "Long texts and objects have no index.")
    if field.type == "list" and is_indexed(field) and (field.max_length or 0) > _MOST_INDEXED:
        yield FieldError(
            "max_length", f"A list that is indexed, as links are, has at most {_MOST_INDEXED:,} items."
        )
    if field.unique and field.type in ("list", "boolean"):
        yield FieldError("unique", "Lists, and what is true or false, cannot be unique.")


def _compiled(field: FieldDocument, kind: str) -> Iterator[FieldError]:
    if field.pattern is not None:
        try:
            pattern_of(field.pattern)
        except ValueError as error:
            yield FieldError(
                "pattern", f"RE2 cannot use it: {error}. There are no look-arounds and references."
            )
    if field.json_schema is not None:
        try:
            if len(orjson.dumps(field.json_schema)) > _SCHEMA_BYTES:
                raise ValueError(f"It has more than {_SCHEMA_BYTES:,} bytes.")  # noqa: TRY301  # told as the others are
            compiled(field.json_schema)
        except (ValueError, TypeError) as error:
            yield FieldError("json_schema", f"This is no JSON Schema: {str(error)[:200]}")
    bounds = []
    for member in ("min", "max"):
        bound = getattr(field, member)
        if bound is not None and kind in _RANGED:
            try:
                bounds.append(CheckedField(_bare(field, kind)).convert(reader_of(kind, field)(bound)))
            except (Unfit, Misfit) as error:
                yield FieldError(member, str(error))
    if len(bounds) == 2 and _above(kind, *bounds):
        yield FieldError("max", "This is less than the minimum.")


def _bare(field: FieldDocument, kind: str) -> FieldDocument:
    return FieldDocument.model_validate({"name": field.name, "type": kind, "scale": field.scale})


def _above(kind: str, low: Any, high: Any) -> bool:
    return bool(float(low) > float(high) if kind == "decimal" else low > high)


def _default(field: FieldDocument) -> Iterator[str]:
    if field.default is None:
        return
    if field.unique or {field.type, field.items} & {"link", "file"}:
        yield "What is unique, and what leads elsewhere, has no default."
        return
    try:
        CheckedField(field).read(field.default)
    except Misfit as misfit:
        yield misfit.errors[0].detail


def _order(document: CollectionDocument) -> Iterator[FieldError]:
    sortable = {field.name for field in document.fields if is_indexed(field) and field.type != "list"}
    names = [name.strip().removeprefix("-") for name in document.order.split(",")]
    wrong = [name for name in names if name not in SYSTEM_ORDER | sortable]
    if wrong:
        detail = f"{', '.join(wrong)}: use created, changed, or fields that are indexed, such as `-created`."
        yield FieldError("order", detail)


def _display(document: CollectionDocument) -> Iterator[FieldError]:
    known = {field.name for field in document.fields if field.type not in ("object", "list", "rich_text")}
    try:
        wrong = [name for name in placeholders(document.display) if name not in known]
    except ValueError:
        yield FieldError("display", "Write fields in braces, such as `{iata}, {name}`.")
        return
    if wrong:
        yield FieldError("display", f"There is no field {', '.join(wrong)} that has one short value.")


def _indexes(document: CollectionDocument) -> Iterator[FieldError]:
    fit = {field.name for field in document.fields if field.type not in _UNINDEXED and field.type != "list"}
    for index, names in enumerate(document.indexes):
        if not 2 <= len(set(names)) == len(names) <= 4:
            yield FieldError(f"indexes.{index}", "Name two to four different fields.")
        elif wrong := [name for name in names if name not in fit]:
            detail = (
                f"{', '.join(wrong)}: lists, long texts, objects and unknown fields are not indexed together."
            )
            yield FieldError(f"indexes.{index}", detail)
        elif names in document.indexes[:index]:
            yield FieldError(f"indexes.{index}", "This is there already.")
