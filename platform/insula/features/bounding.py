"""Bounds applied to settings: what binds a model, what of it is in force, and what may not be set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from insula.kit.bounds import Bound, Limit, narrowed
from insula.kit.errors import FieldError
from insula.observability import log

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic.fields import FieldInfo

    from insula.features.interfaces import FeatureDeclaration, SectionDeclaration
    from insula.tenancy.interfaces import Floors

logger = log.get(__name__)


def limits_of(declaration: FeatureDeclaration | SectionDeclaration, floors: Floors) -> Mapping[str, Limit]:
    """Return what binds the settings of a declaration, for each setting that is bound at all."""
    layers: list[tuple[str, Mapping[str, Bound]]] = [("installation", declaration.fixed())]
    for who, document in (("installation", floors.installation), ("plan", floors.plan)):
        layers += [(who, document.bounds[key]) for key in declaration.keys if key in document.bounds]
    return {
        name: narrowed(
            ((who, bounds[name]) for who, bounds in layers if name in bounds),
            empty_is_all=_empty_is_all(info),
        )
        for name, info in declaration.model.model_fields.items()
        if any(name in bounds for _, bounds in layers)
    }


def in_force(own: BaseModel, limits: Mapping[str, Limit]) -> BaseModel:
    """Return settings with what lies outside a bound moved to its edge.

    The bound comes before what the model says of several settings together, so that no pair of values can keep
    one of them outside.
    """
    moved: dict[str, Any] = {}
    for name, limit in limits.items():
        value, default = plain(getattr(own, name)), plain(type(own).model_fields[name].get_default())
        clamped = limit.clamped(value, default)
        if clamped is value:
            continue
        try:
            moved[name] = adapted(type(own), name, clamped)
        except ValidationError:
            # Documents are checked when they are saved, so that only a new release can bring this about.
            logger.warning("a bound does not fit the setting", model=type(own).__name__, setting=name)
    return own.model_copy(update=moved) if moved else own


def adapted(model: type[BaseModel], name: str, value: Any) -> Any:
    """Return a plain value as the type of the setting; raises ValidationError."""
    annotation: Any = model.model_fields[name].annotation
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)
    return adapter.validate_python(value)


def outside(
    wanted: BaseModel, patch: Mapping[str, object], limits: Mapping[str, Limit]
) -> tuple[FieldError, ...]:
    """Return one error for each setting of a patch that may not be set so; null asks for the default and may."""
    found = []
    for name, limit in limits.items():
        if patch.get(name) is None and not _asks_for_null(wanted, patch, name):
            continue
        why = limit.refusal(plain(getattr(wanted, name)))
        if why:
            found.append(FieldError(f"settings.{name}", why))
    return tuple(found)


def plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    return value if isinstance(value, (bool, int, float, str)) else to_jsonable_python(value)


def _empty_is_all(info: FieldInfo) -> bool:
    extra = info.json_schema_extra
    return isinstance(extra, dict) and extra.get("empty") == "all"


def _asks_for_null(wanted: BaseModel, patch: Mapping[str, object], name: str) -> bool:
    # Null is a value of its own where the setting may be null and its default is something else.
    return (
        name in patch
        and getattr(wanted, name) is None
        and type(wanted).model_fields[name].default is not None
    )
