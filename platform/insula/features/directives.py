"""The directive `add_feature`, the view predicate, and the check that what is declared fits together."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from pyramid.exceptions import ConfigurationError

from insula.features.interfaces import DECLARATIONS, FeatureDeclaration, NoSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyramid.config import Configurator
    from pyramid.request import Request

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
AFTER_EVERYTHING = 10_000
WANTED = "insula.features.wanted"


def includeme(config: Configurator) -> None:
    """Check the declarations once all rooms have made theirs."""
    config.registry[DECLARATIONS] = {}
    config.registry[WANTED] = set()
    config.action(
        ("insula.features", "check"),
        lambda: check(config.registry[DECLARATIONS], config.registry[WANTED]),
        order=AFTER_EVERYTHING,
    )


def add_feature(
    config: Configurator,
    name: str,
    *,
    title: str,
    description: str = "",
    settings: str | type[BaseModel] | None = None,
    requires: Sequence[str] = (),
    default: bool = True,
) -> None:
    """Declare something that a tenant can switch on, with the model of its settings."""
    if not NAME.fullmatch(name):
        message = f"feature {name!r}: a name has lower case letters, digits and _, and begins with a letter"
        raise ConfigurationError(message)
    intr = config.introspectable("insula features", name, title, "feature")
    intr.update(title=title, description=description, requires=tuple(requires), default=default)

    def register() -> None:
        model = config.maybe_dotted(settings) if settings is not None else NoSettings
        try:
            model()
        except ValidationError as error:
            message = f"feature {name!r}: every setting of {model.__name__} needs a default ({error})"
            raise ConfigurationError(message) from error
        declaration = FeatureDeclaration(
            name, title, description, model, tuple(requires), default, _choices(config, model)
        )
        intr["declaration"] = declaration
        config.registry[DECLARATIONS][name] = declaration

    config.action(("insula feature", name), register, introspectables=(intr,), order=-1)


def _choices(config: Configurator, model: type[BaseModel]) -> dict[str, Callable[[], Mapping[str, str]]]:
    """Return the functions that fields name with `json_schema_extra={"choices": "dotted.name"}`."""
    found: dict[str, Callable[[], Mapping[str, str]]] = {}
    for name, info in model.model_fields.items():
        extra = info.json_schema_extra
        if isinstance(extra, dict) and "choices" in extra:
            found[name] = partial(config.maybe_dotted(extra["choices"]), config.registry)
    return found


def check(declared: Mapping[str, FeatureDeclaration], wanted: set[str]) -> None:
    """Refuse to start when a feature needs one that does not exist or, in a ring, itself."""
    for missing in sorted(wanted - declared.keys()):
        message = f"a view needs the feature {missing!r}, which no room declares"
        raise ConfigurationError(message)

    def walk(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            message = f"features need each other in a ring: {' -> '.join((*path, name))}"
            raise ConfigurationError(message)
        for needed in declared[name].requires:
            if needed not in declared:
                message = f"feature {name!r} needs {needed!r}, which no room declares"
                raise ConfigurationError(message)
            walk(needed, (*path, name))

    for name in declared:
        walk(name, ())


class FeaturePredicate:
    """`feature="streams"` on a view: without the feature the view does not exist."""

    def __init__(self, value: str, config: Any) -> None:
        self.value = value
        config.registry.setdefault(WANTED, set()).add(value)

    def text(self) -> str:
        """Return the predicate as `pviews` shows it."""
        return f"feature = {self.value}"

    phash = text

    def __call__(self, context: object, request: Request) -> bool:
        """Say whether the tenant of this request has the feature on."""
        answer: bool = request.has_feature(self.value)
        return answer
