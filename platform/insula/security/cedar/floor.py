"""What is wrong with the text of a floor, which binds every tenant that it lies under.

More is asked of it than of a tenant's text: a floor only forbids, since a permit there would bind nobody, and none of
its rules may ever err, since what it guards must not hang on what somebody stored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Final

from insula.security.cedar.check import Names, check
from insula.security.cedar.gate import Statement, gate
from insula.security.cedar.schema import ACCOUNT, AREAS, ROLE, PolicySchema
from insula.security.cedar.tokens import CedarRefused, Places
from insula.security.interfaces import Flaw

_MAY_ERR: Final = {
    "+": "+",
    "-": "-",
    "*": "*",
    "neg": "-",
    "offset": "offset",
    "durationSince": "durationSince",
}
_OF_TENANTS: Final = frozenset({ACCOUNT, "Token"})


def check_floor(
    text: str, schema: PolicySchema, roles: Collection[str], taken: Collection[str]
) -> tuple[Flaw, ...]:
    """Return every flaw of a floor's text; `roles` are those every tenant has, `taken` the names of other floors."""
    flaws = check(text, schema, _names(roles))
    try:
        statements = gate(text)
    except CedarRefused:
        return flaws
    places = Places(text)
    more = [flaw for statement in statements for flaw in _beyond(statement, places, taken)]
    return tuple(sorted((*flaws, *more), key=lambda flaw: (flaw.line, flaw.column)))


def _names(roles: Collection[str]) -> Names:
    def names(kind: str) -> Collection[str] | None:
        if kind == ROLE:
            return roles
        if kind == "Area":
            return AREAS
        # Accounts and tokens are each one tenant's own; a floor is for many.
        return () if kind in _OF_TENANTS else None

    return names


def _beyond(statement: Statement, places: Places, taken: Collection[str]) -> Iterator[Flaw]:
    start = statement.tokens[0].start
    if statement.rule["effect"] != "forbid":
        at = next((token.start for token in statement.tokens if token.text == "permit"), start)
        message = "A floor consists of forbids: what is permitted is for each tenant to say."
        yield places.flaw(at, message, rule=statement.id)
    if statement.id in taken:
        message = f"The platform's own floor has a rule named {statement.id!r}. Choose another name."
        yield places.flaw(start, message, rule=statement.id)
    for operator in sorted(set(_operators(statement.rule["conditions"])) & _MAY_ERR.keys()):
        word = _MAY_ERR[operator]
        at = next((token.start for token in statement.tokens if token.text == word), start)
        message = f"{word} can go beyond what numbers and times hold, and a rule of a floor may never err."
        yield places.flaw(at, message, rule=statement.id)


def _operators(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, child in node.items():
            if name not in {"Value", "Var"}:
                yield name
                yield from _operators(child)
    elif isinstance(node, list):
        for child in node:
            yield from _operators(child)
