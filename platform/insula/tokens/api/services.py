"""`/api/services`: list, make, read and change service accounts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from insula.api.interfaces import (
    check_if_match,
    checked,
    etag_of,
    json_body,
    limit_of,
    listing,
    query_parameters,
)
from insula.security.permissions import Action
from insula.tokens.acts import change_service, make_service, version_of
from insula.tokens.lists import services_of
from insula.tokens.shapes import service_shape, service_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyramid.config import Configurator

    from insula.tokens.resources import ServiceItem, ServicesAPI

MEDIA = ("application/json", "application/merge-patch+json")


class NewServiceBody(BaseModel):
    """What makes a service account."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str
    roles: list[str] = Field(default_factory=list, max_length=100)


class ChangeBody(BaseModel):
    """What may be changed of a service account; what is left out stays."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = ""
    roles: list[str] = Field(default_factory=list, max_length=100)
    active: bool = True


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    many, one = "insula.tokens.resources.ServicesAPI", "insula.tokens.resources.ServiceItem"
    for view, context, method, permission in (
        ("list_services", many, "GET", Action.VIEW),
        ("create_service", many, "POST", Action.CREATE),
        ("show_service", one, "GET", Action.VIEW),
        ("change", one, "PATCH", Action.EDIT),
    ):
        config.add_endpoint(
            f"insula.tokens.api.services.{view}", context=context, method=method, permission=permission.value
        )


def list_services(context: ServicesAPI, request: Any) -> Mapping[str, Any]:
    """Return one page of the service accounts that the caller may view, by name."""
    given = query_parameters(request, ("limit", "after"))
    page = services_of(context, given, limit_of(given, default=50, most=200))
    return listing(request, [service_shape(each) for each in page.accounts], page.after)


def create_service(context: ServicesAPI, request: Any) -> dict[str, Any]:
    """Add a service account."""
    body = checked(NewServiceBody, json_body(request))
    made = make_service(context, body.name, body.roles)
    request.response.status_int = 201
    request.response.headers["Location"] = request.resource_path(context, str(made.id))
    etag_of(request, service_version(made))
    return service_shape(made)


def show_service(context: ServiceItem, request: Any) -> dict[str, Any]:
    """Return one service account."""
    etag_of(request, version_of(context))
    return service_shape(context.account)


def change(context: ServiceItem, request: Any) -> dict[str, Any]:
    """Change name, roles or whether it is let in, of the version that `If-Match` names."""
    body = checked(ChangeBody, json_body(request, types=MEDIA))
    changes = body.model_dump(exclude_unset=True)
    after = change_service(context, changes, check=partial(check_if_match, request))
    etag_of(request, service_version(after))
    return service_shape(after)
