"""The letters that accounts cause, in plain text: what happened, the link, its life, what to do if it was not you."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from insula.kit.errors import FieldError, Invalid
from insula.mail.interfaces import Letters

if TYPE_CHECKING:
    from collections.abc import Callable

    from insula.accounts.interfaces import InvitationInfo, LinkInfo
    from insula.tenancy.interfaces import Tenant

_LONGEST_SITE = 80  # characters of a subject that most programs show


class TemplateLetters:
    """Writes letters from templates in the name of one tenant; `address` makes a path a public address."""

    def __init__(
        self, letters: Callable[[], Letters], *, tenant: Callable[[], Tenant], address: Callable[[str], str]
    ) -> None:
        self._letters = letters
        self._tenant = tenant
        self._address = address

    def invitation(self, info: InvitationInfo, secret: str, inviter: str) -> None:
        """Invite somebody."""
        self._send(
            "invitation",
            info.email,
            "You are invited to {site}",
            inviter=inviter,
            link=self._link("invitation", secret),
            until=info.expires_at,
        )

    def reset(self, link: LinkInfo, secret: str) -> None:
        """Send the link that lets a person set a new password."""
        self._send(
            "reset",
            link.email,
            "Set a new password at {site}",
            link=self._link("reset", secret),
            until=link.expires_at,
        )

    def confirmation(self, link: LinkInfo, secret: str) -> None:
        """Send the link by which a new address begins to count."""
        self._send(
            "confirmation",
            link.email,
            "Confirm your e-mail address at {site}",
            link=self._link("confirm", secret),
            until=link.expires_at,
        )

    def address_taken(self, email: str) -> None:
        """Tell an address that has an account here that somebody wanted it for another one."""
        self._send("address-taken", email, "Your e-mail address at {site}")

    def address_changed(self, before: str) -> None:
        """Tell the address before that it does not count any more."""
        self._send("address-changed", before, "Your e-mail address at {site} was changed")

    def password_changed(self, email: str) -> None:
        """Tell a person that the password was changed."""
        self._send(
            "password-changed",
            email,
            "Your password at {site} was changed",
            forgot=self._address("/account/@@forgot"),
        )

    def _link(self, screen: str, secret: str) -> str:
        return self._address(f"/account/@@{screen}?link={secret}")

    def _send(self, kind: str, to: str, subject: str, **values: Any) -> None:
        site = " ".join(self._tenant().title.split())
        text = (
            _texts()
            .get_template(f"{kind}.jinja2")
            .render(site=site, home=self._address("/"), to=to, **values)
        )
        try:
            self._letters().send(kind, to, subject.format(site=site[:_LONGEST_SITE]), text)
        except Invalid as error:
            # The field that people have filled is the address, whatever the letter calls it.
            raise Invalid(errors=[FieldError("email", each.detail) for each in error.errors]) from error


@cache
def _texts() -> Environment:
    # Nothing is escaped, because nobody reads these letters as HTML.
    return Environment(  # noqa: S701 - see above
        loader=PackageLoader("insula.members", "templates/letters"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )


def letters_factory(context: Any, request: Any) -> TemplateLetters:
    """Return what writes the letters of the tenant of this request."""
    return TemplateLetters(
        partial(request.find_service, Letters),
        tenant=lambda: request.tenant,
        address=request.canonical_url,
    )
