"""The directives of features and sections, the view predicate, and the check that what is declared fits together."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError
from pyramid.exceptions import ConfigurationError

from insula.features.interfaces import (
    DECLARATIONS,
    SECTIONS,
    FeatureDeclaration,
    NoSettings,
    SectionDeclaration,
)
from insula.features.secrets import secrets_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pyramid.config import Configurator
    from pyramid.request import Request

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
LONGEST_SECTION = 54
RESERVED = frozenset({"limits"})
AFTER_EVERYTHING = 10_000
WANTED = "insula.features.wanted"
CHECKS = "insula.features.checks"


def includeme(config: Configurator) -> None:
    """Check the declarations once all rooms have made theirs."""
    config.registry[DECLARATIONS] = {}
    config.registry[SECTIONS] = {}
    config.registry[WANTED] = set()
    config.registry[CHECKS] = {}
    config.action(("insula.features", "check"), lambda: _finish(config.registry), order=AFTER_EVERYTHING)


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
        model = _model(config, name, settings if settings is not None else NoSettings)
        declaration = FeatureDeclaration(
            name, title, description, model, tuple(requires), default, choices=_choices(config, model)
        )
        intr["declaration"] = declaration
        config.registry[DECLARATIONS][name] = declaration

    config.action(("insula feature", name), register, introspectables=(intr,), order=-1)


def add_config_section(
    config: Configurator,
    name: str,
    *,
    title: str,
    description: str = "",
    settings: str | type[BaseModel],
    group: str = "Security",
    order: int = 100,
    limits: str | Callable[[Any], Mapping[str, Any]] | None = None,
) -> None:
    """Declare typed settings that every tenant has; `limits(registry)` returns the bounds that the ini sets."""
    if not NAME.fullmatch(name) or len(name) > LONGEST_SECTION:
        message = f"section {name!r}: a name has lower case letters, digits and _, and begins with a letter"
        raise ConfigurationError(message)
    if name in RESERVED:
        message = f"section {name!r}: its address is taken"
        raise ConfigurationError(message)
    intr = config.introspectable("insula sections", name, title, "section")
    intr.update(title=title, description=description, group=group, order=order)

    def register() -> None:
        model = _model(config, name, settings)
        declaration = SectionDeclaration(
            name,
            title,
            description,
            model,
            group,
            order,
            partial(config.maybe_dotted(limits), config.registry) if limits is not None else None,
            choices=_choices(config, model),
        )
        intr["declaration"] = declaration
        config.registry[SECTIONS][name] = declaration

    config.action(("insula section", name), register, introspectables=(intr,), order=-1)


def add_section_check(config: Configurator, name: str, check: str | Callable[[Any, Any, Any], None]) -> None:
    """Call `check(request, before, after)` before a section changes; it raises Invalid for what may not be."""

    def register() -> None:
        config.registry[CHECKS].setdefault(name, []).append(config.maybe_dotted(check))

    config.action(("insula section check", name, str(check)), register)


def _model(config: Configurator, name: str, settings: str | type[BaseModel]) -> type[BaseModel]:
    model: type[BaseModel] = config.maybe_dotted(settings)
    try:
        model()
    except ValidationError as error:
        message = f"{name!r}: every setting of {model.__name__} needs a default ({error})"
        raise ConfigurationError(message) from error
    secret, schema = secrets_of(model), model.model_json_schema()
    if str(schema).count("'writeOnly': True") > len(secret):
        message = f"{name!r}: a secret stands in {model.__name__} itself, not in a list or model inside of it"
        raise ConfigurationError(message)
    if any(info.default for field, info in model.model_fields.items() if field in secret):
        message = f"{name!r}: a secret of {model.__name__} has no default other than None"
        raise ConfigurationError(message)
    return model


def _finish(registry: Any) -> None:
    features, sections = registry[DECLARATIONS], registry[SECTIONS]
    check(features, registry[WANTED])
    for both in sorted(features.keys() & sections.keys()):
        # Documents speak of either by its bare name.
        message = f"{both!r} is a feature and a section: call one of them otherwise"
        raise ConfigurationError(message)
    for name, checks in registry[CHECKS].items():
        if name not in sections:
            message = f"a check is for the section {name!r}, which no room declares"
            raise ConfigurationError(message)
        sections[name] = replace(sections[name], checks=tuple(checks))


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
