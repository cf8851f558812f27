"""The test cases of a policy: kept as rows, asked of every draft and of every version before it is published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import func, select

from insula.accounts.interfaces import AccountInfo, Accounts
from insula.db.work import bump
from insula.events.interfaces import Events
from insula.kit.clock import now
from insula.kit.errors import Conflict, FieldError, NotFound, Stale
from insula.security.cedar.schema import ACCOUNT
from insula.security.checking import TenantRules, tenant_rules
from insula.security.events import PolicyTestChanged
from insula.security.explaining import question_for
from insula.security.interfaces import (
    MAX_TESTS,
    Flaw,
    Grid,
    MadeUp,
    Places,
    PolicyTest,
    PolicyTestCase,
    PolicyTestResult,
    Sees,
)
from insula.security.models import PolicyTestRow

if TYPE_CHECKING:
    from pyramid.request import Request

    from insula.security.cedar.engine import CompiledPolicy
    from insula.tree.interfaces import PolicyEntity

VERSION: Final = "policy-test"


def tests_factory(_context: object, request: Request) -> SQLPolicyTests:
    """Return the test cases of the request's tenant."""
    return SQLPolicyTests(
        request.db,
        partial(tenant_rules, request),
        request.find_service(Accounts),
        request.find_service(Places),
        request.find_service(Events),
    )


class SQLPolicyTests:
    """The test cases of the tenant its session is bound to."""

    def __init__(
        self,
        session: Any,
        rules: Callable[[], TenantRules],
        accounts: Accounts,
        places: Places,
        events: Events,
    ) -> None:
        self._session = session
        self._rules = rules
        self._accounts = accounts
        self._places = places
        self._events = events

    def all(self) -> Sequence[PolicyTest]:
        """Return the cases by name."""
        found = select(PolicyTestRow).order_by(PolicyTestRow.name, PolicyTestRow.id)
        return [_frozen(row) for row in self._session.execute(found).scalars()]

    def find(self, test_id: UUID) -> PolicyTest:
        """Return one case, or raise NotFound."""
        return _frozen(self._row(test_id))

    def add(self, case: PolicyTestCase, author: str | None) -> PolicyTest:
        """Keep a case."""
        # Counting up makes whoever adds at the same moment wait, so that there are never too many.
        version = bump(self._session, VERSION)
        if self._session.execute(select(func.count(PolicyTestRow.id))).scalar_one() >= MAX_TESTS:
            raise Conflict(f"There are {MAX_TESTS} test cases already. Remove one first.")
        self._free(case.name)
        row = PolicyTestRow()
        self._session.add(row)
        return self._write(row, case, version, author, "added")

    def change(
        self, test_id: UUID, case: PolicyTestCase, author: str | None, expected: int | None = None
    ) -> PolicyTest:
        """Put another case in its place."""
        version = bump(self._session, VERSION)
        row = self._expected(test_id, expected)
        if row.name != case.name:
            self._free(case.name)
        return self._write(row, case, version, author, "changed")

    def remove(self, test_id: UUID, author: str | None, expected: int | None = None) -> None:
        """Forget a case."""
        bump(self._session, VERSION)
        row = self._expected(test_id, expected)
        self._session.delete(row)
        self._session.flush()
        self._events.emit(PolicyTestChanged(test=row.name, change="removed"), actor=author)

    def run(self, text: str, grid: Grid, *, sees: Sees) -> Sequence[PolicyTestResult]:
        """Ask a policy every case, by name; raises Invalid for a document that has flaws."""
        tests = self.all()
        if not tests:
            return ()
        run = _Run(self._rules().compile_draft(text, grid), self._accounts, self._places, sees)
        return [run.ask(test) for test in tests]

    def failing(self, policy: CompiledPolicy, sees: Sees | None) -> Sequence[Flaw]:
        """Return a flaw, on line 0, for every case that the policy fails; without `sees`, of everything there is."""
        run = _Run(policy, self._accounts, self._places, sees)
        results = [run.ask(test) for test in self.all()]
        return [
            Flaw(0, 0, _said(result), rule=f"tests.{result.test.case.name}")
            for result in results
            if not result.passed
        ]

    def _row(self, test_id: UUID) -> PolicyTestRow:
        wanted = select(PolicyTestRow).where(PolicyTestRow.id == test_id)
        # Read anew: a lock was perhaps waited for since it was read last.
        found = self._session.execute(wanted.execution_options(populate_existing=True))
        row: PolicyTestRow | None = found.scalar_one_or_none()
        if row is None:
            raise NotFound("There is no such test case.")
        return row

    def _expected(self, test_id: UUID, expected: int | None) -> PolicyTestRow:
        row = self._row(test_id)
        if expected is not None and row.version != expected:
            raise Stale("Somebody changed this test case meanwhile.")
        return row

    def _free(self, name: str) -> None:
        taken = select(PolicyTestRow.id).where(PolicyTestRow.name == name)
        if self._session.execute(taken).first() is not None:
            error = FieldError("name", f"Another test case is called {name!r}.")
            raise Conflict("There is a test case of this name.", errors=[error])

    def _write(
        self, row: PolicyTestRow, case: PolicyTestCase, version: int, author: str | None, change: str
    ) -> PolicyTest:
        values = asdict(case)
        row.name, row.allowed = values.pop("name"), values.pop("allowed")
        row.question, row.version, row.author, row.updated_at = values, version, author, now()
        self._session.flush()
        self._events.emit(PolicyTestChanged(test=case.name, change=change), actor=author)
        return _frozen(row)


