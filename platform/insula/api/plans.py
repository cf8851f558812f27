"""What a view takes and answers, read once from the annotations of its parameters."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError, create_model
from pydantic.fields import FieldInfo
from pyramid.request import Request

from insula.api.annotations import Answer, Body, Header, IfMatch, Query, Service
from insula.api.bodies import invalid, json_body
from insula.api.queries import checked_parameters, truth, whole_number
from insula.kit.errors import ConfigurationError, Malformed

_PLAIN: Mapping[Any, Any] = {int: BeforeValidator(whole_number), bool: BeforeValidator(truth)}


@dataclass(frozen=True)
class Parameters:
    """Arguments that come as text, by query or by header, and the model that reads them together."""

    model: type[BaseModel]
    schemas: Mapping[str, Mapping[str, Any]]
    """The JSON schema of each, by the name a client gives it."""
    needed: frozenset[str]
    whole: str | None = None
    """The argument that takes the model itself; otherwise each field is an argument."""

    def read(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return the arguments; raises Malformed with each wrong one."""
        found = checked_parameters(self.model, given, self.schemas)
        return {self.whole: found} if self.whole else vars(found)


@dataclass(frozen=True)
class BodyPlan:
    """The argument that is the body."""

    argument: str
    kind: Any
    marker: Body
    adapter: TypeAdapter[Any]
    optional: bool
    is_object: bool

    def read(self, request: Request) -> Any:
        """Return the body as what its annotation says; raises Invalid with a path for everything wrong with it."""
        if self.marker.raw:
            return request.body_file
        if self.optional and not request.content_length and not request.headers.get("Transfer-Encoding"):
            return None
        sent = json_body(request, largest=self.marker.largest, types=self.marker.types)
        if self.is_object and not isinstance(sent, dict):
            raise Malformed("Send a JSON object.")
        try:
            return self.adapter.validate_python(sent)
        except ValidationError as error:
            raise invalid(error) from error


@dataclass(frozen=True)
class Plan:
    """What one view takes and answers."""

    view: Callable[..., Any]
    typed: bool
    queries: tuple[Parameters, ...]
    others: str | None
    """The argument that takes all other query parameters."""
    headers: Parameters | None
    match: str | None
    match_needed: bool
    body: BodyPlan | None
    services: Mapping[str, Any]
    plain: tuple[str, ...]
    """Which of `context` and `request` it takes."""
    returns: Any
    answers: tuple[Answer, ...]

    @property
    def known(self) -> frozenset[str]:
        """The names of its query parameters."""
        return frozenset(name for each in self.queries for name in each.schemas)


def plan_of(view: Callable[..., Any]) -> Plan:
    """Compile a view; raises ConfigurationError for a parameter whose annotation says nothing."""
    reading = _Reading(view)
    for parameter in inspect.signature(view).parameters.values():
        reading.take(parameter)
    return reading.plan()


