"""`add_api_branch` and `add_endpoint`: how a room opens its door under /api."""

from dataclasses import dataclass
from typing import Any

from pyramid.config import Configurator

from insula.api.endpoints import served
from insula.api.openapi.endpoints import Endpoint, keep
from insula.api.plans import plan_of
from insula.api.resources import BRANCHES


@dataclass(frozen=True, slots=True)
class Branch:
    """A subtree of /api."""

    name: str
    title: str
    factory: Any
    feature: str | None
    console: bool | None = None
    visitors: bool = False


def add_api_branch(
    config: Configurator,
    name: str,
    factory: str,
    *,
    title: str,
    feature: str | None = None,
    console: bool | None = None,
    visitors: bool = False,
) -> None:
    """Directive: hang the resources of `factory(request, parent, name)` under `/api/NAME`.

    With `console` True the branch exists for the operators' tenant only, with False for all others. With `visitors`
    it exists for visitors too, where a tenant has opened its API and the policy lets them view something there.
    """
    introspectable = config.introspectable("insula api branches", name, factory, "api branch")
    introspectable["name"], introspectable["feature"] = name, feature
    introspectable["console"] = console

    def register() -> None:
        branch = Branch(name, title, config.maybe_dotted(factory), feature, console, visitors)
        config.registry.setdefault(BRANCHES, {})[name] = branch

    config.action(("insula api branch", name), register, introspectables=(introspectable,))


def add_endpoint(
    config: Configurator,
    view: Any,
    *,
    context: str,
    method: str,
    permission: str,
    name: str = "",
    rows: str | None = None,
    feature: str | None = None,
    asks: tuple[str, str] | None = None,
) -> None:
    """Directive: serve a plain function, whose annotated parameters say what it takes and what it answers, as JSON.

    What it returns becomes the answer, what it raises a problem. The explanation "Write an endpoint" shows every kind
    of parameter. `asks` says what the view asks the policy itself, a permission and a type: the OpenAPI document has
    the endpoint for those alone who could get both.
    """
    plan = plan_of(config.maybe_dotted(view))
    endpoint = Endpoint(config.maybe_dotted(context), method, name, permission, plan, asks)
    config.action(
        ("insula endpoint", endpoint.context, method, name), lambda: keep(config.registry, endpoint)
    )
    options: dict[str, Any] = {"feature": feature} if feature else {}
    if method == "GET":
        method = ("GET", "HEAD")  # type: ignore[assignment]  # Pyramid takes one or several
    config.add_view(
        served(plan),
        context=context,
        name=name,
        request_method=method,
        permission=permission,
        rows=rows,
        **options,
    )
