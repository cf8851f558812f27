"""The dry run: the questions of the past, asked again of a draft."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from insula.kit.json import dumps
from insula.records.interfaces import Range, RecordStore, Stream, system_stream
from insula.security.asking import cut_to_token
from insula.security.cedar.engine import CompiledPolicy
from insula.security.cedar.reads import attributes_read, names_somebody
from insula.security.cedar.schema import ACCOUNT, VISITOR, PolicySchema
from insula.security.checking import TenantRules, tenant_rules
from insula.security.interfaces import (
    DECISIONS,
    MAX_REPLAYED,
    Change,
    Decision,
    DryRunReport,
    Grid,
    RecordedDecision,
)
from insula.security.recorded import decode, question_of

if TYPE_CHECKING:
    from pyramid.request import Request

    from insula.security.cedar.engine import Question
    from insula.security.cedar.slices import Slice

EXAMPLES: Final = 20
"""How many decisions of each kind a report shows."""


def dry_run_factory(_context: object, request: Request) -> RecordedDryRun:
    """Return the dry run over the decisions of the request's tenant."""
    stream = system_stream(request.registry, request.tenant_id, DECISIONS)
    store = request.find_service(RecordStore)
    return RecordedDryRun(store, stream, tenant_rules(request))


class RecordedDryRun:
    """Replays the stream `_decisions` of one tenant."""

    def __init__(self, store: RecordStore, stream: Stream, rules: TenantRules) -> None:
        self._store = store
        self._stream = stream
        self._rules = rules

    def run(
        self,
        text: str,
        grid: Grid,
        *,
        last: int = 1_000,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> DryRunReport:
        """Replay the newest `last` decisions of the range; raises Invalid for a text that has flaws."""
        with self._rules.turn():
            return self._replay(text, grid, last=last, start=start, end=end)

    def _replay(
        self, text: str, grid: Grid, *, last: int, start: datetime | None, end: datetime | None
    ) -> DryRunReport:
        draft = self._rules.compile_draft(text, grid)
        limit = max(1, min(last, MAX_REPLAYED))
        records = self._store.read(self._stream, Range(start=start, end=end, limit=limit))
        tally = _Tally()
        replayer = Replayer(draft, self._rules.schema)
        for decision in filter(None, map(decode, records)):
            tally.add(decision, replayer.ask(decision))
        return DryRunReport(
            replayed=tally.replayed,
            same=tally.same,
            newly_denied=tally.counted[0],
            newly_allowed=tally.counted[1],
            unknown=tally.counted[2],
            denied=tally.examples[0],
            allowed=tally.examples[1],
            unclear=tally.examples[2],
            since=records[-1].time if records else None,
            until=records[0].time if records else None,
            more=len(records) == limit,
        )


class _Tally:
    """Adds up what the draft does with each decision."""

    def __init__(self) -> None:
        self.replayed = 0
        self.same = 0
        self.counted = [0, 0, 0]
        self.examples: list[list[Change]] = [[], [], []]

    def add(self, before: RecordedDecision, after: Decision | str) -> None:
        self.replayed += 1
        if isinstance(after, str):
            self._keep(2, Change(before, why=after))
        elif after.allowed == before.allowed:
            self.same += before.weight
        else:
            self._keep(1 if after.allowed else 0, Change(before, after.rules))

    def _keep(self, kind: int, change: Change) -> None:
        self.counted[kind] += change.decision.weight
        if len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(change)


def replay(found: RecordedDecision, policy: CompiledPolicy, schema: PolicySchema) -> Decision | str:
    """Return what a policy says to a recorded question, or why that cannot be known."""
    return Replayer(policy, schema).ask(found)


class Replayer:
    """Asks one policy; questions that its rules cannot tell apart are asked once."""

    def __init__(self, policy: CompiledPolicy, schema: PolicySchema) -> None:
        self._policy = policy
        self._schema = schema
        self._answers: dict[tuple[object, ...], Decision | str] = {}
        self._personal: dict[tuple[str, str, str], bool] = {}

    def ask(self, found: RecordedDecision) -> Decision | str:
        """Return what the policy says, or why that cannot be known."""
        if not found.lineage or (found.action, found.lineage[0].type) not in self._schema.pairs:
            return "There is no such action or type any more."
        kind = VISITOR if found.account_id is None else ACCOUNT
        slice_ = self._policy.slice(kind, found.action, found.lineage[0].type)
        key = (
            found.account_id if self._is_personal(kind, found, slice_) else kind,
            found.kind,
            found.roles,
            found.action,
            found.cut,
            found.schema,
            dumps(found.lineage),
            *(found.context.get(name) for name in sorted(slice_.reads)),
        )
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._decide(found)
        if not isinstance(answer, str) and answer.allowed and found.account_id is not None:
            client = str(found.context["ip"])
            return cut_to_token(answer, found.scopes, found.networks, found.action, client)
        return answer

    def _decide(self, found: RecordedDecision) -> Decision | str:
        question = question_of(found, self._schema.types)
        return _not_recorded(found, question, self._policy, self._schema) or self._policy.decide(question)

    def _is_personal(self, kind: str, found: RecordedDecision, slice_: Slice) -> bool:
        """Say whether any rule that matters could tell one person from another in the same roles."""
        place = (kind, found.action, found.lineage[0].type)
        if place not in self._personal:
            # A thing that is itself an account may be the very person who asks.
            self._personal[place] = any(each.type == ACCOUNT for each in found.lineage) or any(
                names_somebody(self._policy.rules[rule]) for rule in (*slice_.permits, *slice_.forbids)
            )
        return self._personal[place]


def _not_recorded(
    found: RecordedDecision, question: Question, policy: CompiledPolicy, schema: PolicySchema
) -> str | None:
    """Return why the rules that matter cannot be asked, if they read what the record does not hold."""
    slice_ = policy.slice(question.principal[0], question.action, question.lineage[0].type)
    if absent := sorted(slice_.reads - set(found.context)):
        return f"A rule reads context.{absent[0]}, which was not recorded."
    if not found.cut and found.schema == schema.version:
        return None
    read = {
        name
        for rule in (*slice_.permits, *slice_.forbids)
        for variable, name in attributes_read(policy.rules[rule])
        if variable == "resource"
    }
    if found.cut and read:
        return "The thing was too large to be recorded with what is known of it."
    # Another schema may have declared what a record from before it could not hold.
    absent = sorted(read - set(found.lineage[0].attributes))
    return f"A rule reads resource.{absent[0]}, which was not recorded." if absent else None
