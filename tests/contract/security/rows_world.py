"""Rules and rows made up at random, and a table whose documents hold the rows: what lists are compared with.

Rows are odd on purpose: values are missing, null, or of another kind; texts hold what patterns and quotes are made of;
numbers stand at the ends of 64 bits. Rules are odd too: most would not pass the check, because rules that raise are
wanted here.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import JSON, Column, MetaData, String, Table, delete, insert, select
from sqlalchemy.dialects.postgresql import JSONB

from insula.security.cedar.context import Context
from insula.security.cedar.documents import TENANT, merge
from insula.security.cedar.engine import CompiledPolicy, Question
from insula.security.cedar.gate import gate
from insula.security.cedar.schema import PolicySchema
from insula.security.interfaces import PolicyType, RowShape, from_document
from insula.security.rows import asking

FIELDS = {
    "title": "String?",
    "body": "String?",
    "rank": "Long?",
    "views": "Long?",
    "price": "decimal?",
    "cost": "decimal?",
    "at": "datetime?",
    "until": "datetime?",
    "pub": "Bool?",
    "hot": "Bool?",
    "author": "Account?",
    "reviewer": "Account?",
    "tags": "Set<String>?",
    "nums": "Set<Long>?",
    "peers": "Set<Account>?",
    "parent": "Article?",
}
KINDS = {name: kind.removesuffix("?") for name, kind in FIELDS.items()}
SCHEMA = PolicySchema.of(
    [
        PolicyType("Article", attributes=FIELDS, parents=("Shelf",), actions=("view", "edit")),
        PolicyType("Shelf", parents=("Area",), actions=("view",)),
    ]
)
NOW = datetime(2024, 5, 5, tzinfo=UTC)
ABOVE = ("Shelf", "articles"), ("Area", "site")

LETTERS = "aAbBß%_\\*?[]^-\"'é😀\n #"
TEXTS = [
    "",
    "a",
    "A",
    "a%",
    "a_b",
    "a\\b",
    "ab",
    "*",
    "a*b",
    "[a]",
    '"q"',
    "o'k",
    "é",
    "😀",
    "aB\nb",
    "%",
    "_",
    "\\",
]
NUMBERS = [0, 1, -1, 2, 5, 2**31, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**63 - 2]
PEOPLE = ["u1", "u2", "u3"]
TIMES = [
    *("2024-01-01T00:00:00.000Z", "2024-05-05T00:00:00.000Z", "2024-05-04T23:59:59.999Z"),
    *("1969-12-31T23:59:59.999Z", "0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"),
]
DECIMALS = ["0.0000", "1.0000", "-1.0000", "3.5000", "3.4999", "-0.5000", "0.0001", "100000000000.0001"]

texts = st.one_of(st.sampled_from(TEXTS), st.text(LETTERS, max_size=5))
numbers = st.one_of(st.sampled_from(NUMBERS), st.integers(-3, 6))
people = st.sampled_from(PEOPLE)
times = st.sampled_from(TIMES)
decimals = st.sampled_from(DECIMALS)
RIGHT = {
    "String": texts,
    "Long": numbers,
    "decimal": decimals,
    "datetime": times,
    "Bool": st.booleans(),
    "Account": people,
    "Article": st.sampled_from(["r0", "r1", "r2"]),
    "Set<String>": st.lists(st.one_of(texts, texts, texts, st.sampled_from([None, 1, True])), max_size=4),
    "Set<Long>": st.lists(
        st.one_of(numbers, numbers, numbers, st.sampled_from([None, "1", True, 1.5, 2**63])), max_size=4
    ),
    "Set<Account>": st.lists(people, max_size=3),
}
WRONG = st.sampled_from([None, None, 0, 1, -2, "zz", True, False, 1.5, 2**63, 2**70, {}, {"a": 1}, []])


@st.composite
def rows(draw: Any) -> dict[str, Any]:
    """Make a row; up to five of its values are missing or wrong."""
    row = {name: draw(RIGHT[kind]) for name, kind in KINDS.items()}
    for name in draw(st.lists(st.sampled_from(list(KINDS)), max_size=5)):
        if draw(st.booleans()):
            row.pop(name, None)
        elif not isinstance(wrong := draw(WRONG), str) or KINDS[name] not in {"datetime", "decimal"}:
            # Times and decimals are checked and brought to one spelling when they are written.
            row[name] = wrong
    return row


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
    return (
        '"'
        + "".join(
            "*" if part is None else "".join(escapes.get(each, each) for each in part) for part in parts
        )
        + '"'
    )


BY_KIND: dict[str, list[str]] = defaultdict(list)
for _name, _kind in KINDS.items():
    BY_KIND[_kind].append(f"resource.{_name}")


@st.composite
def values(draw: Any, kind: str, depth: int = 0) -> str:  # one branch for each kind of value
    """Write a value of this kind: an attribute of the row every other time."""
    choice = draw(st.integers(0, 9))
    if choice < 5 and BY_KIND.get(kind):
        return draw(st.sampled_from(BY_KIND[kind]))
    match kind:
        case "Long":
            if choice == 5:
                return "context.age"
            if choice == 6 and depth < 1:
                sign = draw(st.sampled_from("+-"))
                return f"({draw(values('Long', 1))} {sign} {draw(values('Long', 1))})"
            number = draw(numbers)
            return f"({number})" if number < 0 else str(number)
        case "String":
            return (
                draw(st.sampled_from(["principal.kind", "context.method"]))
                if choice == 5
                else quoted(draw(texts))
            )
        case "Bool":
            return draw(st.sampled_from(["true", "false", "context.mfa"]))
        case "decimal":
            return f'decimal("{draw(decimals)}")'
        case "datetime":
            at = "context.now" if choice == 5 else f'datetime("{draw(times)}")'
            if choice < 8:
                return at
            by = draw(st.sampled_from(["1d", "-30d", "1ms", "-1h30m", "0ms"]))
            return f'{draw(st.sampled_from([*BY_KIND[kind], "context.now", at]))}.offset(duration("{by}"))'
        case "Account":
            return "principal" if choice == 5 else f'Account::"{draw(people)}"'
        case "Article":
            return draw(st.sampled_from(["resource", 'Article::"r0"', 'Article::"r1"']))
    inner = kind.removeprefix("Set<").removesuffix(">")
    return "[" + ", ".join(draw(st.lists(values(inner, 1), min_size=1, max_size=3))) + "]"


PLACES = [
    *(
        'Shelf::"articles"',
        'Shelf::"other"',
        'Area::"site"',
        'Role::"editor"',
        'Role::"admin"',
        'Account::"u2"',
    ),
    *('Account::"u1"', 'Article::"r1"', '[Role::"editor", Account::"u2"]'),
]
ODD = [
    *(
        "resource.rank * 2 > 3",
        "resource.tags.isEmpty()",
        'resource.author.kind == "person"',
        "resource.author has kind",
    ),
    *("resource.title == resource.rank", 'resource.tags == ["a"]', "-resource.rank == 1"),
    *('context.ip.isInRange(ip("192.0.2.0/24"))', "(if resource.pub then 1 else 2) == 1"),
    *('resource.at.toDate() == datetime("2024-01-01")', "{a: resource.rank, b: resource.title}.a == 1"),
    *('Account::"zz" == resource.author', 'Account::"zz" in Role::"x"', "resource has nosuch"),
    *("resource.pub == (resource.rank > 1)", 'resource.rank < "a"', "[1, 2, 5].contains(resource.rank)"),
    *('resource.parent in Shelf::"articles"', '["a", "b"].containsAll(resource.tags)'),
    *("resource.rank == 9223372036854775807", "principal.nosuch == 1", 'resource == Article::"r2"'),
    *('context.nosuch == "a"', "resource.title < 3", "resource.title == resource.tags"),
]


@st.composite
def atoms(draw: Any) -> str:  # noqa: C901  # one branch for each operator
    """Write a condition without connectives."""
    order = st.sampled_from(["<", "<=", ">", ">="])
    match draw(st.integers(0, 16)):
        case 0 | 1:
            kind = draw(
                st.sampled_from(["Long", "String", "Bool", "decimal", "datetime", "Account", "Article"])
            )
            return f"({draw(values(kind))} {draw(st.sampled_from(['==', '!=']))} {draw(values(kind))})"
        case 2 | 3:
            return f"({draw(values('Long'))} {draw(order)} {draw(values('Long'))})"
        case 4:
            return f"({draw(values('datetime'))} {draw(order)} {draw(values('datetime'))})"
        case 5:
            verb = draw(st.sampled_from(["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"]))
            return f"{draw(values('decimal'))}.{verb}({draw(values('decimal'))})"
        case 6 | 7:
            parts = draw(st.lists(st.one_of(st.none(), st.text(LETTERS, max_size=2)), max_size=4))
            return f"({draw(st.sampled_from(BY_KIND['String']))} like {pattern(parts)})"
        case 8:
            kind = draw(st.sampled_from(["String", "Long", "Account"]))
            return f"{draw(values(f'Set<{kind}>'))}.contains({draw(values(kind))})"
        case 9:
            kind = draw(st.sampled_from(["String", "Long", "Account"]))
            verb = draw(st.sampled_from(["containsAll", "containsAny"]))
            return f"{draw(values(f'Set<{kind}>'))}.{verb}({draw(values(f'Set<{kind}>'))})"
        case 10 | 11:
            return f"(resource has {draw(st.sampled_from(list(FIELDS)))})"
        case 12:
            return draw(st.sampled_from(["resource.pub", "resource.hot", "context.mfa", "true", "false"]))
        case 13:
            what = draw(st.sampled_from(["resource", "resource.author", "principal", "resource.reviewer"]))
            return f"({what} in {draw(st.sampled_from(PLACES))})"
        case 14:
            what = draw(st.sampled_from(["resource", "resource.author"]))
            return f"({what} is {draw(st.sampled_from(['Article', 'Account', 'Shelf']))})"
        case 15:
            return f"(if {draw(atoms())} then {draw(atoms())} else {draw(atoms())})"
    return f"({draw(st.sampled_from(ODD))})"


conditions = st.recursive(
    atoms(),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda one: f"!({one})"),
    ),
    max_leaves=7,
)
PRINCIPALS = ["principal"] * 8 + [
    *('principal == Account::"u1"', 'principal in Role::"editor"', "principal is Account"),
    'principal in Role::"admin"',
]
ACTIONS = ["action"] * 8 + [
    *('action == Action::"view"', 'action in [Action::"view", Action::"edit"]', 'action == Action::"edit"')
]
RESOURCES = ["resource"] * 8 + [
    *("resource is Article", 'resource in Shelf::"articles"', 'resource is Article in Area::"site"'),
    *('resource == Article::"r1"', "resource is Shelf"),
]


@st.composite
def rules(draw: Any) -> str:
    """Write a rule, without its name."""
    effect = draw(st.sampled_from(["permit", "permit", "permit", "forbid"]))
    scope = ", ".join(draw(st.sampled_from(each)) for each in (PRINCIPALS, ACTIONS, RESOURCES))
    clauses = draw(st.lists(st.tuples(st.sampled_from(["when", "when", "unless"]), conditions), max_size=2))
    return f"{effect}({scope})" + "".join(f" {word} {{ {text} }}" for word, text in clauses) + ";"


class Focused:
    """Few values, many of them missing, and deep conditions: what finds a wrong connective within a few cases."""

    TITLES = ("a", "A", "ab", "aB", "a%", "a_b", "*", "", "[a]", "a\\b", "é", "a\nb", "?")

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311  # made-up rules, no secret

    def rules(self) -> list[str]:
        """Write one to three rules."""
        chance = self._chance
        found = [self._rule("permit")]
        if chance.random() < 0.4:
            found = ["permit(principal, action, resource);", self._rule("forbid")]
        if chance.random() < 0.3:
            found.append(self._rule(chance.choice(["permit", "forbid"])))
        return found

    def row(self) -> dict[str, Any]:
        """Make a row; of each three values one is missing or wrong."""
        chance = self._chance
        right = {
            "title": chance.choice(self.TITLES),
            "rank": chance.choice([0, 1, 2, 2**63 - 1]),
            "pub": chance.random() < 0.5,
            "hot": chance.random() < 0.5,
            "author": chance.choice(["u1", "u2"]),
            "tags": chance.sample(["a", "b", "c"], chance.randint(0, 3)),
            "nums": chance.sample([0, 1, 2], chance.randint(0, 3)),
            "price": chance.choice(DECIMALS[:4]),
            "at": chance.choice(TIMES[:4]),
            "peers": chance.sample(["u1", "u2"], chance.randint(0, 2)),
        }
        row = {}
        for name, value in right.items():
            luck = chance.random()
            if luck < 0.7:
                row[name] = value
            elif luck < 0.8:
                row[name] = None
            elif luck < 0.85:
                row[name] = chance.choice([1.5, {}, [], True, 3])
        return row

    def _rule(self, effect: str) -> str:
        chance = self._chance
        text = self._condition(chance.randint(1, 4))
        return f"{effect}(principal, action, resource) {chance.choice(['when', 'unless'])} {{ {text} }};"

    def _condition(self, depth: int) -> str:
        luck = self._chance.random()
        if depth == 0 or luck < 0.2:
            return self._atom()
        if luck < 0.4:
            return f"!({self._condition(depth - 1)})"
        joined = self._chance.choice(["&&", "||"])
        return f"({self._condition(depth - 1)} {joined} {self._condition(depth - 1)})"

    def _atom(self) -> str:  # noqa: C901, PLR0912  # one branch for each operator
        chance = self._chance
        order = chance.choice(["<", "<=", ">", ">="])
        match chance.randrange(14):
            case 0:
                return f"resource.title == {quoted(chance.choice(self.TITLES))}"
            case 1:
                letters = ["a", "A", "b", "%", "_", "*", "[", "?", "\\", "\n"]
                parts = [
                    None if chance.random() < 0.4 else chance.choice(letters)
                    for _ in range(chance.randint(0, 3))
                ]
                return f"resource.title like {pattern(parts)}"
            case 2:
                return f"resource.rank {order} {chance.choice(['0', '1', '2'])}"
            case 3:
                return f"resource.rank {chance.choice('+-')} {chance.choice(['1', '(-1)'])} {order} {chance.choice('012')}"
            case 4:
                return chance.choice(
                    ["resource.pub", "resource.hot", "resource.pub == resource.hot", ODD[15]]
                )
            case 5:
                return chance.choice(
                    [
                        *("resource.author == principal", 'resource.author in Role::"editor"'),
                        *('resource.author in [Account::"u2", Role::"editor"]', "resource.author is Account"),
                        '[Account::"u2"].contains(resource.author)',
                    ]
                )
            case 6:
                return f'resource.tags.contains("{chance.choice("abc")}")'
            case 7:
                verb = chance.choice(["containsAll", "containsAny"])
                return f'resource.tags.{verb}(["a", "{chance.choice("bc")}"])'
            case 8:
                return (
                    f"resource has {chance.choice(['title', 'rank', 'pub', 'author', 'tags', 'price', 'at'])}"
                )
            case 9:
                verb = chance.choice(["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"])
                return f'resource.price.{verb}(decimal("{chance.choice(DECIMALS[:4])}"))'
            case 10:
                by = chance.choice(["", '.offset(duration("1d"))'])
                other = chance.choice(
                    ["context.now", 'datetime("2024-01-01")', 'context.now.offset(duration("-1ms"))']
                )
                return f"resource.at{by} {order} {other}"
            case 11:
                return f"resource.nums.contains({chance.choice('01')})"
            case 12:
                return f"[{chance.choice(['0, 1', '1, 2'])}].contains(resource.rank)"
        return chance.choice(
            [
                *("principal.nosuch == 1", 'context.nosuch == "a"', "true", "false", 'resource.rank == "a"'),
                *("resource.title == resource.tags", "resource.title < 3"),
            ]
        )


@dataclass
class Thing:
    """An entity as the tree hands it over."""

    type: str
    id: str
    attributes: dict[str, Any]


def entity(id_: str, row: dict[str, Any]) -> Thing:
    """Return a row as a single decision sees it; times are read as a service would."""
    attributes = {
        name: datetime.fromisoformat(value) if KINDS[name] == "datetime" and isinstance(value, str) else value
        for name, value in row.items()
    }
    return Thing("Article", id_, attributes)


class World:
    """A table of rows in one database, and the policy asked about them both ways."""

    def __init__(self, engine: Any) -> None:
        self._connection = engine.connect()
        document = JSONB if engine.dialect.name == "postgresql" else JSON
        self._table = Table(
            "article", MetaData(), Column("id", String(36), primary_key=True), Column("data", document)
        )
        self._table.create(self._connection, checkfirst=True)
        self.shape = RowShape(
            engine.dialect.name,
            "Article",
            self._table.c.id,
            {
                name: from_document(engine.dialect.name, self._table.c.data, name, kind)
                for name, kind in KINDS.items()
            },
        )
        self.seen: dict[str, int] = defaultdict(int)

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.rollback()
        self._connection.close()

    def check(self, texts_: list[str], made: list[dict[str, Any]]) -> None:
        """Assert that the list and the single decisions agree on every row."""
        policy = CompiledPolicy(merge(self._parsed(texts_)), SCHEMA)
        above = tuple(Thing(type_, id_, {}) for type_, id_ in ABOVE)
        context = Context(ip="192.0.2.1", now=NOW, scheme="session", age=5)
        roles = frozenset({"editor"})
        asked = Question(("Account", "u1"), roles, "view", above, context, {"kind": "person"})
        upper = asking.row_filter(policy, asked, self.shape, widen=True)
        lower = asking.row_filter(policy, asked, self.shape, widen=False)
        self._connection.execute(delete(self._table))
        self._connection.execute(
            insert(self._table), [{"id": f"r{n}", "data": row} for n, row in enumerate(made)]
        )
        most, least = (self._found(each.where) for each in (upper, lower))
        allowed = set()
        for number, row in enumerate(made):
            lineage = (entity(f"r{number}", row), *above)
            decision = policy.decide(
                Question(("Account", "u1"), roles, "view", lineage, context, {"kind": "person"})
            )
            self.seen["erring"] += bool(decision.errors)
            if decision.allowed:
                allowed.add(f"r{number}")
        self.seen["cases"] += 1
        self.seen["flagged"] += not upper.exact
        self.seen["mixed"] += 0 < len(allowed) < len(made)
        told = (texts_, made, sorted(allowed), sorted(most), sorted(least))
        if upper.exact:
            assert most == allowed == least, told
        else:
            assert least <= allowed <= most, told

    def _found(self, where: Any) -> set[str]:
        return set(self._connection.scalars(select(self._table.c.id).where(where)))

    @staticmethod
    def _parsed(texts_: list[str]) -> dict[str, Any]:
        text = "\n".join(f'@id("rule-{number}") {each}' for number, each in enumerate(texts_))
        return {f"{TENANT}:{statement.id}": statement.rule for statement in gate(text)}
