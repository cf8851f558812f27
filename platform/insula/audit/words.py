"""Entries of the trail in words: what happened, names instead of ids, and what was one thing and is another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from insula.accounts.interfaces import Accounts, Groups, Roles
from insula.kit.json import dumps

_CHANGES = (("before", "after"), ("was", "now"), ("was_on", "on"))
_ROLES = frozenset({"role", "roles"})
_OF_ROLES = frozenset({"account.roles-changed", "group.changed"})


def happened(event: str) -> str:
    """Say the name of an event in words.

    >>> happened("account.password-changed"), happened("policy.published")
    ('Account password changed', 'Policy published')
    """
    return event.replace(".", " ").replace("-", " ").replace("_", " ").capitalize()


class Words:
    """Says payloads; `names` has those of accounts and groups by their ids, `roles` the titles of roles."""

    def __init__(self, names: Mapping[str, str], roles: Mapping[str, str]) -> None:
        self._names = names
        self._roles = roles

    def line(self, event: str, payload: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Return the fields of a payload, what changed as `before → after`.

        An id that has no name is left to the entry's own page, unless there is nothing else.
        """
        brief = {name: value for name, value in payload.items() if not self._is_bare(name, value)}
        changes, others = self.told(event, brief or payload)
        return [*((name, f"{before} → {after}") for name, before, after in changes), *others]

    def told(
        self, event: str, payload: Mapping[str, Any]
    ) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
        """Return what a payload says was one thing before and is another after, and the rest of it."""
        changes: list[tuple[str, str, str]] = []
        rest = dict(payload)
        what = "roles" if event in _OF_ROLES else "value"
        for before, after in _CHANGES:
            if before in rest and after in rest:
                changes += self._changed(after if after == "on" else what, rest.pop(before), rest.pop(after))
        for name, value in payload.items():
            if isinstance(value, Mapping) and value and all(_is_change(part) for part in value.values()):
                rest.pop(name, None)
                changes += [
                    (part, self.text(part, change["before"]), self.text(part, change["after"]))
                    for part, change in value.items()
                ]
        return changes, [(self._field(name, value), self.text(name, value)) for name, value in rest.items()]

    def text(self, name: str, value: Any) -> str:
        """Return a value as people read it."""
        if isinstance(value, str):
            return self._roles.get(value, value) if name in _ROLES else self._names.get(value, value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if value is None or value == []:
            return "none"
        if isinstance(value, (list, tuple)):
            return ", ".join(self.text(name, one) for one in value)
        return dumps(value).decode()

    def _is_bare(self, name: str, value: Any) -> bool:
        return name.endswith("_id") and value not in self._names and any(_ids(value))

    def _field(self, name: str, value: Any) -> str:
        named = isinstance(value, str) and value in self._names
        return (name.removesuffix("_id") if named else name).replace("_", " ")

    def _changed(self, name: str, before: Any, after: Any) -> list[tuple[str, str, str]]:
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            return [
                (part, self.text(part, before.get(part)), self.text(part, after.get(part)))
                for part in sorted({*before, *after})
                if before.get(part) != after.get(part)
            ]
        return [(name, self.text(name, before), self.text(name, after))]


def words_for(request: Any, payloads: Iterable[Mapping[str, Any]]) -> Words:
    """Return the words for some payloads, all their names looked up at once."""
    ids = {UUID(text): text for payload in payloads for text in _ids(payload)}
    names: dict[str, str] = {}
    if ids:
        found = {**request.find_service(Groups).titles(), **request.find_service(Accounts).names(ids)}
        names = {text: found[id_] for id_, text in ids.items() if id_ in found}
    return Words(names, request.find_service(Roles).titles())


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _ids(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _ids(part)
    elif isinstance(value, str):
        try:
            UUID(value)
        except ValueError:
            return
        yield value


def _is_change(value: Any) -> bool:
    return isinstance(value, Mapping) and {"before", "after"} == set(value)
