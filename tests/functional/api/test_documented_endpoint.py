"""The endpoint that the documentation shows is under ten lines, and works as it says there."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installations import Installation
from tests.makers import TenantHandle

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "endpoints.md"
CODE = re.search(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[1]


@pytest.fixture(scope="module")
def extended(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The installation with the documented extension."""
    folder = tmp_path_factory.mktemp("documented")
    (folder / "documented_endpoint.py").write_text(CODE)
    sys.path.insert(0, str(folder))
    yield installation.another_process(**{"tests.includes": "documented_endpoint"})
    sys.path.remove(str(folder))
    sys.modules.pop("documented_endpoint", None)


def client(extended: Installation, tenant: TenantHandle):
    asking = extended.client(tenant.host)
    asking.authorization = ("Bearer", tenant.token("viewer"))
    return asking


def test_it_is_under_ten_lines():
    lines = [
        line
        for node in ast.parse(CODE).body
        if not isinstance(node, (ast.Import, ast.ImportFrom))
        for line in ast.unparse(node).splitlines()
        if line.strip() and not line.strip().startswith('"""')
    ]
    assert len(lines) < 10


def test_it_answers_each_tenant(extended: Installation, one: TenantHandle, two: TenantHandle):
    for tenant in (one, two):
        answer = client(extended, tenant).get("/api/greetings?name=Ann&times=2")
        assert answer.json == {"text": "Hello, Ann! Hello, Ann!"}


@pytest.mark.parametrize(
    ("query", "path", "said"),
    [
        ("", "name", "This is needed."),
        ("?name=Ann&times=11", "times", "Use a whole number from 1 to 10."),
        ("?name=Ann&tims=2", "tims", "There is no such parameter. Did you mean times?"),
    ],
)
def test_what_is_wrong_is_named(extended: Installation, one: TenantHandle, query: str, path: str, said: str):
    answer = client(extended, one).get(f"/api/greetings{query}", status=400)
    assert answer.json["errors"] == [{"path": path, "detail": said}]


def test_nobody_known_is_refused(extended: Installation, one: TenantHandle):
    extended.client(one.host).get("/api/greetings?name=Ann", status=401)


def test_it_is_in_the_document(extended: Installation, one: TenantHandle):
    found = client(extended, one).get("/api/openapi.json").json
    greet = found["paths"]["/api/greetings"]["get"]
    assert greet["summary"] == "Greet somebody by name."
    assert [(each["name"], each["required"]) for each in greet["parameters"]] == [
        ("name", True),
        ("times", False),
    ]
