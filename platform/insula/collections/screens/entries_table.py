"""The table of a collection's entries, and that of its trash: columns, order, cells, and the place of the next page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from insula.api.interfaces import Places
from insula.collections.interfaces.entries import Stage
from insula.collections.interfaces.queries import Queries, Question
from insula.collections.queries.grammar import question_of, words_of
from insula.collections.screens.picking import names_of
from insula.collections.screens.values import called, in_words, words
from insula.collections.settings import CollectionsSettings
from insula.kit.errors import Invalid
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from insula.collections.interfaces.entries import Entry
    from insula.collections.interfaces.schemas import Collection, FieldDocument
    from insula.collections.screens.filters import Address

SHOWN: Final = 5
NARROW: Final = ("p1", "p2", "p2", "p3", "p3")
"""From which width on each column is shown; those beyond the fifth only on wide screens."""
UNSORTED: Final = frozenset({"object", "list", "rich_text", "file"})
NUMBERS: Final = frozenset({"integer", "decimal"})


@dataclass(frozen=True)
class Column:
    """One column: its field, its address when sorted by it, and how it is sorted now."""

    field: FieldDocument
    title: str
    css: str
    sort: str | None
    sorted: str = ""


@dataclass(frozen=True)
class Line:
    """One entry as a row."""

    entry: Entry
    name: str
    cells: Sequence[str]
    status: str


@dataclass(frozen=True)
class Table:
    """What a list shows."""

    columns: Sequence[Column]
    lines: Sequence[Line]
    total: int | None
    """None where it would take too long to tell."""
    after: str | None
    names: Mapping[str, str]
    most: int

    @property
    def counted(self) -> str:
        """How many entries there are, in words."""
        return counted(self.total, self.most)


def total_of(queries: Queries, question: Question, most: int) -> int | None:
    """Return how many entries there are, one more than `most` where there are more; None where it takes too long."""
    try:
        return queries.count(question, most=most + 1)
    except Invalid:
        return None


def counted(total: int | None, most: int) -> str:
    """Return a number of entries in words."""
    if total is None:
        return "many"
    return f"more than {most:,}" if total > most else f"{total:,}"


def table_of(
    request: Any, info: Collection, stage: Stage, address: Address, readable: frozenset[str], limit: int
) -> Table:
    """Return one page of the entries that the address asks for; raises Malformed for what cannot be asked."""
    queries: Queries = request.find_service(Queries)
    asked = question_of(info.name, address.given, stage=stage)
    question = replace(asked, fields=(), expand=())
    shown = _shown(info, address.columns(), readable)
    places = Places(request, ("screen", words_of(question)))
    page = queries.page(question, limit=limit, after=places.open(request.GET))
    rows = [json.loads(text) for text in queries.texts(Question(info.name, stage), page.entries)]
    names = names_of(request, shown, rows)
    names.update(_filtered_names(request, info, question))
    lines = [
        Line(
            entry,
            called(info.document, in_words(info.document.fields, row, names), str(entry.id)),
            [words(field, row.get(field.name), names) for field in shown],
            str(row.get("status", "")),
        )
        for entry, row in zip(page.entries, rows, strict=True)
    ]
    columns = [_column(field, number, address, question) for number, field in enumerate(shown)]
    after = places.seal(dict(page.after)) if page.after else None
    most = settings_of(request.registry, CollectionsSettings).screen_count
    return Table(columns, lines, total_of(queries, question, most), after, names, most)


def _filtered_names(request: Any, info: Collection, question: Question) -> dict[str, str]:
    """Return what the entries are called that are filtered by, for the chips."""
    wanted = [
        each for each in question.filters if each.field in info.fields and each.op in {"eq", "in", "has"}
    ]
    fields = [info.fields[each.field] for each in wanted]
    return names_of(request, fields, [{each.field: each.value.split(",")} for each in wanted])


def _shown(info: Collection, asked: Sequence[str], readable: frozenset[str]) -> list[FieldDocument]:
    known = {name: field for name, field in info.fields.items() if name in readable}
    chosen = [known[name] for name in asked if name in known]
    return chosen or [each for each in known.values() if each.type not in {"object", "rich_text"}][:SHOWN]


def _column(field: FieldDocument, number: int, address: Address, question: Question) -> Column:
    css = NARROW[number] if number < len(NARROW) else "p3"
    css = f"{css} num" if field.type in NUMBERS else css
    title = field.title or field.name
    if field.type in UNSORTED:
        return Column(field, title, css, None)
    first = question.sort[0] if question.sort else ""
    state = {field.name: "ascending", f"-{field.name}": "descending"}.get(first, "")
    to = f"-{field.name}" if state == "ascending" else field.name
    return Column(field, title, css, address.but(sort=to), state)
