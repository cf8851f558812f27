"""The screens of the test cases: the list with what each is answered, and one to write and change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPSeeOther
from pyramid.renderers import render_to_response
from pyramid.traversal import resource_path

from insula.accounts.interfaces import Roles
from insula.events.interfaces import actor_of
from insula.kit.errors import Conflict, InsulaError, Invalid, Stale
from insula.policies.asked import ELEVATED, VISITOR, called, case_of
from insula.policies.frames import EDIT, READ, VIEW, frame, number, posted
from insula.policies.places import sees_of
from insula.policies.resources import TestScreen, TestsPanel
from insula.security.interfaces import (
    MAX_TESTS,
    PolicyDrafts,
    PolicyTest,
    PolicyTestCase,
    PolicyTestResult,
    PolicyTests,
    Sees,
)
from insula.security.permissions import ACTIONS

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

FIELDS = ("name", "who", "account", "action", "on", "ip", "scheme", "mfa", "expected")


def includeme(config: Configurator) -> None:
    """Register the screens."""
    for view, context, name, method, permission in (
        (listing, TestsPanel, "", READ, VIEW),
        (new, TestsPanel, "new", READ, EDIT),
        (add, TestsPanel, "new", "POST", EDIT),
        (show, TestScreen, "", READ, VIEW),
        (change, TestScreen, "", "POST", EDIT),
        (remove, TestScreen, "remove", "POST", EDIT),
    ):
        config.add_view(view, context=context, name=name, request_method=method, permission=permission)


def listing(context: TestsPanel, request: Any) -> Response:
    """List the cases with what the version in force and the draft say to each."""
    tests: PolicyTests = request.find_service(PolicyTests)
    around = frame(context, request, "tests")
    draft = request.find_service(PolicyDrafts).find()
    flawed = False
    drafted: dict[Any, PolicyTestResult] = {}
    sees = sees_of(request)
    if draft:
        try:
            drafted = {each.test.id: each for each in tests.run(draft.text, draft.grid, sees=sees)}
        except Invalid:
            flawed = True
    current = around["current"]
    rows: list[tuple[PolicyTest, PolicyTestResult | None, PolicyTestResult | None]]
    try:
        rows = [
            (each.test, each, drafted.get(each.test.id))
            for each in tests.run(current.text, current.grid, sees=sees)
        ]
    except Invalid:
        # The policy in force names what is there no more; it still binds, and its cases can still be changed.
        rows = [(test, None, drafted.get(test.id)) for test in tests.all()]
    values = {
        "rows": [
            (test, resource_path(context, str(test.id)), _who(request, test, sees), live, then)
            for test, live, then in rows
        ],
        "draft": draft,
        "flawed": flawed,
        "most": MAX_TESTS,
        "list": resource_path(context),
        **around,
    }
    return render_to_response("insula.policies:templates/tests.jinja2", values, request=request)


def new(context: TestsPanel, request: Any) -> Response:
    """Show an empty case, or one filled in from a decision or from a request that was tried."""
    given = {name: request.GET.get(name, "")[:500] for name in FIELDS}
    given["account"] = _typed(request, given["account"])
    return _form(context, request, given)


def add(context: TestsPanel, request: Any) -> Response:
    """Keep a case."""
    values = {name: posted(request, name).strip() for name in FIELDS}
    try:
        case = _case(request, values)
        request.find_service(PolicyTests).add(case, actor_of(request))
    except (Invalid, Conflict) as error:
        return _form(context, request, values, refusal=error)
    return HTTPSeeOther(location=f"{resource_path(context)}?notice=policy-test-saved")


def show(context: TestScreen, request: Any) -> Response:
    """Show one case to be changed."""
    values = _values(context.test)
    values["account"] = _typed(request, values["account"])
    return _form(context, request, values, test=context.test)


def change(context: TestScreen, request: Any) -> Response:
    """Put another case in its place."""
    values = {name: posted(request, name).strip() for name in FIELDS}
    test = context.test
    try:
        case = _case(request, values)
        request.find_service(PolicyTests).change(test.id, case, actor_of(request), number(request, "version"))
    except (Invalid, Conflict, Stale) as error:
        return _form(
            context, request, values, test=request.find_service(PolicyTests).find(test.id), refusal=error
        )
    return HTTPSeeOther(location=f"{resource_path(context.__parent__)}?notice=policy-test-saved")


def remove(context: TestScreen, request: Any) -> HTTPSeeOther:
    """Forget the case."""
    tests: PolicyTests = request.find_service(PolicyTests)
    tests.remove(context.test.id, actor_of(request), number(request, "version"))
    return HTTPSeeOther(location=f"{resource_path(context.__parent__)}?notice=policy-test-removed")


def _case(request: Any, values: dict[str, str]) -> PolicyTestCase:
    account = values["account"]
    sent = {
        "name": values["name"],
        "expected": values["expected"],
        "action": values["action"],
        "on": values["on"],
        "account": account or None,
        "roles": [] if account else [role.strip() for role in (values["who"] or VISITOR).split(",")],
        "ip": values["ip"],
        "scheme": "token" if values["scheme"] == ELEVATED else values["scheme"] or "session",
        "elevated": values["scheme"] == ELEVATED,
        "mfa": bool(values["mfa"]),
    }
    return case_of(request, sent, sees=sees_of(request))


def _who(request: Any, test: PolicyTest, sees: Sees) -> str:
    account = test.case.account
    return called(request, account, sees=sees) if account else ", ".join(test.case.roles)


def _typed(request: Any, account: str) -> str:
    """Return an account as somebody would type it: by its e-mail, or by its id where that is all there is."""
    known = called(request, account, sees=sees_of(request))
    return known if "@" in known else account


def _values(test: PolicyTest) -> dict[str, str]:
    case = test.case
    return {
        "name": case.name,
        "who": ", ".join(case.roles),
        "account": case.account or "",
        "action": case.action,
        "on": case.on,
        "ip": case.ip,
        "scheme": ELEVATED if case.elevated else case.scheme,
        "mfa": "on" if case.mfa else "",
        "expected": "allow" if case.allowed else "deny",
    }


def _form(
    context: Any,
    request: Any,
    values: dict[str, str],
    *,
    test: PolicyTest | None = None,
    refusal: InsulaError | None = None,
) -> Response:
    roles = [(role.name, role.title) for role in request.find_service(Roles).all()]
    # A case may hold several roles, as nobody can choose here; they are kept as they are.
    several = [(values["who"], values["who"])] if "," in values["who"] else []
    response = render_to_response(
        "insula.policies:templates/test.jinja2",
        {
            "values": values,
            "test": test,
            "refusal": refusal,
            "errors": {each.path: each.detail for each in refusal.errors} if refusal else {},
            "roles": [(VISITOR, "A visitor"), *roles, *several],
            "actions": [(action, action) for action in ACTIONS],
            "list": resource_path(context.__parent__ if test else context),
            **frame(context, request, "tests"),
        },
        request=request,
    )
    if refusal:
        response.status_int = refusal.status
    response.headers["Cache-Control"] = "private, no-store"
    return response
