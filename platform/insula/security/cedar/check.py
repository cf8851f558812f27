"""What is wrong with a draft: what the gate and the validator say, and what the validator lets pass.

The validator accepts `resource has titl` for a mistyped attribute and `Role::"edtor"` for a role that nobody has, and
gives no places; both are mended here.
"""

import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Any, Final

from cedarpy import pst, validate_policies

from insula.kit.texts import unseen
from insula.security.cedar.documents import OWN
from insula.security.cedar.gate import Statement, closest, gate
from insula.security.cedar.schema import PolicySchema
from insula.security.cedar.tokens import CedarRefused, Places
from insula.security.interfaces import Flaw, Grid

Names = Callable[[str], Collection[str] | None]
"""The ids that things of a type have; None where a rule may name any."""

_ABOUT: Final = re.compile(r"^for policy `[^`]*`, ")
_FOLLOWS: Final = "unable to find an applicable action"


def check(text: str, schema: PolicySchema, names: Names) -> tuple[Flaw, ...]:
    """Return every flaw of a text, in its order; none means that it may be published."""
    places = Places(text)
    try:
        statements = gate(text)
    except CedarRefused as refused:
        return refused.flaws
    flaws: dict[tuple[int, int], Flaw] = {}
    for statement in statements:
        for flaw in (*_lint(statement, places, schema, names), *_validate(statement, places, schema)):
            flaws.setdefault((flaw.line, flaw.column), flaw)
    return tuple(sorted(flaws.values(), key=lambda flaw: (flaw.line, flaw.column)))


def check_grid(grid: Grid, schema: PolicySchema, roles: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield path and message of each cell of a grid that names what does not exist."""
    for role, row in grid.items():
        if role not in roles:
            yield f"grid.{role}", f"There is no role {role!r}."
        for type_, cells in row.items():
            for cell in cells:
                action, colon, own = cell.partition(":")
                if (action, type_) not in schema.pairs or (colon and own != OWN):
                    yield f"grid.{role}.{type_}", f"{type_} does not take the action {cell!r}."
                elif own and not schema.owned(type_):
                    yield (
                        f"grid.{role}.{type_}",
                        f"{type_} has neither author nor owner, so nobody's is their own.",
                    )


def _validate(statement: Statement, places: Places, schema: PolicySchema) -> Iterator[Flaw]:
    # In an order of our own: the validator has none, and of several about one place the first is told.
    errors = sorted(_errors(statement.source, schema))
    telling = [error for error in errors if _FOLLOWS not in error] or errors
    for error in telling:
        message = _ABOUT.sub("", error)
        at, suggestion = _find(statement, message, schema)
        if "attribute" in message and statement.tree.resource == pst.ScopeAny():
            message += "; a rule without `resource is …` must hold for every type"
        text = message[:1].upper() + message[1:] + "."
        yield places.flaw(at, text, rule=statement.id, suggestion=suggestion)


@lru_cache(maxsize=4096)
def _errors(source: str, schema: PolicySchema) -> tuple[str, ...]:
    """Return what the validator says of one rule; rules that a draft leaves as they were are validated once."""
    return tuple(error.error for error in validate_policies(source, schema.handle, release_gil=True).errors)


def _find(statement: Statement, message: str, schema: PolicySchema) -> tuple[int, str | None]:
    for quoted in re.findall(r"`([^`]+)`", message):
        word = re.split(r"::|\.", quoted)[-1].strip('"')
        for token in statement.tokens:
            if token.bare == word:
                return token.start, closest(word, schema.vocabulary)
    return statement.tokens[0].start, None


def _lint(statement: Statement, places: Places, schema: PolicySchema, names: Names) -> Iterator[Flaw]:
    hidden = unseen(statement.tree.annotations.get("reason", ""))
    if hidden:
        yield places.flaw(
            statement.tokens[0].start, f"A refused person reads the reason. {hidden}", rule=statement.id
        )
    for node in nodes_of(statement.tree):
        match node:
            case pst.HasAttr(attrs=read):
                for name in read:
                    if name not in schema.attributes:
                        yield _flaw(
                            statement, places, name, f"No type has the attribute {name!r}.", schema.attributes
                        )
            case pst.GetAttr(base=pst.GetAttr(), attr=name):
                yield _flaw(
                    statement, places, name, "What a link points at is not read; compare the link itself.", ()
                )
            case pst.EntityUid(type=pst.EntityType(basename=kind, namespace=space), id=name):
                known = names("::".join((*space, kind)))
                if known is not None and name not in known:
                    yield _flaw(statement, places, name, f"There is no {kind.lower()} {name!r}.", known)


def _flaw(statement: Statement, places: Places, word: str, message: str, known: Collection[str]) -> Flaw:
    at = next((token.start for token in statement.tokens if token.bare == word), statement.tokens[0].start)
    return places.flaw(at, message, rule=statement.id, suggestion=closest(word, known))


def nodes_of(tree: Any) -> Iterator[Any]:
    """Yield every node of a tree."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(node)
        elif isinstance(node, dict):
            stack.extend(node.values())
        elif hasattr(node, "__dataclass_fields__"):
            yield node
            stack.extend(getattr(node, name) for name in node.__dataclass_fields__)
