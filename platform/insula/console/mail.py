"""Letters that the catcher keeps, of all tenants: a panel and an API on the operators' own host."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NotRequired
from uuid import UUID

from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.traversal import resource_path
from typing_extensions import TypedDict

from insula.admin.interfaces import Summary
from insula.api.interfaces import Identifier, Moment, Page
from insula.db.work import system_work
from insula.kit.clock import isoformat
from insula.kit.errors import NotFound
from insula.kit.settings import settings_of
from insula.mail.interfaces import LetterInfo, Letters
from insula.mail.settings import MailSettings
from insula.security.permissions import Action
from insula.tenancy.interfaces import Tenants
from insula.tree.interfaces import Node, PolicyEntity

VIEW: Final = Action.VIEW.value
READ: Final = ("GET", "HEAD")
SHOWN: Final = 100
REASON: Final = "reads letters that were caught"
_LINK: Final = re.compile(r"https?://[^\s<>\"']+")


def includeme(config: Configurator) -> None:
    """Register the views, and hang them into the tree where letters are caught."""
    for view, context, template in ((listing, MailPanel, "mail"), (show, LetterScreen, "letter")):
        config.add_view(
            view,
            context=context,
            request_method=READ,
            permission=VIEW,
            renderer=f"insula.console:templates/{template}.jinja2",
            http_cache=0,
        )
    if settings_of(config.registry, MailSettings).backend == "catcher":
        # Where letters are sent, nobody reads other people's.
        config.add_admin_panel(
            "mail",
            title="Mail",
            group="Installation",
            order=80,
            factory="insula.console.mail.MailPanel",
            description="Letters that would have been sent: this installation keeps them here instead.",
            summary="insula.console.mail.summary",
            console=True,
        )
        config.add_api_branch("mail", "insula.console.mail.MailAPI", title="Mail", console=True)
        for name, item in (("list_json", "MailAPI"), ("show_json", "LetterItem")):
            config.add_endpoint(
                f"insula.console.mail.{name}",
                context=f"insula.console.mail.{item}",
                method="GET",
                permission=VIEW,
            )


class LetterShape(TypedDict):
    """A letter without what it says."""

    id: Identifier
    tenant_id: Identifier
    tenant: NotRequired[str]
    kind: str
    to: str
    subject: str
    state: str
    reason: str | None
    created_at: Moment


class WholeLetter(LetterShape):
    """A letter with what it says."""

    text: str | None
    html: str | None
    links: list[str]


class LetterNode(Node):
    """One letter of any tenant."""

    def __init__(self, request: Any, parent: Any, name: str, letter: LetterInfo) -> None:
        super().__init__(request, parent, name)
        self.letter = letter

    @property
    def title(self) -> str:
        """What breadcrumbs call it."""
        return self.letter.subject

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about caught letters name."""
        return PolicyEntity("Setting", "mail")


class LetterScreen(LetterNode):
    """One letter as a screen."""


class LetterItem(LetterNode):
    """One letter as JSON."""

    api_address = "/api/mail/{id}"


class MailNode(Node):
    """The letters of all tenants."""

    title = "Mail"
    child: type[LetterNode]

    def __getitem__(self, name: str) -> LetterNode:
        # Before anything is read, so that nobody who may not view letters learns which there are.
        if not self.request.may(VIEW, self):
            raise KeyError(name)
        try:
            letter = caught(self.request.registry, UUID(name))
        except (ValueError, NotFound):
            raise KeyError(name) from None
        return self.child(self.request, self, str(letter.id), letter)

    def policy_entity(self) -> PolicyEntity:
        """Return the setting that rules about caught letters name."""
        return PolicyEntity("Setting", "mail")


class MailPanel(MailNode):
    """The letters as a screen."""

    child = LetterScreen


class MailAPI(MailNode):
    """The letters as JSON."""

    child = LetterItem


def caught(registry: Registry, letter_id: UUID) -> LetterInfo:
    """Return one letter of whatever tenant; raises NotFound."""
    with system_work(registry, reason=REASON, writing=False) as work:
        found: LetterInfo = work.find_service(Letters).find(letter_id)
        return found


def newest(registry: Registry, limit: int = SHOWN) -> tuple[Sequence[LetterInfo], Mapping[UUID, str]]:
    """Return the newest letters of all tenants, and what each tenant is called."""
    with system_work(registry, reason=REASON, writing=False) as work:
        letters = work.find_service(Letters).newest(limit)
        return letters, {tenant.id: tenant.name for tenant in work.find_service(Tenants).all()}


def summary(request: Any, panel: MailPanel) -> Summary:
    """Say on the home page when the newest letter came."""
    letters, tenants = newest(request.registry, 1)
    if not letters:
        return Summary("No letter", "nothing was written yet")
    written = letters[0].created_at
    of = tenants.get(letters[0].tenant_id, "")
    return Summary(f"{written.day} {written:%b, %H:%M}", f"UTC, the newest letter, of {of}")


def listing(context: MailPanel, request: Any) -> dict[str, Any]:
    """List the newest letters."""
    letters, tenants = newest(request.registry)
    return {
        "rows": [
            (letter, tenants.get(letter.tenant_id, ""), resource_path(context, str(letter.id)))
            for letter in letters
        ]
    }


def show(context: LetterScreen, request: Any) -> dict[str, Any]:
    """Show one letter, its links ready to be followed."""
    return {"letter": context.letter, "parts_of_text": linked(context.letter.text or "")}


def list_json(request: Any) -> Page[LetterShape]:
    """Return the newest letters without what they say."""
    letters, tenants = newest(request.registry)
    return {"data": [_brief(letter, tenants.get(letter.tenant_id)) for letter in letters]}


def show_json(context: LetterItem) -> WholeLetter:
    """Return one letter with what it says."""
    letter = context.letter
    return {
        **_brief(letter, None),
        "text": letter.text,
        "html": letter.html,
        "links": _LINK.findall(letter.text or ""),
    }


def linked(text: str) -> list[tuple[str, bool]]:
    """Return a text in parts, each with whether it is a link.

    >>> linked("Come in: https://a.example/x now")
    [('Come in: ', False), ('https://a.example/x', True), (' now', False)]
    """
    parts, at = [], 0
    for found in _LINK.finditer(text):
        parts += [(text[at : found.start()], False), (found.group(), True)]
        at = found.end()
    return [*parts, (text[at:], False)]


def _brief(letter: LetterInfo, tenant: str | None) -> LetterShape:
    shape: LetterShape = {
        "id": str(letter.id),
        "tenant_id": str(letter.tenant_id),
        "kind": letter.kind,
        "to": letter.to,
        "subject": letter.subject,
        "state": letter.state,
        "reason": letter.reason,
        "created_at": isoformat(letter.created_at),
    }
    if tenant:
        shape["tenant"] = tenant
    return shape
