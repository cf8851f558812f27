"""The test cases of the policy as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyramid.httpexceptions import HTTPNoContent, HTTPNotModified

from insula.api.interfaces import (
    check_if_match,
    etag_of,
    json_object,
    listing,
    not_modified,
    query_parameters,
)
from insula.events.interfaces import actor_of
from insula.policies.api import Draft, document, sent
from insula.policies.asked import case_of
from insula.policies.places import sees_of
from insula.policies.shapes import result_shape, test_shape
from insula.security.interfaces import Policies, PolicyTests
from insula.security.permissions import Action

if TYPE_CHECKING:
    from pyramid.config import Configurator

    from insula.policies.resources import TestItem, TestsAPI

VIEW, EDIT = Action.VIEW.value, Action.EDIT.value


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


def all_tests(context: TestsAPI, request: Any) -> Any:
    """Return the test cases by name."""
    query_parameters(request, ())
    return listing(request, [test_shape(each) for each in request.find_service(PolicyTests).all()])


def add(context: TestsAPI, request: Any) -> dict[str, Any]:
    """Keep a test case."""
    case = case_of(request, json_object(request), sees=sees_of(request))
    made = request.find_service(PolicyTests).add(case, actor_of(request))
    request.response.status_int = 201
    etag_of(request, made.version)
    return test_shape(made)


def run(context: TestsAPI, request: Any) -> dict[str, Any]:
    """Ask every case of the version in force, or of a draft."""
    body = json_object(request)
    if body:
        text, grid = document(request, sent(request, Draft))
    else:
        current = request.find_service(Policies).current()
        text, grid = current.text, current.grid
    results = request.find_service(PolicyTests).run(text, grid, sees=sees_of(request))
    return {
        "passed": sum(each.passed for each in results),
        "failed": sum(not each.passed for each in results),
        "data": [result_shape(each) for each in results],
    }


def show(context: TestItem, request: Any) -> Any:
    """Return one test case."""
    etag_of(request, context.test.version)
    if not_modified(request):
        return HTTPNotModified(etag=request.response.etag)
    return test_shape(context.test)


def change(context: TestItem, request: Any) -> dict[str, Any]:
    """Put another case in the place of the one that `If-Match` names."""
    check_if_match(request, context.test.version)
    case = case_of(request, json_object(request), sees=sees_of(request))
    tests: PolicyTests = request.find_service(PolicyTests)
    made = tests.change(context.test.id, case, actor_of(request), context.test.version)
    etag_of(request, made.version)
    return test_shape(made)


def remove(context: TestItem, request: Any) -> HTTPNoContent:
    """Forget the test case that `If-Match` names."""
    check_if_match(request, context.test.version)
    tests: PolicyTests = request.find_service(PolicyTests)
    tests.remove(context.test.id, actor_of(request), context.test.version)
    return HTTPNoContent()
