"""The screens of the policy: the draft with its checks, trying it, and publishing it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.accounts.interfaces import Roles
from insula.admin.interfaces import Attention, Summary
from insula.events.interfaces import actor_of
from insula.kit.clock import now
from insula.kit.errors import InsulaError, Invalid, Malformed, Refused, Stale
from insula.policies.asked import ELEVATED, VISITOR, made_up, read
from insula.policies.cursors import moment
from insula.policies.diffs import compare, grid_difference
from insula.policies.frames import EDIT, PUBLISH, READ, VIEW, frame, number, posted
from insula.policies.places import names_of, sees_of
from insula.policies.resources import PolicyPanel, named
from insula.policies.sheets import numbered
from insula.security.interfaces import (
    MAX_MINUTES,
    MAX_REPLAYED,
    DryRun,
    DryRunReport,
    Explain,
    Explanation,
    Flaw,
    MadeUp,
    Policies,
    PolicyDraft,
    PolicyDrafts,
    Sees,
)
from insula.security.permissions import ACTIONS

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

DEFAULT_MINUTES = 10
SHOW = "insula.policies:templates/policy.jinja2"
REVIEW = "insula.policies:templates/publish.jinja2"
PERIODS = {
    "1000": "the last 1,000 decisions",
    "10000": f"the last {MAX_REPLAYED:,} decisions",
    "hour": "the last hour",
    "day": "the last day",
    "range": "from … to …",
}


def includeme(config: Configurator) -> None:
    """Register the screens."""
    for view, name, method, permission, template in (
        (show, "", READ, VIEW, None),
        (save, "draft", "POST", EDIT, None),
        (discard, "discard", "POST", EDIT, None),
        (dry_run, "dry-run", READ, VIEW, "dry_run"),
        (try_one, "try", READ, VIEW, None),
        (review, "publish", READ, PUBLISH, None),
        (publish, "publish", "POST", PUBLISH, None),
    ):
        config.add_view(
            view,
            context=PolicyPanel,
            name=name,
            request_method=method,
            permission=permission,
            renderer=f"insula.policies:templates/{template}.jinja2" if template else None,
        )


def summary(request: Any, panel: PolicyPanel) -> Summary:
    """Say on the home page which version is in force, and that a draft waits."""
    current = request.find_service(Policies).current()
    draft = request.find_service(PolicyDrafts).find()
    here = resource_path(panel)
    attention = []
    if current.until is not None:
        attention.append(
            Attention(
                f"The policy returns to version {current.returns_to} at {current.until:%H:%M} UTC unless confirmed",
                f"Version {current.number} is on trial: {current.message or 'no reason given'}",
                here,
                "Confirm or return now",
            )
        )
    if draft:
        attention.append(
            Attention(
                "A draft of the policy waits",
                f"{named(request, draft.author)[draft.author]} saved it; nothing of it is in force.",
                here,
                "Look at it",
                "info",
            )
        )
    return Summary(f"Version {current.number}", "on trial" if current.until else "in force", tuple(attention))


def show(context: PolicyPanel, request: Any) -> Response:
    """Show the draft, or the text in force where there is none, with its checks."""
    return _editor(context, request, request.find_service(PolicyDrafts).find())


def save(context: PolicyPanel, request: Any) -> Response:
    """Keep the text as a draft, flaws and all, then go on to what was asked for."""
    drafts: PolicyDrafts = request.find_service(PolicyDrafts)
    text = posted(request, "text").replace("\r\n", "\n")
    base = number(request, "base")
    try:
        drafts.save(text, base=base, author=actor_of(request), expected=number(request, "draft"))
    except (Stale, Invalid) as error:
        # What was typed is shown again, on top of what is kept by now.
        return _editor(context, request, drafts.find(), typed=text, refusal=error)
    target = {"try": "@@dry-run", "publish": "@@publish"}.get(request.POST.get("then", ""))
    here = resource_path(context)
    return HTTPSeeOther(location=f"{here}/{target}" if target else f"{here}?notice=policy-saved")


def discard(context: PolicyPanel, request: Any) -> Response:
    """Forget the draft."""
    drafts: PolicyDrafts = request.find_service(PolicyDrafts)
    try:
        drafts.discard(expected=number(request, "draft"))
    except Stale as error:
        return _editor(context, request, drafts.find(), refusal=error)
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=policy-discarded")


def dry_run(context: PolicyPanel, request: Any) -> dict[str, Any]:
    """Replay past decisions on the draft and show what would change."""
    if not request.decide(VIEW, context.decisions):
        raise Refused("Trying a draft reads past decisions, which you may not view.")
    period = _period(request)
    draft = request.find_service(PolicyDrafts).find()
    flaws: Sequence[Any] = ()
    report = None
    if draft is not None:
        try:
            report = _report(request, draft, period, _range(request))
        except Invalid as error:
            flaws = error.errors
    return {
        "draft": draft,
        "report": report,
        "flaws": flaws,
        "period": period,
        "periods": list(PERIODS.items()),
        "start": request.GET.get("time[gte]", ""),
        "end": request.GET.get("time[lt]", ""),
        "sees": names_of(request, context),
        **frame(context, request, "text"),
    }


def try_one(context: PolicyPanel, request: Any) -> Response:
    """Ask the policy in force, and the draft, about a request that nobody has sent."""
    given = request.GET
    asked = bool(given.get("action"))
    values = {name: given.get(name, "") for name in ("who", "account", "action", "on", "ip", "scheme", "mfa")}
    live = drafted = refusal = None
    flawed = False
    draft = request.find_service(PolicyDrafts).find()
    if asked:
        try:
            sees = sees_of(request)
            question = made_up(request, read(_asked(values)), sees=sees)
            explain: Explain = request.find_service(Explain)
            live = explain.made_up(question, sees=sees)
            drafted, flawed = _of_draft(explain, question, draft, sees)
        except Invalid as error:
            refusal = error
    roles = [(role.name, role.title) for role in request.find_service(Roles).all()]
    response = render_to_response(
        "insula.policies:templates/try.jinja2",
        {
            "values": values,
            "live": live,
            "drafted": drafted,
            "flawed": flawed,
            "draft": draft,
            "keep": urlencode(
                {**{name: value for name, value in values.items() if value}, "expected": _answer(live)}
            ),
            "refusal": refusal,
            "errors": {each.path: each.detail for each in refusal.errors} if refusal else {},
            "roles": [(VISITOR, "A visitor"), *roles],
            "actions": [(action, action) for action in ACTIONS],
            **frame(context, request, "try"),
        },
        request=request,
    )
    if refusal:
        response.status_int = refusal.status
    return response


def _answer(found: Explanation | None) -> str:
    return "allow" if found is None or found.allowed else "deny"


def _of_draft(
    explain: Explain, question: MadeUp, draft: PolicyDraft | None, sees: Sees
) -> tuple[Explanation | None, bool]:
    """Return what the draft says, if there is one, and whether it has flaws that keep it from being asked."""
    if draft is None:
        return None, False
    try:
        return explain.made_up(question, sees=sees, text=draft.text, grid=draft.grid), False
    except Invalid:
        return None, True


def review(context: PolicyPanel, request: Any) -> Response:
    """Show what publishing would change, and ask why."""
    return _review(context, request)


def publish(context: PolicyPanel, request: Any) -> Response:
    """Put the draft in force."""
    policies: Policies = request.find_service(Policies)
    drafts: PolicyDrafts = request.find_service(PolicyDrafts)
    draft = drafts.find()
    version, expected = number(request, "draft"), number(request, "expected")
    message = posted(request, "message").strip()
    minutes = number(request, "minutes") if posted(request, "trial") else None
    if draft is None or draft.version != version:
        moved = Stale("The draft was changed meanwhile. Look at it again before you publish it.")
        return _review(context, request, message=message, refusal=moved)
    try:
        policies.publish(
            draft.text, draft.grid, actor_of(request), message, expected=expected, minutes=minutes
        )
        drafts.discard(expected=version)
    except (Invalid, Stale) as error:
        return _review(context, request, message=message, refusal=error)
    notice = "policy-on-trial" if minutes else "policy-published"
    return HTTPSeeOther(location=f"{resource_path(context)}?notice={notice}")


def _editor(
    context: PolicyPanel,
    request: Any,
    draft: PolicyDraft | None,
    *,
    typed: str | None = None,
    refusal: InsulaError | None = None,
) -> Response:
    policies: Policies = request.find_service(Policies)
    current = policies.current()
    text = typed if typed is not None else draft.text if draft else current.text
    flaws: Sequence[Any] = ()
    if draft or typed is not None:
        flaws = policies.check(text, draft.grid if draft else current.grid, sees=sees_of(request))
    response = render_to_response(
        SHOW,
        {
            "current": current,
            "draft": draft,
            "author": named(request, draft.author)[draft.author] if draft else None,
            "text": text,
            "flaws": flaws,
            "lines": numbered(text, flaws) if flaws else (),
            "difference": compare(current.text, text),
            "table": grid_difference(current.grid, draft.grid) if draft else (),
            "moved": draft is not None and draft.base != current.number,
            "refusal": refusal,
            **frame(context, request, "text"),
        },
        request=request,
    )
    if refusal:
        response.status_int = refusal.status
    response.etag = f"{current.number}-{draft.version if draft else 0}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _review(
    context: PolicyPanel, request: Any, *, message: str = "", refusal: InsulaError | None = None
) -> Response:
    policies: Policies = request.find_service(Policies)
    current = policies.current()
    draft = request.find_service(PolicyDrafts).find()
    flaws = policies.check(draft.text, draft.grid, sees=sees_of(request)) if draft else ()
    shared = frame(context, request, "text")
    report = None
    if draft and not flaws and shared["may_try"]:
        report = _report(request, draft, "1000")
    response = render_to_response(
        REVIEW,
        {
            "current": current,
            "draft": draft,
            "flaws": flaws,
            "errors": _errors(flaws, refusal),
            "difference": compare(current.text, draft.text) if draft else None,
            "report": report,
            "message": message,
            "trial": bool(posted(request, "trial")),
            "minutes": posted(request, "minutes") or DEFAULT_MINUTES,
            "most_minutes": MAX_MINUTES,
            "table": grid_difference(current.grid, draft.grid) if draft else (),
            "refusal": refusal,
            "sees": names_of(request, context),
            **shared,
        },
        request=request,
    )
    if refusal:
        response.status_int = refusal.status
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _errors(flaws: Sequence[Flaw], refusal: InsulaError | None) -> list[tuple[str, str]]:
    if flaws or refusal is None:
        return []
    ids = {"message": "f-message", "minutes": "f-minutes"}
    return [(ids.get(each.path, ""), each.detail) for each in refusal.errors] or [("", refusal.detail)]


def _period(request: Any) -> str:
    given = request.GET
    period: str = given.get("period") or ("range" if "time[gte]" in given or "time[lt]" in given else "1000")
    if period not in PERIODS:
        raise Malformed(f"The parameter period is one of {', '.join(PERIODS)}.")
    return period


def _range(request: Any) -> tuple[datetime | None, datetime | None]:
    start, end = (moment(name, request.GET.get(name, "")) for name in ("time[gte]", "time[lt]"))
    return start, end


def _report(
    request: Any,
    draft: PolicyDraft,
    period: str,
    within: tuple[datetime | None, datetime | None] = (None, None),
) -> DryRunReport:
    replay: DryRun = request.find_service(DryRun)
    spans = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
    if period == "range":
        return replay.run(draft.text, draft.grid, last=MAX_REPLAYED, start=within[0], end=within[1])
    if period in spans:
        return replay.run(draft.text, draft.grid, last=MAX_REPLAYED, start=now() - spans[period])
    return replay.run(draft.text, draft.grid, last=int(period))


def _asked(values: dict[str, str]) -> dict[str, Any]:
    account = values["account"].strip()
    return {
        "action": values["action"],
        "on": values["on"],
        "account": account or None,
        "roles": [] if account else [values["who"] or VISITOR],
        "ip": values["ip"].strip(),
        "scheme": "token" if values["scheme"] == ELEVATED else values["scheme"] or "session",
        "elevated": values["scheme"] == ELEVATED,
        "mfa": bool(values["mfa"]),
    }
