"""`/api/tokens`: list, make, read, rotate and revoke API tokens."""

from typing import Annotated, Any, Literal

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field
from pyramid.config import Configurator

from insula.accounts.interfaces import LONGEST_OVERLAP, MOST_NETWORKS, TokenFilter, Tokens
from insula.api.interfaces import Answer, ListQuery, Page, Query, Service, listing
from insula.kit.clock import now
from insula.security.permissions import Action
from insula.tokens.acts import MY_OWN, Wish, make_token
from insula.tokens.lists import page_of, wanted_of
from insula.tokens.resources import TokenItem, TokensAPI
from insula.tokens.shapes import MadeToken, TokenShape, token_shape


class NewTokenBody(BaseModel):
    """What makes a token."""

    model_config = ConfigDict(extra="forbid", strict=True)

    days: int
    owner: str = Field(default=MY_OWN, max_length=100)
    label: str = ""
    scopes: list[str] = Field(default_factory=list, max_length=20)
    networks: list[str] = Field(default_factory=list, max_length=MOST_NETWORKS)
    elevated: bool = False


class RotateBody(BaseModel):
    """What makes the token that takes the place of another."""

    model_config = ConfigDict(extra="forbid", strict=True)

    overlap: int = Field(ge=0, le=LONGEST_OVERLAP)
    days: int | None = None


class TokensQuery(ListQuery):
    """Which tokens a list shows."""

    owner: str = Field(default="", description="`me`, or the id of an account.")
    state: TokenFilter | Literal[""] = ""
    elevated: Literal["", "true", "false"] = ""
    find: str = Field(default="", max_length=200, description="A part of the label or the owner.")


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    many, one = "insula.tokens.resources.TokensAPI", "insula.tokens.resources.TokenItem"
    for view, context, method, name, permission in (
        ("list_tokens", many, "GET", "", Action.VIEW),
        ("create_token", many, "POST", "", Action.CREATE),
        ("show_token", one, "GET", "", Action.VIEW),
        ("revoke_token", one, "DELETE", "", Action.DELETE),
        ("rotate_token", one, "POST", "rotate", Action.EDIT),
    ):
        config.add_endpoint(
            f"insula.tokens.api.tokens.{view}",
            context=context,
            method=method,
            name=name,
            permission=permission.value,
        )


def list_tokens(
    context: TokensAPI,
    request: Any,
    query: Annotated[TokensQuery, Query()],
    limit: Annotated[int, Ge(1), Le(200)] = 100,
) -> Page[TokenShape]:
    """Return the tokens that the caller may view, newest first; `owner=me` for the caller's own."""
    given = query.given()
    wanted, at = wanted_of(request, given), now()
    page = page_of(context, given, wanted, limit)
    return listing(request, [token_shape(each, at) for each in page.tokens], page.after)


def create_token(context: TokensAPI, request: Any, body: NewTokenBody) -> Annotated[MadeToken, Answer(201)]:
    """Make a token; its text is in this answer and never again."""
    made, text = make_token(
        context,
        Wish(
            days=body.days,
            owner=body.owner,
            label=body.label,
            scopes=tuple(body.scopes),
            networks=tuple(body.networks),
            elevated=body.elevated,
        ),
    )
    return _made(context, request, made, text)


def show_token(context: TokenItem) -> TokenShape:
    """Return one token without its secret."""
    return token_shape(context.token, now())


def revoke_token(context: TokenItem, tokens: Tokens = Service) -> None:
    """Revoke the token; once more changes nothing."""
    tokens.revoke(context.token.kid)


def rotate_token(
    context: TokenItem, request: Any, body: RotateBody, tokens: Tokens = Service
) -> Annotated[MadeToken, Answer(201)]:
    """Make the token that takes the place of this one; both work for `overlap` seconds."""
    made, text = tokens.rotate(context.token.kid, overlap=body.overlap, days=body.days)
    return _made(context.__parent__, request, made, text)


def _made(collection: TokensAPI, request: Any, made: Any, text: str) -> MadeToken:
    request.response.headers["Location"] = request.resource_path(collection, made.kid)
    request.response.headers["Cache-Control"] = "private, no-store"
    return {**token_shape(made, now()), "token": text}
