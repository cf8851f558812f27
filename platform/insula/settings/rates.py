"""`/api/limits`: what is left of the rate limits, of whoever asks and of the whole tenant."""

from collections.abc import Iterator
from typing import Any

from pyramid.config import Configurator
from typing_extensions import TypedDict

from insula.api.interfaces import APIBranch, Service
from insula.kit.errors import Unavailable
from insula.limits.interfaces import PERIOD, Limits, LimitsDown, asker


class LimitsAPI(APIBranch):
    """The limits as they stand now; they belong to the area that the API is."""


def includeme(config: Configurator) -> None:
    """Add the branch and its endpoint."""
    config.add_api_branch(
        "limits", "insula.settings.rates.LimitsAPI", title="What is left of the rate limits"
    )
    config.add_endpoint(
        "insula.settings.rates.show",
        context="insula.settings.rates.LimitsAPI",
        method="GET",
        permission="view",
    )


LimitShape = TypedDict(
    "LimitShape",
    {
        "id": str,
        "scope": str,
        "class": str,
        "limit": int,
        "seconds": int,
        "left": int,
        "reset": int | float,
    },
)
"""A limit and what is left of it."""


class LimitsShape(TypedDict):
    """The limits; where they are not shared, of one process."""

    data: list[LimitShape]
    shared: bool


def show(context: LimitsAPI, request: Any, limits: Limits = Service) -> LimitsShape:
    """Return each limit with what is left of it; with counters in memory, of this process."""
    try:
        return {"data": list(_shown(limits, request)), "shared": limits.shared}
    except LimitsDown as error:
        raise Unavailable("The counters cannot be reached.", retry_after=10) from error


def _shown(limits: Limits, request: Any) -> Iterator[LimitShape]:
    for scope, who in (asker(request), ("tenant", "")):
        for left in limits.left(scope, who):
            yield {
                "id": f"{scope}.{left.route_class}",
                "scope": scope,
                "class": left.route_class,
                "limit": left.limit,
                "seconds": PERIOD,
                "left": left.left,
                "reset": left.reset,
            }
