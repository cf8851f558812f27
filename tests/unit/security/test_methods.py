"""A view that names no methods is read only."""

from types import SimpleNamespace

import pytest
from pyramid.exceptions import PredicateMismatch
from pyramid.predicates import RequestMethodPredicate

from insula.security.methods import require_methods


def view(_context, _request):
    return "ran"


def info(*predicates, exception_only=False):
    return SimpleNamespace(predicates=predicates, exception_only=exception_only)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_runs_it(method):
    assert require_methods(view, info())(None, SimpleNamespace(method=method)) == "ran"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_nothing_else_runs_it(method):
    with pytest.raises(PredicateMismatch):
        require_methods(view, info())(None, SimpleNamespace(method=method))


def test_a_view_that_says_its_methods_and_one_that_shows_errors_are_left_alone():
    says = RequestMethodPredicate("POST", None)
    assert require_methods(view, info(says)) is view
    assert require_methods(view, info(exception_only=True)) is view
