"""How often a schema makes its validator look at one and the same place of a record.

References multiply: ten lines that each refer twice to the next make a thousand looks, forty lines a day of them. The
bound is computed when a schema is compiled, since nothing stops a validator once it has begun.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin

MAX_VISITS = 2_000
_NO_BOUND = 1 << 62
_MAX_STEPS = 100_000
# What a reference to a schema of JSON Schema's own may cost; kept, since schemas are told apart by identity.
_FOREIGN: tuple[Mapping[str, Any], ...] = tuple({} for _ in range(50))
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_AGAIN = ("unevaluatedProperties", "unevaluatedItems")
_IN_PLACE = ("not", "if", "then", "else")
_LISTED = ("allOf", "anyOf", "oneOf")
_DEPENDENT = ("dependentSchemas", "dependencies")
_NAMED = ("properties", "prefixItems", "items")
_ANY = (
    *("patternProperties", "additionalProperties", "propertyNames", "contains", "additionalItems", "items"),
    *_AGAIN,
)

Group = dict[int, tuple[Mapping[str, Any], int]]


class TooManyVisits(ValueError):
    """The schema refers to itself without end, or to too much."""


def visits_of(schema: Mapping[str, Any], *, depth: int) -> int:
    """Return at most how often one place of a record is looked at.

    Raises TooManyVisits for a schema that multiplies by its references.
    """
    walked = list(mappings(schema))
    multiplies = any(word in each for each in walked for word in (*_REFERENCES, *_AGAIN))
    if multiplies and any(isinstance(each.get("$id"), str) for each in walked if each is not schema):
        raise TooManyVisits("A schema with references has $id at its top only")
    try:
        return _Visits(schema, walked, MAX_VISITS if multiplies else _NO_BOUND).at(schema, depth)
    except RecursionError as error:
        raise TooManyVisits("The references of this schema are too long a chain") from error


class _Visits:
    def __init__(self, root: Mapping[str, Any], walked: list[Mapping[str, Any]], most: int) -> None:
        self._root = root
        self._most = most
        self._base = urldefrag(str(root.get("$id", "")))[0]
        self._anchors = {
            each[word]: each
            for each in walked
            for word in ("$anchor", "$dynamicAnchor")
            if isinstance(each.get(word), str)
        }
        self._known: dict[tuple[int, int], int] = {}
        self._groups: dict[int, Group | None] = {}

    def at(self, schema: Any, depth: int) -> int:
        """Return at most how often a place is looked at, here or `depth` levels further in."""
        if not isinstance(schema, Mapping):
            return 1
        key = id(schema), depth
        if key not in self._known:
            if len(self._known) > _MAX_STEPS:
                raise TooManyVisits("This schema refers to too many others")
            self._known[key] = self._count(schema, depth)
        return self._known[key]

    def _count(self, schema: Mapping[str, Any], depth: int) -> int:
        group = self._group(schema)
        here, common, named = 0, 0, dict[Any, int]()
        for each, times in group.values():
            here += times * _weight(each)
            if depth:
                common += sum(times * self.at(child, depth - 1) for child in _any_children(each))
                for name, child in _named_children(each):
                    named[name] = named.get(name, 0) + times * self.at(child, depth - 1)
        return self._bounded(max(here, common + max(named.values(), default=0)))

    def _group(self, schema: Mapping[str, Any]) -> Group:
        """Return every schema that judges the same place as this one, with how often it does."""
        if id(schema) in self._groups:
            known = self._groups[id(schema)]
            if known is None:
                raise TooManyVisits("This schema refers to itself at the same place")
            return known
        self._groups[id(schema)] = None
        found: Group = {id(schema): (schema, 1)}
        for part in self._parts(schema):
            for key, (each, times) in self._group(part).items():
                found[key] = each, found.get(key, (each, 0))[1] + times
        if any(word in schema for word in _AGAIN):
            # What was judged is looked for once more.
            found = {key: (each, 2 * times) for key, (each, times) in found.items()}
        self._bounded(sum(times for _, times in found.values()))
        self._groups[id(schema)] = found
        return found

    def _parts(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        found = [schema.get(word) for word in _IN_PLACE]
        for word in _LISTED:
            found += listed if isinstance(listed := schema.get(word), list) else ()
        for word in _DEPENDENT:
            found += named.values() if isinstance(named := schema.get(word), Mapping) else ()
        yield from (each for each in found if isinstance(each, Mapping))
        for word in _REFERENCES:
            reference = schema.get(word)
            if isinstance(reference, str):
                yield from self._referred(reference)

    def _referred(self, reference: str) -> Iterator[Mapping[str, Any]]:
        base, fragment = urldefrag(urljoin(self._base, reference))
        if base != self._base:
            yield from _FOREIGN
            return
        found: Any = self._root
        if fragment and not fragment.startswith("/"):
            found = self._anchors.get(unquote(fragment))
        for name in unquote(fragment).split("/")[1:] if fragment.startswith("/") else ():
            found = _member(found, name.replace("~1", "/").replace("~0", "~"))
        if isinstance(found, Mapping):
            yield found

    def _bounded(self, visits: int) -> int:
        if visits > self._most:
            raise TooManyVisits(f"By its references it looks at one place more than {self._most:,} times")
        return visits


def _weight(schema: Mapping[str, Any]) -> int:
    # Each pattern is tried on each member's name, and each listed object is compared.
    named, listed = schema.get("patternProperties"), schema.get("enum")
    patterns = len(named) if isinstance(named, Mapping) else 0
    nested = sum(isinstance(each, (Mapping, list)) for each in listed) if isinstance(listed, list) else 0
    return 1 + patterns + nested


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every object in a JSON document."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            yield each
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)


def _named_children(schema: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    for word in _NAMED:
        value = schema.get(word)
        if word == "properties" and isinstance(value, Mapping):
            yield from value.items()
        elif isinstance(value, list):
            yield from enumerate(value)


def _any_children(schema: Mapping[str, Any]) -> Iterator[Any]:
    for word in _ANY:
        value = schema.get(word)
        if word == "patternProperties" and isinstance(value, Mapping):
            yield from value.values()
        elif isinstance(value, Mapping):
            yield value


def _member(node: Any, name: str) -> Any:
    if isinstance(node, Mapping):
        return node.get(name)
    if isinstance(node, list) and name.isascii() and name.isdigit() and int(name) < len(node):
        return node[int(name)]
    return None
