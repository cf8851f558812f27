"""The filters of a list in words: one chip for each, with the address of the list without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from insula.collections.queries.grammar import names_in

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import FieldDocument

WORDS: Final = {
    "eq": "is",
    "ne": "is not",
    "lt": "less than",
    "lte": "at most",
    "gt": "more than",
    "gte": "at least",
    "in": "is one of",
    "has": "has",
    "like": "like",
    "null": "is empty",
}
OFFERED: Final = (
    ("eq", "is"),
    ("ne", "is not"),
    ("contains", "contains"),
    ("begins", "begins with"),
    ("gte", "at least"),
    ("lte", "at most"),
    ("in", "is one of (a,b)"),
    ("has", "has the item"),
    ("null", "is empty"),
    ("some", "is not empty"),
)
MEMBERS: Final = (
    ("created", "Made"),
    ("changed", "Changed"),
    ("published_at", "Published"),
    ("publish_at", "Publishes itself"),
)
OWN: Final = ("after", "limit", "columns", "notice", "add", "op", "value")
"""Parameters of the screen itself; the rest is the question."""
KEPT: Final = ("q", "sort")


@dataclass(frozen=True)
class Chip:
    """One filter that is set, in words; `wrong` says why it cannot be used."""

    field: str
    words: str
    value: str
    without: str
    wrong: str = ""


@dataclass(frozen=True)
class Address:
    """The address of a list: where it is, and what its query says, in order."""

    path: str
    query: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, request: Any, path: str) -> Address:
        """Return the address that was asked for, without its place, its notice and its empty parts."""
        left_out = {"after", "notice", "add", "op", "value", "columns"}
        kept = [(name, value) for name, value in request.GET.items() if name not in left_out and value]
        columns = ",".join(names_in(",".join(request.GET.getall("columns"))))
        return cls(path, [*kept, ("columns", columns)] if columns else kept)

    @property
    def given(self) -> dict[str, str]:
        """The question, without what is the screen's own."""
        return {name: value for name, value in self.query if name not in OWN}

    def columns(self) -> tuple[str, ...]:
        """Return the columns asked for."""
        return names_in(dict(self.query).get("columns"))

    def but(self, *without: str, **with_: str) -> str:
        """Return the address with some parameters left out or set otherwise."""
        left = {*without, *with_}
        query = [(name, value) for name, value in self.query if name not in left]
        return self.to([*query, *with_.items()])

    def to(self, query: Iterable[tuple[str, str]]) -> str:
        """Return the address with another query."""
        text = urlencode(list(query), safe="[],*:")
        return f"{self.path}?{text}" if text else self.path


def added(address: Address, given: Mapping[str, str]) -> str | None:
    """Return the address with the filter that the form adds, or None where it adds none."""
    name, op, value = given.get("add", ""), given.get("op", "eq"), given.get("value", "").strip()
    if not name or (not value and op not in {"null", "some"}):
        return None
    op, value = {
        "contains": ("like", f"*{value}*"),
        "begins": ("like", f"{value}*"),
        "null": ("null", "true"),
        "some": ("null", "false"),
    }.get(op, (op, value))
    plain = op == "eq" and name not in {*OWN, *KEPT, "fields", "expand"}
    return address.but(**{name if plain else f"{name}[{op}]": value})


def chips(
    address: Address,
    fields: Mapping[str, FieldDocument],
    names: Mapping[str, str],
    wrong: Mapping[str, str],
) -> list[Chip]:
    """Return a chip for every filter of the question."""
    found = []
    members = dict(MEMBERS)
    for name, value in address.given.items():
        if name in {*KEPT, "fields", "expand"}:
            continue
        field, _, op = name.partition("[")
        op = op.rstrip("]") or "eq"
        known = fields.get(field)
        label = (known.title or known.name) if known else members.get(field, field)
        told = ", ".join(names.get(each, each) for each in value.split(","))
        said = WORDS.get(op, op)
        if op == "null":
            said, told = ("is empty", "") if value == "true" else ("is not empty", "")
        found.append(Chip(label, said, told, address.but(name), wrong.get(name, wrong.get(field, ""))))
    return found
