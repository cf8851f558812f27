"""What a tenant sets of security besides its policy: which schemes are on where, from where, and who may read the API.

Each holds from the next request on, in every process.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from insula.kit.errors import FieldError, Invalid
from insula.security.cedar.context import NO_ADDRESS, address
from insula.security.directives import switchable
from insula.security.interfaces import branch_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pydantic.config import JsonDict
    from pyramid.config import Configurator
    from pyramid.registry import Registry
    from pyramid.request import Request

Door = Literal["site", "api", "admin"]
DOORS: Final[tuple[Door, ...]] = ("site", "api", "admin")

_ORIGIN: Final = re.compile(r"https?://([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
# A list is looked through at every request.
_MOST: Final = 100
_TEXTS: Final = {"session": "People who signed in", "token": "Programs, with an API token"}
_CHOICES: Final[JsonDict] = {"choices": "insula.security.sections.scheme_choices"}


def includeme(config: Configurator) -> None:
    """Declare the sections and what may not be changed in them."""
    for order, (name, title, description, model) in enumerate(
        (
            ("schemes", "Ways to sign in", "Which ways to say who one is count where.", "Schemes"),
            ("networks", "Networks", "From where the API and the administration may be reached.", "Networks"),
            (
                "api_access",
                "Access to the API",
                "Who may read it without signing in, and from which pages.",
                "APIAccess",
            ),
        )
    ):
        config.add_config_section(
            name,
            title=title,
            description=description,
            settings=f"insula.security.sections.{model}",
            group="Security",
            order=40 + order,
        )
    config.add_section_check("schemes", "insula.security.sections.check_schemes")
    config.add_section_check("networks", "insula.security.sections.check_networks")


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Schemes(_Section):
    """Which schemes are on; one that is off is not listened to."""

    site: list[str] = Field(
        ["session"],
        max_length=20,
        title="On the site",
        description="A way that is off is not listened to.",
        json_schema_extra=_CHOICES,
    )
    api: list[str] = Field(
        ["session", "token"], max_length=20, title="In the API", json_schema_extra=_CHOICES
    )
    admin: list[str] = Field(
        ["session"],
        max_length=20,
        title="In the administration",
        description="People need one here.",
        json_schema_extra=_CHOICES,
    )


def scheme_choices(registry: Registry) -> dict[str, str]:
    """Return the schemes that can be switched, with the texts of their boxes."""
    names = {each.name for each in switchable(registry)}
    texts = {name: text for name, text in _TEXTS.items() if name in names}
    return texts | {name: name for name in sorted(names - texts.keys())}


def _network(text: str) -> str:
    try:
        if "%" in text:
            # The zone of a link, which means something on one machine only.
            raise ValueError(text)  # noqa: TRY301 - the two ways a network can be wrong are told alike
        return str(ip_network(text.strip()))
    except ValueError:
        raise ValueError(f"Use a network such as 192.0.2.0/24. You gave “{text.strip()}”.") from None


def _origin(text: str) -> str:
    wanted = text.strip().lower()
    if not _ORIGIN.fullmatch(wanted) or urlsplit(wanted).port == 0:
        raise ValueError(
            "An origin is a scheme and a host, such as https://app.example.com, and nothing else."
        )
    # As browsers write it: without the port that goes without saying.
    return wanted.removesuffix(":443" if wanted.startswith("https:") else ":80")


class Networks(_Section):
    """From where the API and the administration may be reached; an empty list is everywhere."""

    api: list[str] = Field(
        [],
        max_length=_MOST,
        title="The API",
        description="Networks such as 192.0.2.0/24 or 2001:db8::/32; empty for everywhere.",
        json_schema_extra={"empty": "all"},
    )
    admin: list[str] = Field(
        [],
        max_length=_MOST,
        title="The administration",
        description="The same for the screens.",
        json_schema_extra={"empty": "all"},
    )

    @field_validator("api", "admin")
    @classmethod
    def _networks(cls, lines: list[str]) -> list[str]:
        return [_network(line) for line in lines]


class APIAccess(_Section):
    """Who may read the API without signing in, and from which pages browsers may."""

    visitors: bool = Field(
        False,
        title="Open to visitors",
        description="Visitors may then read what the policy lets them view; everything else is not there for them.",
    )
    origins: list[str] = Field(
        [],
        max_length=_MOST,
        title="Allowed origins",
        description="Pages of other sites that may call the API with a token, such as https://app.example.com.",
    )

    @field_validator("origins")
    @classmethod
    def _origins(cls, lines: list[str]) -> list[str]:
        return [_origin(line) for line in lines]


def door_of(request: Request) -> Door | None:
    """Return the door a request knocks at; None for `/account`, where one signs in for all of them."""
    branch = branch_of(request)
    if branch == "account":
        return None
    return branch if branch in {"api", "admin"} else "site"  # type: ignore[return-value]  # one of the two


def is_on(request: Request, scheme: str) -> bool:
    """Say whether a scheme counts at the door of this request; one with a setting of its own asks that itself."""
    if all(scheme != each.name for each in switchable(request.registry)):
        return True
    schemes: Schemes = request.section("schemes")
    door = door_of(request)
    return any(scheme in getattr(schemes, name) for name in (DOORS if door is None else (door,)))


def outside(request: Request) -> bool:
    """Say whether a request comes from outside of the networks that may use its door."""
    door = door_of(request)
    if door not in {"api", "admin"}:
        return False
    networks: Sequence[str] = getattr(request.section("networks"), str(door))
    return bool(networks) and not _within(request.remote_addr, networks)


def check_schemes(request: Request, before: Schemes, after: Schemes) -> None:
    """Refuse an administration that nobody could sign in to, and an API that shuts out whoever asks it to."""
    known = {scheme.name: scheme for scheme in switchable(request.registry)}
    interactive = sorted(name for name, scheme in known.items() if scheme.challenge is None)
    errors = []
    if not set(interactive) & set(after.admin):
        kept = ", ".join(interactive)
        text = f"No owner could sign in any more. Keep one of these: {kept}."
        errors.append(FieldError("settings.admin", text))
    if door_of(request) == "api" and not after.api:
        text = "You would shut yourself out. Keep one of them, or switch the API off in the administration."
        errors.append(FieldError("settings.api", text))
    if errors:
        raise Invalid(errors=errors)


def check_networks(request: Request, before: Networks, after: Networks) -> None:
    """Refuse a change that shuts out whoever makes it, by any door; the command line stands outside of them all."""
    here = request.remote_addr
    if here is None:
        return
    errors = [
        FieldError(
            f"settings.{door}",
            f"You are at {address(here)}, which lies in none of these: add it, or you would shut yourself out. "
            "The command line can do it from outside.",
        )
        for door in ("api", "admin")
        if (networks := getattr(after, door))
        and networks != getattr(before, door)
        and not _within(here, networks)
    ]
    if errors:
        raise Invalid(errors=errors)


def _within(client: str | None, networks: Collection[str]) -> bool:
    known = address(client)
    if known == NO_ADDRESS:
        return False
    here = ip_address(known)
    return any(here in ip_network(network) for network in networks)