class _Run:
    """Asks one policy; what several cases speak of is looked up once."""

    def __init__(self, policy: CompiledPolicy, accounts: Accounts, places: Places, sees: Sees | None) -> None:
        self._policy = policy
        self._sees = sees
        self._accounts = accounts
        self._places = places
        self._known: dict[str, Any] = {}

    def ask(self, test: PolicyTest) -> PolicyTestResult:
        case = test.case
        account = self._account(case.account) if case.account else None
        if case.account and account is None:
            return PolicyTestResult(test, None, why="There is no such account any more.")
        lineage = self._lineage(case.on)
        if not lineage:
            return PolicyTestResult(test, None, why=f"There is nothing at {case.on}.")
        question = question_for(
            MadeUp(
                action=case.action,
                lineage=lineage,
                roles=account.roles if account else frozenset(case.roles),
                account_id=case.account,
                kind=account.kind if account else "person",
                scheme=case.scheme,
                ip=case.ip,
                mfa=case.mfa,
                elevated=case.elevated,
            ),
            lineage,
        )
        decision = self._policy.decide(question)
        return PolicyTestResult(test, decision.allowed, decision.rules, " ".join(decision.errors))

    def _account(self, id_: str) -> AccountInfo | None:
        if id_ not in self._known:
            account = self._accounts.by_id(UUID(id_))
            seen = account is not None and self._seen(self._places.of(ACCOUNT, id_))
            self._known[id_] = account if seen else None
        found: AccountInfo | None = self._known[id_]
        return found

    def _lineage(self, place: str) -> Any:
        if place not in self._known:
            found = self._places.find(place)
            if found and not self._seen(found):
                # Of what the asker may not view nothing is known but its name, as of what does not exist.
                found = () if place.startswith("/") else (replace(found[0], attributes={}),)
            self._known[place] = found
        return self._known[place]

    def _seen(self, lineage: Sequence[PolicyEntity]) -> bool:
        return self._sees is None or self._sees(lineage)


def _said(result: PolicyTestResult) -> str:
    case = result.test.case
    wanted = f'The test case "{case.name}" expects {"allow" if case.allowed else "deny"}'
    if result.allowed is None:
        return f"{wanted} and cannot be asked: {result.why}"
    because = f"because of {', '.join(result.rules)}" if result.rules else "since no rule allows it"
    return f"{wanted}; this policy says {'allow' if result.allowed else 'deny'}, {because}."


def _frozen(row: PolicyTestRow) -> PolicyTest:
    values = {**row.question, "roles": tuple(row.question["roles"])}
    case = PolicyTestCase(name=row.name, allowed=row.allowed, **values)
    return PolicyTest(row.id, case, row.version, row.author, row.updated_at)
