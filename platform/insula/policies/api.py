"""The policy and its decisions as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pyramid.httpexceptions import HTTPNotModified

from insula.api.interfaces import (
    check_if_match,
    checked,
    etag_of,
    json_object,
    limit_of,
    listing,
    not_modified,
    query_parameters,
)
from insula.events.interfaces import actor_of
from insula.kit.errors import FieldError, Invalid, Refused, Stale
from insula.policies.asked import made_up, read
from insula.policies.cursors import FIELDS, MAX_LIMIT, after_of, filter_of, seal
from insula.policies.decisions import forgettable
from insula.policies.places import names_of, sees_of
from insula.policies.resources import named
from insula.policies.shapes import (
    decision_shape,
    explanation_shape,
    flaw_shape,
    report_shape,
    version_shape,
)
from insula.security.interfaces import (
    MAX_MINUTES,
    MAX_REPLAYED,
    Decisions,
    DryRun,
    Explain,
    Grid,
    Policies,
    PolicyDrafts,
    PolicyVersion,
)
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from insula.policies.resources import DecisionItem, DecisionsAPI, PolicyAPI, VersionItem, VersionsAPI

VIEW, PUBLISH, DELETE = Action.VIEW.value, Action.PUBLISH.value, Action.DELETE.value
NOT_YOURS = "Trying a draft reads past decisions, which you may not view."


class Draft(BaseModel):
    """A policy that is not in force: a text, or the draft that is kept, named by its version.

    The table of roles stays as it is where none is sent.
    """

    model_config = ConfigDict(extra="forbid")

    text: str | None = None
    draft: int | None = None
    grid: dict[str, dict[str, list[str]]] | None = None


class Trial(Draft):
    """A draft, and the past to try it on."""

    last: int = Field(default=1_000, ge=1, le=MAX_REPLAYED)
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None


class Publication(Draft):
    """A draft to be put in force, for so many minutes where it is on trial."""

    message: str = ""
    minutes: int | None = Field(default=None, ge=1, le=MAX_MINUTES)


class Forget(BaseModel):
    """Whose decisions are to be erased."""

    model_config = ConfigDict(extra="forbid")

    account: str


class Return(BaseModel):
    """Why an older version is put in force again."""

    model_config = ConfigDict(extra="forbid")

    message: str | None = None


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    here = "insula.policies.api."
    room = "insula.policies.resources."
    for view, context, method, name, permission, rows in (
        ("show", "PolicyAPI", "GET", "", VIEW, None),
        ("check", "PolicyAPI", "POST", "check", VIEW, "read"),
        ("dry_run", "PolicyAPI", "POST", "dry-run", VIEW, "read"),
        ("explain", "PolicyAPI", "POST", "explain", VIEW, "read"),
        ("publish", "PolicyAPI", "POST", "publish", PUBLISH, None),
        ("confirm", "PolicyAPI", "POST", "confirm", PUBLISH, None),
        ("give_up", "PolicyAPI", "POST", "return", PUBLISH, None),
        ("versions", "VersionsAPI", "GET", "", VIEW, None),
        ("version", "VersionItem", "GET", "", VIEW, None),
        ("roll_back", "VersionItem", "POST", "rollback", PUBLISH, None),
        ("decisions", "DecisionsAPI", "GET", "", VIEW, None),
        ("forget", "DecisionsAPI", "POST", "forget", DELETE, "read"),
        ("decision", "DecisionItem", "GET", "", VIEW, None),
    ):
        config.add_endpoint(
            here + view, context=room + context, method=method, name=name, permission=permission, rows=rows
        )


def show(context: PolicyAPI, request: Any) -> Any:
    """Return the version in force."""
    current = request.find_service(Policies).current()
    etag_of(request, current.number)
    if not_modified(request):
        return HTTPNotModified(etag=request.response.etag)
    return version_shape(current, named(request, current.author))


def check(context: PolicyAPI, request: Any) -> dict[str, Any]:
    """Return what is wrong with a draft, with line, column and suggestion."""
    text, grid = document(request, sent(request, Draft))
    flaws = request.find_service(Policies).check(text, grid, sees=sees_of(request))
    return {"publishable": not flaws, "flaws": [flaw_shape(flaw) for flaw in flaws]}


def dry_run(context: PolicyAPI, request: Any) -> dict[str, Any]:
    """Replay past decisions on a draft and return what would change."""
    if not request.decide(VIEW, context.decisions):
        raise Refused(NOT_YOURS)
    trial = sent(request, Trial)
    text, grid = document(request, trial)
    report = request.find_service(DryRun).run(
        text, grid, last=trial.last, start=_utc(trial.start), end=_utc(trial.end)
    )
    return report_shape(report, sees=names_of(request, context))


def explain(context: PolicyAPI, request: Any) -> dict[str, Any]:
    """Answer a request that nobody has sent, by the policy in force or by a draft, and say why."""
    sees = sees_of(request)
    asked = read(json_object(request))
    question = made_up(request, asked, sees=sees)
    found = request.find_service(Explain).made_up(question, sees=sees, text=asked.text, grid=asked.grid)
    return explanation_shape(found, sees=sees)


def publish(context: PolicyAPI, request: Any) -> dict[str, Any]:
    """Put a draft in force instead of the version that `If-Match` names."""
    policies: Policies = request.find_service(Policies)
    before = policies.current()
    check_if_match(request, before.number)
    wanted = sent(request, Publication)
    text, grid = document(request, wanted)
    made = policies.publish(
        text, grid, actor_of(request), wanted.message, expected=before.number, minutes=wanted.minutes
    )
    if wanted.draft is not None:
        request.find_service(PolicyDrafts).discard(expected=wanted.draft)
    return _made(request, made)


def confirm(context: PolicyAPI, request: Any) -> dict[str, Any]:
    """Let the version on trial stay, if it is the one that `If-Match` names."""
    policies: Policies = request.find_service(Policies)
    before = policies.current()
    check_if_match(request, before.number)
    return _made(request, policies.confirm(actor_of(request), before.number))


def give_up(context: PolicyAPI, request: Any) -> dict[str, Any]:
    """Put the version before the trial in force again, if the one on trial is the one that `If-Match` names."""
    policies: Policies = request.find_service(Policies)
    before = policies.current()
    check_if_match(request, before.number)
    return _made(request, policies.give_up(actor_of(request), before.number))


def versions(context: VersionsAPI, request: Any) -> Any:
    """Return the versions, newest first, without their texts."""
    given = query_parameters(request, ("limit",))
    found = request.find_service(Policies).history(limit_of(given, default=50, most=MAX_LIMIT))
    names = named(request, *(each.author for each in found))
    return listing(request, [version_shape(each, names, whole=False) for each in found])


def version(context: VersionItem, request: Any) -> dict[str, Any]:
    """Return one version."""
    found = context.version
    return version_shape(found, named(request, found.author))


def roll_back(context: VersionItem, request: Any) -> dict[str, Any]:
    """Publish an older version as a new one, instead of the version that `If-Match` names."""
    policies: Policies = request.find_service(Policies)
    before = policies.current()
    check_if_match(request, before.number)
    message = sent(request, Return).message or ""
    return _made(
        request, policies.roll_back(context.version.number, actor_of(request), message, before.number)
    )


def decisions(context: DecisionsAPI, request: Any) -> Any:
    """Return one page of the recorded decisions, newest first."""
    given = query_parameters(request, ("limit", "after", *FIELDS))
    wanted = filter_of(request, given)
    sees = names_of(request, context)
    page = request.find_service(Decisions).page(
        limit=limit_of(given, default=100, most=MAX_LIMIT),
        after=after_of(request, given, wanted),
        wanted=wanted.wanted,
        sees=sees,
    )
    rows = [decision_shape(each, sees=sees) for each in page.decisions]
    return listing(request, rows, seal(request, page.after, wanted))


def forget(context: DecisionsAPI, request: Any) -> dict[str, Any]:
    """Erase what was recorded about one account."""
    done = request.find_service(Decisions).forget(forgettable(sent(request, Forget).account))
    return {"erased": done.erased, "more": done.more}


def decision(context: DecisionItem, request: Any) -> dict[str, Any]:
    """Return one decision with the rules that determined it and what they read."""
    names = names_of(request, context)
    found = request.find_service(Explain).recorded(context.__name__, sees=sees_of(request), names=names)
    return explanation_shape(found, sees=names)


def sent(request: Any, model: type[Any]) -> Any:
    """Return the body as a model; raises Invalid with a path for everything wrong with it."""
    return checked(model, json_object(request))


def document(request: Any, wanted: Draft) -> tuple[str, Grid]:
    """Return the text and the table of roles that were sent, or those of the draft that was named."""
    if (wanted.text is None) == (wanted.draft is None):
        error = FieldError("text", "Send a text, or name the version of the draft that is kept in `draft`.")
        raise Invalid("There is no policy to look at.", errors=[error])
    if wanted.text is not None:
        grid = request.find_service(Policies).current().grid if wanted.grid is None else wanted.grid
        return wanted.text, grid
    found = request.find_service(PolicyDrafts).find()
    if found is None or found.version != wanted.draft:
        raise Stale("The draft was changed meanwhile. Read it again.")
    return found.text, found.grid if wanted.grid is None else wanted.grid


def _made(request: Any, made: PolicyVersion) -> dict[str, Any]:
    etag_of(request, made.number)
    return version_shape(made, named(request, made.author))


def _utc(moment: datetime | None) -> datetime | None:
    return moment.astimezone(UTC) if moment else None
