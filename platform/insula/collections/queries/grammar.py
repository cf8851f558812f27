"""The one grammar of questions: `state=CA&latitude[gt]=37&sort=-latitude&fields=iata,name`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from insula.collections.interfaces.entries import Stage
from insula.collections.interfaces.queries import OPERATORS, PARAMETERS, Filter, Question
from insula.kit.errors import FieldError, Malformed

UNREADABLE: Final = "The query cannot be read."
STAGES: Final = {stage.name.lower(): stage for stage in Stage}

MOST_FILTERS: Final = 50
"""Filters of one question: a statement has a part for each."""
_MOST_NAMES: Final[Mapping[str, int]] = {"sort": 10, "fields": 250, "expand": 50}
"""Names that a parameter lists. An order by more would be nested too deep behind a place in it."""
_FILTER: Final = re.compile(r"([a-z][a-z0-9_]{0,62})(?:\[(\w{1,10})\])?", re.ASCII)


def question_of(collection: str, given: Mapping[str, str], *, stage: Stage = Stage.LIVE) -> Question:
    """Return the question that parameters ask; every name that is none of PARAMETERS is a filter on a field.

    A field of such a name is filtered by with brackets: `sort[eq]=up`.
    """
    errors: list[FieldError] = []
    if sum(name not in PARAMETERS for name in given) > MOST_FILTERS:
        raise Malformed(UNREADABLE, errors=[FieldError("", f"Use at most {MOST_FILTERS} filters.")])
    filters = tuple(_filters(given, errors))
    named = {name: names_in(given.get(name)) for name in _MOST_NAMES}
    errors += [
        FieldError(name, f"At most {most} names.")
        for name, most in _MOST_NAMES.items()
        if len(named[name]) > most
    ]
    if errors:
        raise Malformed(UNREADABLE, errors=errors)
    return Question(collection, stage, filters, q=given.get("q", "").strip(), **named)


def stage_of(given: Mapping[str, str]) -> Stage:
    """Return which documents are asked for: `stage=draft`; visitors' when it is left out."""
    name = given.get("stage", "live")
    if name not in STAGES:
        raise Malformed(UNREADABLE, errors=[FieldError("stage", f"Use one of {', '.join(sorted(STAGES))}.")])
    return STAGES[name]


def names_in(text: str | None) -> tuple[str, ...]:
    """Return the names of a list such as `iata,name`, each once."""
    return tuple(dict.fromkeys(name for part in (text or "").split(",") if (name := part.strip())))


def words_of(question: Question) -> str:
    """Return a question as text that differs for any other one; a place in a list is good for its own alone."""
    filters = [(each.field, each.op, each.value) for each in question.filters]
    return repr((question.collection, int(question.stage), sorted(filters), question.q, question.sort))


def _filters(given: Mapping[str, str], errors: list[FieldError]) -> Iterable[Filter]:
    for name, value in given.items():
        if name in PARAMETERS:
            continue
        match = _FILTER.fullmatch(name)
        if match is None:
            errors.append(FieldError(name, "Write a filter as field=value or field[gt]=value."))
        elif match[2] is not None and match[2] not in OPERATORS:
            errors.append(FieldError(name, f"Use one of {', '.join(OPERATORS)}."))
        else:
            yield Filter(match[1], match[2] or "eq", value)
