"""A patch made settings: validated by the model, by what is offered, and by what binds the tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from insula.features.bounding import outside
from insula.features.patches import merged
from insula.features.secrets import revealed, secrets_of
from insula.features.words import field_errors, not_offered, unknown
from insula.kit.errors import FieldError, Invalid
from insula.kit.texts import UNKEPT, unkept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from insula.features.interfaces import FeatureDeclaration, Limit, SectionDeclaration

    Declaration = FeatureDeclaration | SectionDeclaration


def validated(
    declaration: Declaration, before: BaseModel, patch: Mapping[str, object], limits: Mapping[str, Limit]
) -> BaseModel:
    """Return the settings with a patch applied; raises Invalid with one error per bad field."""
    errors = unknown(patch, declaration.model, prefix="settings.")
    try:
        wanted = declaration.model.model_validate(merged(before, patch))
    except ValidationError as error:
        errors += field_errors(error, declaration.model, prefix="settings.")
    else:
        places = [*unkept(wanted.model_dump(mode="json")), *_unkept_secrets(wanted)]
        errors += tuple(FieldError(".".join(map(str, ("settings", *place))), UNKEPT) for place in places)
        errors += _not_offered(declaration, before, wanted)
        errors += outside(wanted, patch, limits)
    if errors:
        count = "1 setting needs" if len(errors) == 1 else f"{len(errors)} settings need"
        raise Invalid(f"{count} another look.", errors=errors)
    return wanted


def differences(before: BaseModel, after: BaseModel) -> dict[str, Any]:
    """Return before and after of each setting that changed; of a secret only that it did."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    secret = secrets_of(type(before))
    changed = {
        name: {"before": old.get(name), "after": new.get(name)}
        for name in sorted(old.keys() | new.keys())
        if name not in secret and old.get(name) != new.get(name)
    }
    return changed | {
        name: {"secret": True}
        for name in secret
        if revealed(getattr(before, name)) != revealed(getattr(after, name))
    }


def _unkept_secrets(wanted: BaseModel) -> list[tuple[str]]:
    return [
        (name,) for name in secrets_of(type(wanted)) if next(unkept(revealed(getattr(wanted, name))), None)
    ]


def _not_offered(declaration: Declaration, before: BaseModel, wanted: BaseModel) -> tuple[FieldError, ...]:
    # What stands is left alone: a package may have gone, and the other settings can still be changed.
    changed = {
        name: value
        for name in declaration.choices
        if (value := getattr(wanted, name)) != getattr(before, name)
    }
    offered = declaration.offered() if changed else {}
    return tuple(
        FieldError(f"settings.{name}", not_offered(one, list(offered[name])))
        for name, value in changed.items()
        for one in (value if isinstance(value, list) else [value])
        if one not in offered[name]
    )
