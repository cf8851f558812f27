"""`/api/services`: list, make, read and change service accounts."""

from typing import Annotated, Any

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field
from pyramid.config import Configurator

from insula.api.interfaces import Answer, IfMatch, ListQuery, Page, Patch, Query, etag_of, listing
from insula.security.permissions import Action
from insula.tokens.acts import change_service, make_service, version_of
from insula.tokens.lists import services_of
from insula.tokens.resources import ServiceItem, ServicesAPI
from insula.tokens.shapes import ServiceShape, service_shape, service_version


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


def list_services(
    context: ServicesAPI,
    request: Any,
    query: Annotated[ListQuery, Query()],
    limit: Annotated[int, Ge(1), Le(200)] = 50,
) -> Page[ServiceShape]:
    """Return one page of the service accounts that the caller may view, by name."""
    page = services_of(context, query.given(), limit)
    return listing(request, [service_shape(each) for each in page.accounts], page.after)


def create_service(
    context: ServicesAPI, request: Any, body: NewServiceBody
) -> Annotated[ServiceShape, Answer(201)]:
    """Add a service account."""
    made = make_service(context, body.name, body.roles)
    request.response.headers["Location"] = request.resource_path(context, str(made.id))
    etag_of(request, service_version(made))
    return service_shape(made)


def show_service(context: ServiceItem, request: Any) -> ServiceShape:
    """Return one service account."""
    etag_of(request, version_of(context))
    return service_shape(context.account)


def change(
    context: ServiceItem, request: Any, body: Annotated[ChangeBody, Patch], if_match: IfMatch
) -> ServiceShape:
    """Change name, roles or whether it is let in, of the version that `If-Match` names."""
    changes = body.model_dump(exclude_unset=True)
    after = change_service(context, changes, check=if_match.check)
    etag_of(request, service_version(after))
    return service_shape(after)
