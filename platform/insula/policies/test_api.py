"""The test cases of the policy as JSON."""

from typing import Annotated, Any

from pyramid.config import Configurator
from typing_extensions import TypedDict

from insula.api.interfaces import Answer, Body, IfMatch, Page, Service, checked, etag_of, listing
from insula.events.interfaces import actor_of
from insula.policies.api import Draft, document
from insula.policies.asked import Case, case_of
from insula.policies.places import sees_of
from insula.policies.resources import TestItem
from insula.policies.shapes import ResultShape, TestShape, result_shape, test_shape
from insula.security.interfaces import Policies, PolicyTests
from insula.security.permissions import Action

VIEW, EDIT = Action.VIEW.value, Action.EDIT.value


class Outcome(TypedDict):
    """What a policy says to every case."""

    passed: int
    failed: int
    data: list[ResultShape]


CaseBody = Annotated[dict[str, Any], Body(schema=Case)]


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    for view, context, method, name, permission, rows in (
        ("all_tests", "TestsAPI", "GET", "", VIEW, None),
        ("add", "TestsAPI", "POST", "", EDIT, None),
        ("run", "TestsAPI", "POST", "run", VIEW, "read"),
        ("show", "TestItem", "GET", "", VIEW, None),
        ("change", "TestItem", "PUT", "", EDIT, None),
        ("remove", "TestItem", "DELETE", "", EDIT, None),
    ):
        config.add_endpoint(
            f"insula.policies.test_api.{view}",
            context=f"insula.policies.resources.{context}",
            method=method,
            name=name,
            permission=permission,
            rows=rows,
        )


def all_tests(request: Any, tests: PolicyTests = Service) -> Page[TestShape]:
    """Return the test cases by name."""
    return listing(request, [test_shape(each) for each in tests.all()])


def add(request: Any, body: CaseBody, tests: PolicyTests = Service) -> Annotated[TestShape, Answer(201)]:
    """Keep a test case."""
    case = case_of(request, body, sees=sees_of(request))
    made = tests.add(case, actor_of(request))
    etag_of(request, made.version)
    return test_shape(made)


def run(
    request: Any,
    body: Annotated[dict[str, Any], Body(schema=Draft)],
    tests: PolicyTests = Service,
    policies: Policies = Service,
) -> Outcome:
    """Ask every case of the version in force, or of a draft."""
    if body:
        text, grid = document(request, checked(Draft, body))
    else:
        current = policies.current()
        text, grid = current.text, current.grid
    results = tests.run(text, grid, sees=sees_of(request))
    return {
        "passed": sum(each.passed for each in results),
        "failed": sum(not each.passed for each in results),
        "data": [result_shape(each) for each in results],
    }


def show(context: TestItem, request: Any) -> TestShape:
    """Return one test case."""
    etag_of(request, context.test.version)
    return test_shape(context.test)


def change(
    context: TestItem, request: Any, body: CaseBody, if_match: IfMatch, tests: PolicyTests = Service
) -> TestShape:
    """Put another case in the place of the one that `If-Match` names."""
    if_match.check(context.test.version)
    case = case_of(request, body, sees=sees_of(request))
    made = tests.change(context.test.id, case, actor_of(request), context.test.version)
    etag_of(request, made.version)
    return test_shape(made)


def remove(context: TestItem, request: Any, if_match: IfMatch, tests: PolicyTests = Service) -> None:
    """Forget the test case that `If-Match` names."""
    if_match.check(context.test.version)
    tests.remove(context.test.id, actor_of(request), context.test.version)