class _Reading:
    """Sorts the parameters of a view by where their values come from."""

    def __init__(self, view: Callable[..., Any]) -> None:
        self.view = view
        self.fields: dict[str, dict[str, tuple[Any, FieldInfo]]] = {"query": {}, "header": {}}
        self.models: list[Parameters] = []
        self.others: str | None = None
        self.match: tuple[str | None, bool] = (None, False)
        self.body: BodyPlan | None = None
        self.services: dict[str, Any] = {}
        self.plain: list[str] = []

    def take(self, parameter: inspect.Parameter) -> None:
        """Find where the value of one parameter comes from."""
        name, default = parameter.name, parameter.default
        if name in ("context", "request"):
            self.plain.append(name)
            return
        if parameter.annotation is inspect.Parameter.empty:
            raise ConfigurationError(f"{self._where()}: annotate the parameter {name}.")
        hint = self._resolved(parameter.annotation)
        kind, markers = _parts(hint)
        inner, optional = _without_none(kind)
        if default is Service:
            self.services[name] = inner
        elif inner is IfMatch:
            self.match = (name, not optional)
        elif marker := _first(markers, Header):
            self._text("header", marker.name, name, hint, default)
        elif (
            name == "query"
            and get_origin(kind) is not None
            and issubclass(get_origin(kind) or object, Mapping)
        ):
            self.others = name
        elif _is_model(inner) and _first(markers, Query):
            self.models.append(_parameters(inner, whole=name))
        elif (marker := _first(markers, Body)) or _is_model(inner):
            body = marker or Body()
            self.body = BodyPlan(
                name, inner, body, TypeAdapter(Any if body.raw else hint), optional, _is_object(inner)
            )
        else:
            marker = _first(markers, Query)
            self._text("query", (marker and marker.name) or name, name, hint, default)

    def plan(self) -> Plan:
        """Return the plan of what was taken."""
        queries = list(self.models)
        if self.fields["query"]:
            queries.insert(0, self._model("query"))
        annotation = inspect.signature(self.view).return_annotation
        returns: Any = Any
        markers: tuple[Any, ...] = ()
        if annotation is not inspect.Signature.empty:
            returns, markers = _parts(self._resolved(annotation))
        answers = tuple(each for each in markers if isinstance(each, Answer))
        takes = self.fields["query"] or self.fields["header"] or self.models or self.services
        return Plan(
            view=self.view,
            typed=bool(takes or self.others or self.match[0] or self.body or answers or returns is not Any),
            queries=tuple(queries),
            others=self.others,
            headers=self._model("header") if self.fields["header"] else None,
            match=self.match[0],
            match_needed=self.match[1],
            body=self.body,
            services=self.services,
            plain=tuple(self.plain),
            returns=returns,
            answers=answers,
        )

    def _text(self, where: str, alias: str, name: str, hint: Any, default: Any) -> None:
        kind, _ = _parts(hint)
        plain = _PLAIN.get(_without_none(kind)[0])
        wanted = Annotated[hint, plain] if plain else hint
        given = ... if default is inspect.Parameter.empty else default
        self.fields[where][name] = (wanted, Field(given, alias=alias))

    def _model(self, where: str) -> Parameters:
        name = f"{self.view.__name__}_{where}"
        made: Any = create_model(name, **self.fields[where])  # type: ignore[call-overload]  # fields of any name
        return _parameters(made)

    def _resolved(self, annotation: Any) -> Any:
        if not isinstance(annotation, str):
            return NoneType if annotation is None else annotation
        names = getattr(inspect.unwrap(self.view), "__globals__", {})
        try:
            found = eval(annotation, names)  # noqa: S307 - the annotation is code of the view's own module
        except NameError as error:
            # What only type checkers import says nothing here: such a view reads its request itself.
            if annotation == inspect.signature(self.view).return_annotation:
                return Any
            raise ConfigurationError(
                f"{self._where()}: {error} is not known when the view is added."
            ) from error
        return NoneType if found is None else found

    def _where(self) -> str:
        return f"{self.view.__module__}.{self.view.__qualname__}"


def _parameters(model: type[BaseModel], whole: str | None = None) -> Parameters:
    schema = model.model_json_schema(by_alias=True)
    found = schema.get("properties", {})
    definitions = schema.get("$defs", {})
    schemas = {name: _inlined(each, definitions) for name, each in found.items()}
    return Parameters(model, schemas, frozenset(schema.get("required", ())), whole)


def _inlined(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference:
        return {
            **definitions[reference.rpartition("/")[2]],
            **{k: v for k, v in schema.items() if k != "$ref"},
        }
    return schema


def _parts(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    if get_origin(hint) is Annotated:
        kind, *markers = get_args(hint)
        return kind, tuple(markers)
    return hint, ()


def _without_none(kind: Any) -> tuple[Any, bool]:
    """Return a kind without its None and its annotations, and whether None was one of its kinds."""
    if get_origin(kind) in (Union, UnionType):
        rest = [each for each in get_args(kind) if each is not NoneType]
        if len(rest) == 1:
            return _parts(rest[0])[0], True
        return kind, len(rest) < len(get_args(kind))
    return kind, False


def _first(markers: tuple[Any, ...], kind: type[Any]) -> Any:
    return next((each for each in markers if isinstance(each, kind)), None)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _is_object(kind: Any) -> bool:
    return _is_model(kind) or (get_origin(kind) or kind) is dict
