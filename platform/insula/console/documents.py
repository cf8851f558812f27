"""Documents that bind tenants, checked: their shape, the names in them, whether each bound fits its setting."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Annotated, Any, get_origin

from pydantic import SecretStr, TypeAdapter, ValidationError

from insula.kit.errors import FieldError, Invalid
from insula.kit.texts import UNKEPT, unkept
from insula.tenancy.interfaces import PlanDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pydantic.fields import FieldInfo

    from insula.features.interfaces import FeatureDeclaration, SectionDeclaration
    from insula.kit.bounds import Bound
    from insula.security.interfaces import FloorCheck

_LISTS = (list, tuple, set, frozenset)
_SIDES = ("at_least", "at_most", "one_of")
_MEMBERS = ("bounds", "features", "policy", *_SIDES)


class DocumentCheck:
    """Checks documents against what the rooms of this installation declare."""

    def __init__(
        self,
        sections: Mapping[str, SectionDeclaration],
        features: Mapping[str, FeatureDeclaration],
        floors: FloorCheck,
    ) -> None:
        self._features = features
        declared: list[SectionDeclaration | FeatureDeclaration] = [*sections.values(), *features.values()]
        self._bound = {key: one for one in declared for key in one.keys}
        self._floors = floors

    def read(self, given: Mapping[str, Any]) -> PlanDocument:
        """Return the document; raises Invalid with the path of everything that is wrong with it."""
        try:
            document = PlanDocument.model_validate(given)
        except ValidationError as error:
            raise Invalid(
                errors=[FieldError(_path(one["loc"]), _said(one)) for one in error.errors()]
            ) from error
        errors = [FieldError(_path(place), UNKEPT) for place in unkept(document.model_dump(mode="json"))]
        errors += self._bounds(document)
        errors += [
            FieldError(f"features.{name}", _no_such("feature", name, self._features))
            for name in document.features
            if name not in self._features
        ]
        if document.policy.strip() and not errors:
            errors += [
                FieldError("policy", str(flaw), flaw.line) for flaw in self._floors.check(document.policy)
            ]
        if errors:
            raise Invalid(errors=errors)
        return document

    def _bounds(self, document: PlanDocument) -> Iterator[FieldError]:
        for section, fields in document.bounds.items():
            declaration = self._bound.get(section)
            if declaration is None:
                yield FieldError(f"bounds.{section}", _no_such("section or feature", section, self._bound))
                continue
            model = declaration.model.model_fields
            for name, bound in fields.items():
                path = f"bounds.{section}.{name}"
                if name not in model:
                    yield FieldError(path, _no_such("setting", name, model))
                else:
                    yield from _misfits(path, model[name], bound)


def _misfits(path: str, info: FieldInfo, bound: Bound) -> Iterator[FieldError]:
    kinds = _kinds(info)
    ranged = bound.at_least is not None or bound.at_most is not None
    if SecretStr in kinds:
        yield FieldError(path, "A secret cannot be bound.")
    elif not ranged and bound.one_of is None:
        yield FieldError(path, "Say at_least, at_most or one_of.")
    elif ranged and not kinds & {int, float}:
        yield FieldError(path, "It is not a number: use one_of.")
    else:
        whole: Any = Annotated[info.annotation, info]
        adapter: TypeAdapter[Any] = TypeAdapter(whole)
        for side in _SIDES:
            value = getattr(bound, side)
            for one in value if side == "one_of" and value is not None else [value]:
                wrong = None if one is None else _refused(adapter, info, one)
                if wrong:
                    yield FieldError(f"{path}.{side}", f"The setting does not take {one}: {wrong}")


def _refused(adapter: TypeAdapter[Any], info: FieldInfo, value: Any) -> str | None:
    whole = [value] if get_origin(info.annotation) in _LISTS else value
    try:
        # Strictly by type, so that no text passes as a number; a list in JSON is what it is in every model.
        adapter.validate_python(whole)
    except ValidationError as error:
        return _said(error.errors()[0])
    if isinstance(value, bool) and bool not in _kinds(info):
        return "It is not a switch."
    if isinstance(value, str) and _kinds(info) & {int, float}:
        return "It is a number."
    return None


def _kinds(info: FieldInfo) -> set[Any]:
    return {info.annotation, *getattr(info.annotation, "__args__", ())}


def _said(problem: Mapping[str, Any]) -> str:
    context = problem.get("ctx") or {}
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(problem["loc"][-1]), _MEMBERS, 1)
        return f"There is no such member. Did you mean {near[0]}?" if near else "There is no such member."
    return str(context["error"]) if "error" in context else f"{problem['msg']}."


def _path(place: Iterable[str | int]) -> str:
    # Pydantic names the member of a union that it tried, which no reader has written.
    return ".".join(
        str(part) for part in place if not (isinstance(part, str) and ("[" in part or part in _UNIONS))
    )


_UNIONS = frozenset({"int", "float", "bool", "str"})


def _no_such(kind: str, name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1)
    hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(names) or 'none'}."
    return f"There is no {kind} {name}. {hint}"
