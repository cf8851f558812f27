"""The policy and its decisions as JSON."""

from typing import Annotated, Any

from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field
from pyramid.config import Configurator
from typing_extensions import TypedDict

from insula.api.interfaces import Body, IfMatch, ListQuery, Page, Query, SentMoment, Service, etag_of, listing
from insula.events.interfaces import actor_of
from insula.kit.errors import FieldError, Invalid, Refused, Stale
from insula.policies.asked import Asked, made_up, read
from insula.policies.cursors import MAX_LIMIT, after_of, filter_of, seal
from insula.policies.decisions import forgettable
from insula.policies.places import names_of, sees_of
from insula.policies.resources import DecisionItem, DecisionsAPI, PolicyAPI, VersionItem, named
from insula.policies.shapes import (
    DecisionShape,
    ExplanationShape,
    FlawShape,
    ReportShape,
    VersionShape,
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
    start: SentMoment | None = None
    end: SentMoment | None = None


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


class Checked(TypedDict):
    """What is wrong with a draft."""

    publishable: bool
    flaws: list[FlawShape]


class Erased(TypedDict):
    """How many decisions were erased, and whether there are more."""

    erased: int
    more: bool


class DecisionsQuery(ListQuery):
    """Which decisions a list shows."""

    who: str = Field(default="", description="An account, or visitors.")
    type: str = ""
    thing: str = ""
    rule: str = ""
    action: str = ""
    answer: str = Field(default="", description="allow or deny")
    start: str = Field(default="", alias="time[gte]", description="A moment: 2026-03-01T09:30:00Z.")
    end: str = Field(default="", alias="time[lt]", description="A moment: 2026-03-01T09:30:00Z.")


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


def show(context: PolicyAPI, request: Any, policies: Policies = Service) -> VersionShape:
    """Return the version in force."""
    return _made(request, policies.current())


def check(request: Any, body: Draft, policies: Policies = Service) -> Checked:
    """Return what is wrong with a draft, with line, column and suggestion."""
    text, grid = document(request, body)
    flaws = policies.check(text, grid, sees=sees_of(request))
    return {"publishable": not flaws, "flaws": [flaw_shape(flaw) for flaw in flaws]}


def dry_run(context: PolicyAPI, request: Any, body: Trial, past: DryRun = Service) -> ReportShape:
    """Replay past decisions on a draft and return what would change."""
    if not request.decide(VIEW, context.decisions):
        raise Refused(NOT_YOURS)
    text, grid = document(request, body)
    report = past.run(text, grid, last=body.last, start=body.start, end=body.end)
    return report_shape(report, sees=names_of(request, context))


def explain(
    request: Any, body: Annotated[dict[str, Any], Body(schema=Asked)], explain: Explain = Service
) -> ExplanationShape:
    """Answer a request that nobody has sent, by the policy in force or by a draft, and say why."""
    sees = sees_of(request)
    asked = read(body)
    question = made_up(request, asked, sees=sees)
    found = explain.made_up(question, sees=sees, text=asked.text, grid=asked.grid)
    return explanation_shape(found, sees=sees)


def publish(
    context: PolicyAPI,
    request: Any,
    body: Publication,
    if_match: IfMatch,
    policies: Policies = Service,
    drafts: PolicyDrafts = Service,
) -> VersionShape:
    """Put a draft in force instead of the version that `If-Match` names."""
    before = policies.current()
    if_match.check(before.number)
    text, grid = document(request, body)
    made = policies.publish(
        text, grid, actor_of(request), body.message, expected=before.number, minutes=body.minutes
    )
    if body.draft is not None:
        drafts.discard(expected=body.draft)
    return _made(request, made)


def confirm(request: Any, if_match: IfMatch, policies: Policies = Service) -> VersionShape:
    """Let the version on trial stay, if it is the one that `If-Match` names."""
    before = policies.current()
    if_match.check(before.number)
    return _made(request, policies.confirm(actor_of(request), before.number))


def give_up(request: Any, if_match: IfMatch, policies: Policies = Service) -> VersionShape:
    """Put the version before the trial in force again, if the one on trial is the one that `If-Match` names."""
    before = policies.current()
    if_match.check(before.number)
    return _made(request, policies.give_up(actor_of(request), before.number))


def versions(
    request: Any, policies: Policies = Service, limit: Annotated[int, Ge(1), Le(MAX_LIMIT)] = 50
) -> Page[VersionShape]:
    """Return the versions, newest first, without their texts."""
    found = policies.history(limit)
    names = named(request, *(each.author for each in found))
    return listing(request, [version_shape(each, names, whole=False) for each in found])


def version(context: VersionItem, request: Any) -> VersionShape:
    """Return one version."""
    found = context.version
    return version_shape(found, named(request, found.author))


def roll_back(
    context: VersionItem, request: Any, body: Return, if_match: IfMatch, policies: Policies = Service
) -> VersionShape:
    """Publish an older version as a new one, instead of the version that `If-Match` names."""
    before = policies.current()
    if_match.check(before.number)
    message = body.message or ""
    return _made(
        request, policies.roll_back(context.version.number, actor_of(request), message, before.number)
    )


def decisions(
    context: DecisionsAPI,
    request: Any,
    query: Annotated[DecisionsQuery, Query()],
    limit: Annotated[int, Ge(1), Le(MAX_LIMIT)] = 100,
    recorded: Decisions = Service,
) -> Page[DecisionShape]:
    """Return one page of the recorded decisions, newest first."""
    given = query.given()
    wanted = filter_of(request, given)
    sees = names_of(request, context)
    page = recorded.page(
        limit=limit,
        after=after_of(request, given, wanted),
        wanted=wanted.wanted,
        sees=sees,
    )
    rows = [decision_shape(each, sees=sees) for each in page.decisions]
    return listing(request, rows, seal(request, page.after, wanted))


def forget(body: Forget, recorded: Decisions = Service) -> Erased:
    """Erase what was recorded about one account."""
    done = recorded.forget(forgettable(body.account))
    return {"erased": done.erased, "more": done.more}


def decision(context: DecisionItem, request: Any, explain: Explain = Service) -> ExplanationShape:
    """Return one decision with the rules that determined it and what they read."""
    names = names_of(request, context)
    found = explain.recorded(context.__name__, sees=sees_of(request), names=names)
    return explanation_shape(found, sees=names)


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


def _made(request: Any, made: PolicyVersion) -> VersionShape:
    etag_of(request, made.number)
    return version_shape(made, named(request, made.author))
