"""Values of entries as forms hold them and as tables say them: JSON in, text out, and back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from insula.collections.interfaces.schemas import CollectionDocument, FieldDocument

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,40}")
_MEMBER: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_LOCAL: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
LONGEST: Final = 80
ONE_LINE: Final = 255


def texts_of(field: FieldDocument, value: Any) -> list[str]:
    """Return what the controls of a field hold for a value; a list of links or choices has one text for each."""
    if value is None:
        return []
    if field.type == "list":
        items = [_text(field.items or "text", item) for item in value]
        return items if field.items in {"choice", "link", "file"} else ["\n".join(items)]
    return [_text(field.type, value)]


def _text(kind: str, value: Any) -> str:
    if isinstance(value, dict) and kind in {"link", "file"}:
        return str(value.get("id", ""))
    if kind == "object":
        return json.dumps(value, indent=2, ensure_ascii=False)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if kind == "datetime":
        return _shortest(str(value).removesuffix("Z"))
    return str(value)


def _shortest(local: str) -> str:
    """Return a moment without a fraction, and without seconds, where these are none."""
    return local.removesuffix(".000").removesuffix(":00") if local.count(":") == 2 else local


def value_of(field: FieldDocument, texts: Sequence[str]) -> Any:
    """Return the JSON value that controls were filled with; what cannot be read stays text, for the check to refuse."""
    if field.type == "list":
        if field.items not in {"choice", "link", "file"}:
            texts = "\n".join(texts).splitlines()
        items = [_value(field.items or "text", text.strip()) for text in texts if text.strip()]
        return items or None
    text = "\n".join(texts[:1]).replace("\r\n", "\n")
    if field.type not in {"text", "rich_text"}:
        text = text.strip()
    return _value(field.type, text) if text else None


def _value(kind: str, text: str) -> Any:
    if kind == "integer" and _INTEGER.fullmatch(text):
        return int(text)
    if kind == "boolean":
        return {"yes": True, "no": False}.get(text, text)
    if kind == "datetime" and _LOCAL.fullmatch(text):
        return f"{text}:00Z" if text.count(":") == 1 else f"{text}Z"
    if kind == "object":
        try:
            return json.loads(text, parse_float=_finite, parse_constant=_finite)
        except (ValueError, RecursionError):
            return text
    return text


def _finite(text: str) -> float:
    found = float(text)
    if not isfinite(found):
        raise ValueError("It would be kept as no number.")
    return found


def words(field: FieldDocument, value: Any, names: Mapping[str, str] | None = None) -> str:
    """Return a value as a table or a comparison says it; `names` are what linked entries and files are called."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_word(field.items or "text", item, names or {}) for item in value)
    return _word(field.type, value, names or {})


def _word(kind: str, value: Any, names: Mapping[str, str]) -> str:
    if kind in {"link", "file"}:
        key = str(value.get("id", "")) if isinstance(value, dict) else str(value)
        return names.get(key, key)
    if kind == "datetime":
        return (
            str(value).replace("T", " ").removesuffix("Z").removesuffix(".000").removesuffix(":00") + " UTC"
        )
    if kind == "object":
        return json.dumps(value, ensure_ascii=False)
    return _text(kind, value)


def called(document: CollectionDocument, told: Mapping[str, str], key: str) -> str:
    """Return how an entry is called, of its values in words: by the collection's template or by its first text.

    A field that is hidden from whoever asks is absent, and reads as nothing; what is left nameless has its id.
    """
    name = " ".join(_MEMBER.sub(lambda found: told.get(found[1], ""), document.display).split()).strip(
        " ,;·-"
    )
    if not name:
        texts = (told.get(field.name, "") for field in document.fields if field.type in {"text", "choice"})
        name = next((text for text in texts if text.strip()), "")
    return (name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…") or f"Entry {key[-8:]}"


def in_words(
    fields: Iterable[FieldDocument], entry: Mapping[str, Any], names: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the values of an entry as a table says them, by field."""
    return {field.name: words(field, entry.get(field.name), names) for field in fields}


def local(at: datetime | None) -> str:
    """Return a moment as the control for one holds it, in UTC; nothing for None."""
    return "" if at is None else at.strftime("%Y-%m-%dT%H:%M")


def moment(text: str) -> datetime | None:
    """Return the moment, in UTC, that the control for one was filled with; raises ValueError for what is none."""
    return datetime.fromisoformat(text.strip()).replace(tzinfo=UTC) if text.strip() else None


def is_long(field: FieldDocument, text: str) -> bool:
    """Say whether a text is written in more than one line."""
    if "\n" in text or field.type == "rich_text":
        return True
    short = field.indexed or field.unique or field.pattern or (field.max_length or ONE_LINE + 1) <= ONE_LINE
    return field.type == "text" and not short
