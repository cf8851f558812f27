"""The form in which a person declares a collection: fields as rows that move, come and go before anything is kept."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from insula.api.interfaces import checked
from insula.collections.interfaces.schemas import CollectionDocument
from insula.kit.errors import FieldError, InsulaError, Invalid

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from insula.collections.interfaces.schemas import FieldDocument

MOST: Final = 200
TYPES: Final = (
    ("text", "Text"),
    ("rich_text", "Rich text"),
    ("integer", "Whole number"),
    ("decimal", "Decimal number"),
    ("boolean", "Yes or no"),
    ("datetime", "Date and time"),
    ("date", "Date"),
    ("time", "Time"),
    ("choice", "Choice"),
    ("link", "Link to a collection"),
    ("file", "File"),
    ("list", "List"),
    ("object", "Object"),
)
ITEMS: Final = tuple(
    (name, title)
    for name, title in TYPES
    if name in {"text", "integer", "decimal", "date", "datetime", "choice", "link", "file"}
)
ON_DELETE: Final = (
    ("restrict", "keep it from being deleted"),
    ("clear", "clear this field"),
    ("delete", "delete this entry with it"),
)
TICKS: Final = ("required", "unique", "indexed", "searchable")
OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "list": ("items", "choices", "collection", "on_delete", "scale"),
    "text": ("default", "pattern", "max_length"),
    "rich_text": ("max_length",),
    "integer": ("default", "min", "max"),
    "decimal": ("default", "scale", "min", "max"),
    "boolean": ("default",),
    "datetime": ("default", "min", "max"),
    "date": ("default", "min", "max"),
    "time": ("default", "min", "max"),
    "choice": ("default", "choices"),
    "link": ("collection", "on_delete"),
    "file": ("on_delete",),
    "object": ("json_schema",),
}
"""What there is to say of a field of each type; the form hides the rest, and what is hidden is not read."""

ITEM_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "choices": ("choice",),
    "collection": ("link",),
    "on_delete": ("link", "file"),
    "scale": ("decimal",),
}
"""For which items of a list an option means something; any other is for all."""

LABELS: Final = {
    "title": "Title",
    "name": "Name",
    "description": "Description",
    "display": "How an entry is called",
    "order": "Order of lists",
    "indexes": "Fields filtered by and sorted together",
    "fields": "Fields",
}
_TEXTS: Final = (
    "name",
    "title",
    "help",
    "type",
    *dict.fromkeys(o for each in OPTIONS.values() for o in each),
)
_INTEGER: Final = re.compile(r"-?[0-9]{1,18}")
_ROW: Final = re.compile(r"fields\.([0-9]{1,3})\.([a-z_]{1,20})")


@dataclass
class SchemaForm:
    """What stands in the form, as text."""

    name: str = ""
    title: str = ""
    description: str = ""
    display: str = ""
    order: str = "-created"
    indexes: str = ""
    singleton: bool = False
    drafts: bool = True
    rows: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, name: str, document: CollectionDocument) -> SchemaForm:
        """Return the form of a collection as it stands."""
        return cls(
            name=name,
            title=document.title,
            description=document.description,
            display=document.display,
            order=document.order,
            indexes="\n".join(", ".join(index) for index in document.indexes),
            singleton=document.singleton,
            drafts=document.drafts,
            rows=[_row_of(each) for each in document.fields],
        )

    @classmethod
    def read(cls, sent: Mapping[str, str]) -> SchemaForm:
        """Return the form as it was sent."""
        found: dict[int, dict[str, str]] = {}
        for key, value in sent.items():
            place = _ROW.fullmatch(key)
            if place and int(place[1]) < MOST:
                found.setdefault(int(place[1]), {})[place[2]] = value
        return cls(
            name=sent.get("name", "").strip(),
            title=sent.get("title", "").strip(),
            description=sent.get("description", "").strip(),
            display=sent.get("display", "").strip(),
            order=sent.get("order", "").strip(),
            indexes=sent.get("indexes", ""),
            singleton="singleton" in sent,
            drafts="drafts" in sent,
            rows=[found[number] for number in sorted(found)],
        )

    def add(self, kind: str = "text") -> None:
        """Add an empty row at the end."""
        if len(self.rows) < MOST:
            self.rows.append({"type": kind if kind in OPTIONS else "text"})

    def act(self, what: str, kind: str) -> int | None:
        """Do what a button of the form says; returns the row that the focus goes to, None where nothing was asked."""
        verb, _, place = what.partition(".")
        if verb == "add":
            self.add(kind)
            return len(self.rows) - 1
        if not (place.isascii() and place.isdecimal() and len(place) <= 3 and int(place) < len(self.rows)):
            return None
        number = int(place)
        if verb == "remove":
            del self.rows[number]
            return min(number, len(self.rows) - 1)
        to = number + {"up": -1, "down": 1}.get(verb, 0)
        if verb in {"up", "down"} and 0 <= to < len(self.rows):
            self.rows.insert(to, self.rows.pop(number))
        return min(max(to, 0), len(self.rows) - 1)

    def document(self) -> CollectionDocument:
        """Return what the form declares; raises Invalid with the place of everything wrong with it."""
        errors: list[FieldError] = []
        # Who gives a name to another field has the one that had it before forget it.
        taken = {row.get("name", "").strip() for row in self.rows}
        body: dict[str, Any] = {
            "title": self.title,
            "description": self.description,
            "display": self.display,
            "order": self.order or "-created",
            "singleton": self.singleton,
            "drafts": self.drafts,
            "indexes": [
                [name.strip() for name in line.split(",")]
                for line in self.indexes.splitlines()
                if line.strip()
            ],
            "fields": [
                _field_of(row, f"fields.{number}", errors, taken) for number, row in enumerate(self.rows)
            ],
        }
        try:
            document = checked(CollectionDocument, body)
        except Invalid as wrong:
            told = {each.path for each in errors}
            raise Invalid(
                errors=[*errors, *(each for each in wrong.errors if each.path not in told)]
            ) from wrong
        if errors:
            raise Invalid(errors=errors)
        return document


def _row_of(known: FieldDocument) -> dict[str, str]:
    row = {"known": known.name, "was": known.was or ""}
    for name in _TEXTS:
        value = getattr(known, name)
        if name == "choices":
            row[name] = "\n".join(value)
        elif name == "json_schema":
            row[name] = json.dumps(value, indent=2, ensure_ascii=False) if value is not None else ""
        elif isinstance(value, bool):
            row[name] = "yes" if value else "no"
        else:
            row[name] = "" if value is None else str(value)
    row.update({name: "on" for name in TICKS if getattr(known, name)})
    return row


def _field_of(
    row: Mapping[str, str], place: str, errors: list[FieldError], taken: Collection[str]
) -> dict[str, Any]:
    kind = row.get("type", "")
    found: dict[str, Any] = {"type": kind, "name": row.get("name", "").strip()}
    known, was = row.get("known", ""), row.get("was", "")
    if known and known != found["name"]:
        was = known
    if was and was not in taken:
        found["was"] = was
    found.update({name: row[name].strip() for name in ("title", "help") if row.get(name, "").strip()})
    found.update(dict.fromkeys((name for name in TICKS if name in row), True))
    for name in OPTIONS.get(kind, ()):
        text = row.get(name, "").strip()
        if text and not (kind == "list" and _is_beside(name, row.get("items", ""))):
            found[name] = _option(name, kind, text, f"{place}.{name}", errors)
    return found


def _is_beside(option: str, items: str) -> bool:
    """Say whether an option of a list means nothing for items of this type."""
    return option in ITEM_OPTIONS and items not in ITEM_OPTIONS[option]


def _option(name: str, kind: str, text: str, place: str, errors: list[FieldError]) -> Any:
    if name == "choices":
        return [line.strip() for line in text.splitlines() if line.strip()]
    if name == "json_schema":
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            errors.append(
                FieldError(place, 'This is not JSON. Write an object such as {"required": ["street"]}.')
            )
            return None
    if name in {"scale", "max_length"} or kind == "integer":
        if not _INTEGER.fullmatch(text):
            errors.append(FieldError(place, f"Use a whole number such as 12. You typed “{text[:40]}”."))
            return None
        return int(text)
    return {"yes": True, "no": False}.get(text, text) if kind == "boolean" else text


def place_errors(error: InsulaError | None) -> dict[str, Any]:
    """Return the errors as the form shows them: a summary with links, and the words at each control."""
    by_place: dict[str, str] = {}
    summary: list[tuple[str, str]] = []
    for each in error.errors if error is not None else ():
        place = _control_of(each.path)
        by_place[place] = f"{by_place.get(place, '')} {each.detail}".strip()
        told = LABELS.get(place) or re.sub(r"fields\.([0-9]+)\.", _numbered, place)
        summary.append(
            (
                f"f-{place.replace('.', '-')}" if place else "",
                f"{told}: {each.detail}" if told else each.detail,
            )
        )
    if error is not None and not error.errors and error.status != 412:
        summary.append(("f-name" if error.status == 409 else "", error.detail or error.title))
    return {"summary": summary, "errors": by_place}


def _numbered(found: re.Match[str]) -> str:
    return f"Field {int(found[1]) + 1}, "


def _control_of(path: str) -> str:
    """Return the control that a path lies in: `fields.2.choices.0` is in `fields.2.choices`."""
    steps = path.split(".")
    if steps[0] == "fields" and len(steps) == 1:
        return "fields"
    if steps[0] == "fields" and steps[2:] == ["was"]:
        return f"{steps[0]}.{steps[1]}.name"
    if steps[0] == "fields":
        return ".".join(steps[:3]) if len(steps) > 2 else f"{path}.name"
    return steps[0]
