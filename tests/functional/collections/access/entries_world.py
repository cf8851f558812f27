"""Rules and entries made up at random over a real collection, decided one by one and as a list.

Documents are odd on purpose: values are missing, null, or of another kind, as while a schema changes; and rules are odd
too, since those that raise are wanted here.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from insula.collections.access.rules import COLLECTIONS, collection_entity, entry_entity, row_shape
from insula.collections.interfaces.entries import Entry, Stage
from insula.collections.interfaces.schemas import CollectionDocument, Collections
from insula.collections.models import EntryRow
from insula.security.cedar.context import Context
from insula.security.cedar.documents import TENANT
from insula.security.cedar.engine import CompiledPolicy, Question
from insula.security.cedar.gate import gate
from insula.security.compiled import tenant_schema
from insula.security.rows import asking
from insula.tree.interfaces import PolicyEntity

ARTICLES = {
    "title": "Articles",
    "fields": [
        {"name": "title", "type": "text"},
        {"name": "state", "type": "choice", "choices": ["CA", "WA", "ca"]},
        {"name": "rank", "type": "integer"},
        {"name": "price", "type": "decimal", "scale": 2},
        {"name": "cost", "type": "decimal", "scale": 0},
        {"name": "hot", "type": "boolean"},
        {"name": "at", "type": "datetime"},
        {"name": "day", "type": "date"},
        {"name": "tags", "type": "list", "items": "text"},
        {"name": "nums", "type": "list", "items": "integer"},
        {"name": "shelf", "type": "link", "collection": "shelves"},
        {"name": "parent", "type": "link", "collection": "articles"},
        {"name": "shelves", "type": "list", "items": "link", "collection": "shelves"},
        {"name": "body", "type": "rich_text"},
        {"name": "exact", "type": "decimal", "scale": 6},
    ],
}
SHELVES = {"title": "Shelves", "fields": [{"name": "title", "type": "text"}]}
TYPE = "Entries::articles"
IDS = [UUID(int=(0x0190A5B000007 << 76) | number) for number in range(1, 25)]
ANN, BOB = UUID(int=1), UUID(int=2)
PEOPLE = [ANN, BOB, None]
NOW = datetime(2024, 5, 5, tzinfo=UTC)
MOMENTS = [
    NOW,
    datetime(2024, 5, 4, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1999, 1, 1, 0, 0, 0, 500, tzinfo=UTC),
]

TEXTS = ("a", "A", "ab", "aB", "a%", "a_b", "*", "", "[a]", "a\\b", "é", "a\nb", "?", "😀", "o'k", '"q"')
TIMES = (
    *("2024-01-01T00:00:00.000Z", "2024-05-05T00:00:00.000Z", "2024-05-04T23:59:59.999Z"),
    *("1969-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
)
DAYS = ("2024-01-01", "2024-05-05", "1969-12-31")
NUMBERS = (0, 1, 2, -1, 2**63 - 1, -(2**63))
ODD_TEXTS = (
    "soon",
    "1.\u06630",
    "1e3",
    "-",
    "1.",
    ".5",
    "1.2.3",
    "--1",
    "+1",
    " 1",
    "1\n",
    "00001.5",
    "1.23456",
)
ODD_TIMES = (
    *(
        "soon",
        "2024-02-30",
        "2023-02-29",
        "2024-02-29",
        "0000-01-01",
        "2024-05-05T24:00:00.000Z",
        "2024-05-05T00:00:00Z",
    ),
    *(
        "2024-02-30T00:00:00.000Z",
        "2024-05-05T00:00:00.000Z\n",
        "2024-05-05\n",
        "1900-02-29",
        "2000-02-29",
        "2024-04-31",
    ),
)
PRICES = ("0.00", "1.00", "-1.00", "3.50", "-0.50", "99999999999999.99", "100000000000000.00", "0.01")
COSTS = ("0", "1", "-1", "3", "99999999999999", "100000000000000", "922337203685478")
SHELF = [str(each) for each in IDS[:2]]
RIGHT: dict[str, tuple[Any, ...]] = {
    "title": TEXTS,
    "state": ("CA", "WA", "ca"),
    "rank": NUMBERS,
    "price": (*PRICES, *ODD_TEXTS),
    "cost": (*COSTS, *ODD_TEXTS),
    "hot": (True, False),
    "at": (*TIMES, *DAYS, *ODD_TIMES),
    "day": (*DAYS, *ODD_TIMES),
    "tags": ([], ["a"], ["b", "a"], ["c", "é"], ["a", 1]),
    "nums": ([], [0], [1, 2], [2**63 - 1], [1.5], [1, None]),
    "shelf": (*SHELF, str(ANN)),
    "parent": (*(str(each) for each in IDS[:3]), SHELF[0]),
    "shelves": ([], SHELF[:1], SHELF),
    "exact": ("1.000000",),
}
WRONG = (None, None, 0, 1, 1.5, True, {}, {"a": 1}, [], 2**70)


def document(chance: random.Random) -> dict[str, Any]:
    """Make a document; of each three values one is missing or wrong."""
    made = {}
    for name, right in RIGHT.items():
        luck = chance.random()
        if luck < 0.7:
            made[name] = chance.choice(right)
        elif luck < 0.8:
            made[name] = None
        elif luck < 0.87:
            made[name] = chance.choice(WRONG)
    return made


def row(chance: random.Random, id_: UUID) -> dict[str, Any]:
    """Make the columns of an entry."""
    return {
        "id": id_,
        "stage": int(chance.choice([Stage.LIVE, Stage.LIVE, Stage.DRAFT, Stage.TRASH])),
        "author_id": chance.choice(PEOPLE),
        "created": chance.choice(MOMENTS),
        "document": json.dumps(document(chance)),
    }


def quoted(text: str) -> str:
    """Write a text as rules do."""
    return (
        '"'
        + "".join("\\" + each if each in '"\\' else "\\n" if each == "\n" else each for each in text)
        + '"'
    )


def pattern(parts: list[str | None]) -> str:
    """Write a pattern as rules do; None is the wildcard."""
    escapes = {"*": "\\*", "\\": "\\\\", '"': '\\"', "\n": "\\n"}
    return '"' + "".join("*" if part is None else escapes.get(part, part) for part in parts) + '"'


class Rules:
    """Writes rules; `wide` ones also have scopes, more operators and what SQL cannot say."""

    def __init__(self, seed: int, *, wide: bool) -> None:
        self._chance = random.Random(seed)  # noqa: S311  # made-up rules, no secret
        self._wide = wide

    def rules(self) -> list[str]:
        """Write one to five rules."""
        chance = self._chance
        found = [self._rule("permit")]
        if chance.random() < 0.4:
            found = ["permit(principal, action, resource);", self._rule("forbid")]
        for _ in range(chance.randint(0, 3 if self._wide else 1)):
            found.append(self._rule(chance.choice(["permit", "permit", "forbid"])))
        return found

    def _rule(self, effect: str) -> str:
        chance = self._chance
        scope = "principal, action, resource"
        if self._wide:
            scope = ", ".join(
                (
                    chance.choice(
                        ["principal"] * 4 + [f'principal == Account::"{ANN}"', 'principal in Role::"editor"']
                    ),
                    chance.choice(["action"] * 3 + ['action == Action::"view"', 'action == Action::"edit"']),
                    chance.choice(["resource"] * 4 + SCOPES),
                )
            )
        return f"{effect}({scope}) {chance.choice(['when', 'unless'])} {{ {self._condition(chance.randint(1, 4))} }};"

    def _condition(self, depth: int) -> str:
        luck = self._chance.random()
        if depth == 0 or luck < 0.2:
            return self._odd() if self._wide and self._chance.random() < 0.06 else self._atom()
        if luck < 0.4:
            return f"!({self._condition(depth - 1)})"
        if self._wide and luck < 0.45:
            parts = [self._condition(depth - 1) for _ in range(3)]
            return f"(if {parts[0]} then {parts[1]} else {parts[2]})"
        return (
            f"({self._condition(depth - 1)} {self._chance.choice(['&&', '||'])} {self._condition(depth - 1)})"
        )

    def _odd(self) -> str:
        return self._chance.choice(ODD)

    def _atom(self) -> str:
        chance = self._chance
        order = chance.choice(["<", "<=", ">", ">="])
        verb = chance.choice(["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"])
        text, number = (
            quoted(chance.choice(TEXTS)),
            chance.choice(["0", "1", "2", "(-1)", "9223372036854775807"]),
        )
        moment = chance.choice(
            [
                'datetime("2024-01-01")',
                'datetime("2024-05-05")',
                "context.now",
                'context.now.offset(duration("-1ms"))',
            ]
        )
        return chance.choice(
            (
                lambda: f"resource.title {chance.choice(['==', '!='])} {text}",
                self._like,
                lambda: f'resource.state == "{chance.choice(["CA", "ca"])}"',
                lambda: f"resource.rank {order} {number}",
                lambda: (
                    f"resource.rank {chance.choice('+-')} {chance.choice(['1', '(-1)'])} {order} {number}"
                ),
                lambda: (
                    f'resource.price.{verb}(decimal("{chance.choice(["0.0", "1.0", "3.5", "-0.5", "99999999999999.99"])}"))'
                ),
                lambda: (
                    f'resource.cost.{verb}(decimal("{chance.choice(["0.0", "1.0", "99999999999999.0"])}"))'
                ),
                lambda: chance.choice(
                    ["resource.hot", "resource.published", "resource.hot == resource.published"]
                ),
                lambda: f"resource.{chance.choice(['at', 'day', 'created'])} {order} {moment}",
                lambda: f'resource.at.offset(duration("1d")) {order} {moment}',
                lambda: chance.choice(AUTHORS),
                lambda: f'resource.tags.contains("{chance.choice("abé")}")',
                lambda: (
                    f'resource.tags.{chance.choice(["containsAll", "containsAny"])}(["a", "{chance.choice("bc")}"])'
                ),
                lambda: f"resource.nums.contains({chance.choice('01')})",
                lambda: chance.choice(LINKS),
                lambda: f"resource has {chance.choice([*RIGHT, 'author', 'created'])}",
                lambda: chance.choice(
                    [
                        "principal.nosuch == 1",
                        "true",
                        "false",
                        'resource.rank == "a"',
                        "resource.title < 3",
                        "resource.exact == 1",
                        "resource has body",
                    ]
                ),
            )
        )()

    def _like(self) -> str:
        chance = self._chance
        letters = ["a", "A", "b", "%", "_", "*", "[", "?", "\\", "\n", "é"]
        parts = [
            None if chance.random() < 0.4 else chance.choice(letters) for _ in range(chance.randint(0, 3))
        ]
        return f"resource.title like {pattern(parts)}"


AUTHORS = (
    *("resource.author == principal", 'resource.author in Role::"editor"', "resource.author is Account"),
    f'[Account::"{BOB}"].contains(resource.author)',
)
LINKS = (
    f'resource.shelf == Entries::shelves::"{SHELF[0]}"',
    f'resource.parent == {TYPE}::"{IDS[1]}"',
    "resource.parent == resource",
    f'resource == {TYPE}::"{IDS[0]}"',
    f'resource.shelves.contains(Entries::shelves::"{SHELF[1]}")',
    f'[Entries::shelves::"{SHELF[1]}"].contains(resource.shelf)',
    "resource.shelf == resource.parent",
)
SCOPES = [
    *(f"resource is {TYPE}", "resource is Entries::shelves", 'resource in Collection::"articles"'),
    *(
        'resource in Area::"collections"',
        'resource in Collection::"shelves"',
        f'resource == {TYPE}::"{IDS[0]}"',
    ),
    f'resource is {TYPE} in Collection::"articles"',
]
ODD = (
    *(
        "resource.rank * 2 > 3",
        "resource.tags.isEmpty()",
        'resource.shelf.title == "a"',
        'resource.tags == ["a"]',
    ),
    *('resource.parent in Collection::"articles"', 'resource.at.toDate() == datetime("2024-01-01")'),
    *("(if resource.hot then 1 else 2) == 1", "-resource.rank == 1", '["a", "b"].containsAll(resource.tags)'),
)


class EntryWorld:
    """One collection in one database; each case puts other rows into it, and nothing is kept."""

    def __init__(self, work: Any) -> None:
        self._session = work.db
        self._info = work.find_service(Collections).find("articles")
        self._schema = tenant_schema(work)
        self._shape = row_shape(self._info, work.db.get_bind().dialect.name, EntryRow)
        self.seen: dict[str, int] = defaultdict(int)

    def check(self, texts: list[str], rows: list[dict[str, Any]]) -> None:
        """Assert that the list and the single decisions agree on every row."""
        text = "\n".join(f'@id("rule-{number}") {each}' for number, each in enumerate(texts))
        policy = CompiledPolicy(
            {f"{TENANT}:{statement.id}": statement.rule for statement in gate(text)}, self._schema
        )
        above = (collection_entity(self._info), COLLECTIONS, PolicyEntity("Area", "api"))
        asked = self._question(above)
        upper = asking.row_filter(policy, asked, self._shape, widen=True)
        lower = asking.row_filter(policy, asked, self._shape, widen=False)
        self._write(rows)
        most, least = (self._found(each.where) for each in (upper, lower))
        allowed = set()
        for entry in self._entries():
            decision = policy.decide(self._question((entry_entity(self._info, entry), *above)))
            self.seen["erring"] += bool(decision.errors)
            if decision.allowed:
                allowed.add(entry.id)
        self.seen["cases"] += 1
        self.seen["flagged"] += not upper.exact
        self.seen["mixed"] += 0 < len(allowed) < len(rows)
        told = (texts, rows, sorted(allowed), sorted(most), sorted(least))
        if upper.exact:
            assert most == allowed == least, told
        else:
            assert least <= allowed <= most, told

    def _question(self, lineage: Any) -> Question:
        context = Context(ip="192.0.2.1", now=NOW, scheme="session", age=5)
        who = ("Account", str(ANN))
        return Question(who, frozenset({"editor"}), "view", lineage, context, {"kind": "person"})

    def _write(self, rows: list[dict[str, Any]]) -> None:
        common = {"collection_id": self._info.id, "version": 1, "schema_version": 1, "changed": NOW}
        ours = {"tenant_id": self._session.tenant_id, **common}
        mine = EntryRow.collection_id == self._info.id
        self._session.execute(delete(EntryRow).where(mine), execution_options={"synchronize_session": False})
        self._session.execute(insert(EntryRow), [{**ours, **each} for each in rows])

    def _found(self, where: Any) -> set[UUID]:
        mine = EntryRow.collection_id == self._info.id
        return set(self._session.execute(select(EntryRow.id).where(mine, where)).scalars())

    def _entries(self) -> list[Entry]:
        row_ = EntryRow
        columns = (row_.id, row_.stage, row_.document, row_.author_id, row_.created, row_.changed)
        mine = EntryRow.collection_id == self._info.id
        return [
            Entry(id_, "articles", Stage(stage), 1, text, author, created, changed)
            for id_, stage, text, author, created, changed in self._session.execute(
                select(*columns).where(mine)
            )
        ]


def declared(tenant: Any) -> None:
    """Declare the collections that rules speak of."""
    with tenant.work() as work:
        collections = work.find_service(Collections)
        collections.create("shelves", CollectionDocument.model_validate(SHELVES), by="tests")
        collections.create("articles", CollectionDocument.model_validate(ARTICLES), by="tests")
