"""Every operation of the demonstration's OpenAPI documents, exercised over HTTP with what its schemas allow and forbid."""

import re
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from waitress.server import create_server

from insula.demo.loader import load
from insula.demo.plans import CONSOLE, FLIGHTS
from insula.tenancy.interfaces import find_tenant
from tests.installations import install
from tests.makers import PASSWORD, TenantHandle

pytestmark = pytest.mark.long

EXAMPLES = {GenerationMode.POSITIVE: 4, GenerationMode.NEGATIVE: 3}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
ORDER = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What can shut the caller out comes last.
LAST = ("/api/policy/publish", "/api/features", "/api/settings")


class Caller:
    """An owner with an administration token, over HTTP."""

    def __init__(self, handle: TenantHandle, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.session = requests.Session()
        token = handle.token("owner", elevated=True)
        self.session.headers.update({"Host": handle.host, "Authorization": f"Bearer {token}"})
        self.own = {token.removeprefix("insula_").partition("_")[0], token}
        self.own |= {each["owner"]["id"] for each in self.get("/api/tokens?owner=me")["data"]}
        self.own |= {each["id"] for each in self.get("/api/tokens?owner=me")["data"]}

    def get(self, path: str) -> Any:
        """Return what is answered, or nothing where it is refused."""
        answer = self.session.get(f"{self.base}{path}")
        self.etag = answer.headers.get("ETag")
        return answer.json() if answer.ok and "json" in answer.headers["Content-Type"] else {"data": []}

    def real(self, path: str) -> dict[str, str] | None:
        """Return names for the placeholders of an address that lead to something, if there is anything."""
        values: dict[str, str] = {}
        for placeholder in re.finditer(r"\{(\w+)\}", path):
            above = path[: placeholder.start()].rstrip("/").format(**values)
            name = placeholder[1]
            found = [str(each.get(name, each.get("id"))) for each in self.get(above).get("data", ())]
            mine = [each for each in found if each not in self.own]
            if not mine:
                return None
            values[name] = mine[-1]
        return values


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The demonstration, served."""
    made = install("sqlite", tmp_path_factory.mktemp("schemathesis"))
    for plan in (FLIGHTS, CONSOLE):
        load(made.registry, plan, lambda _email: PASSWORD, lambda _count: None)
    server = create_server(made.app, host="127.0.0.1", port=0, threads=2, url_scheme="https")
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield lambda name: Caller(TenantHandle(made, find_tenant(made.registry, name)), server.effective_port)
    server.close()
    server.task_dispatcher.shutdown()
    thread.join(10)
    made.close()


@pytest.mark.parametrize("name", [FLIGHTS.name, CONSOLE.name])
def test_every_operation_answers_as_it_is_described(
    demonstration: Any, name: str, capsys: pytest.CaptureFixture[str]
):
    caller = demonstration(name)
    schema = schemathesis.openapi.from_dict(caller.get("/api/openapi.json"))
    operations = sorted((each.ok() for each in schema.get_all_operations()), key=place)
    assert len(operations) > 80
    failures, told = [], []
    for operation in operations:
        statuses, wrong = exercised(caller, operation)
        failures += wrong
        counted = " ".join(f"{status}x{count}" for status, count in sorted(statuses.items()))
        told.append(f"  {operation.method.upper():6} {operation.path:60} {counted}")
        assert statuses, f"{operation.method} {operation.path} was never called"
    with capsys.disabled():
        print(f"\n{len(operations)} operations of {name} exercised by schemathesis:", *told, sep="\n")
    assert not failures, "\n\n".join(failures)


def place(operation: Any) -> tuple[bool, int, str]:
    return operation.path.startswith(LAST), ORDER.index(operation.method.upper()), operation.path


def exercised(caller: Caller, operation: Any) -> tuple[Counter[int], list[str]]:
    """Call an operation with what fits and what does not; return the statuses, and what was not as described."""
    statuses: Counter[int] = Counter()
    failures: dict[str, str] = {}
    real = caller.real(operation.path) if "{" in operation.path else {}
    if real:
        caller.get(operation.path.format(**real))
    etag = caller.etag if "{" in operation.path else None

    def call(case: Any) -> None:
        # Half of the calls are about what there is, in the version that there is.
        if real is not None and sum(statuses.values()) % 2 == 0:
            case.path_parameters = dict(real)
            if etag:
                case.headers = {**(case.headers or {}), "If-Match": etag}
        # Who asks is never what is wrong, or little else would be asked at all.
        case.headers = {**(case.headers or {}), "Authorization": caller.session.headers["Authorization"]}
        response = case.call(base_url=caller.base, session=caller.session)
        statuses[response.status_code] += 1
        try:
            case.validate_response(response, checks=CHECKS)
        except (Failure, FailureGroup, AssertionError) as error:
            failures.setdefault(str(error)[:300], f"{operation.method} {operation.path}: {error}"[:2_000])

    for mode, examples in EXAMPLES.items():
        bounded = settings(
            max_examples=examples,
            database=None,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        try:
            bounded(given(operation.as_strategy(generation_mode=mode))(call))()
        except Unsatisfiable:
            # Nothing wrong can be sent where nothing is taken.
            assert mode is GenerationMode.NEGATIVE
    return statuses, list(failures.values())
