"""A decision as a record: everything that is needed to ask the same question again, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from insula.kit.ids import is_uuid7, millis_of, uuid7, uuid7_at
from insula.kit.json import dumps, loads
from insula.records.interfaces import NewRecord, Record
from insula.security.cedar.context import Context, instant
from insula.security.cedar.engine import Question
from insula.security.cedar.entities import fits
from insula.security.cedar.schema import ACCOUNT, VISITOR, PolicySchema
from insula.security.interfaces import ANY_SCOPE, Decision, Identity, RecordedDecision
from insula.tree.interfaces import PolicyEntity

if TYPE_CHECKING:
    from insula.security.cedar.entities import Entity
    from insula.security.interfaces import PolicyType

MAX_LINEAGE: Final = 4096
"""Bytes of a lineage with its attributes; a longer one is recorded without them and marked as cut."""

_LONGEST_ID: Final = 256
_LONGEST_PATH: Final = 200


@dataclass(frozen=True, slots=True)
class Taken:
    """One enforced decision, as cheaply as it can be put aside during a request."""

    question: Question
    decision: Decision
    identity: Identity | None
    version: int
    schema: PolicySchema
    path: str = ""


def record_id(decision_id: str) -> UUID:
    """Return where the record of a decision lies: its time is that of the request, the rest follows from its name."""
    try:
        request_id = UUID(decision_id.rpartition("-")[0])
    except ValueError:
        return uuid7()
    if not is_uuid7(request_id):
        return uuid7()
    return uuid7_at(millis_of(request_id), sha256(b"insula decision" + decision_id.encode()).digest()[:10])


def encode(taken: Taken, weight: int) -> NewRecord:
    """Return the record of a decision."""
    question, decision, identity = taken.question, taken.decision, taken.identity
    lineage, cut = _lineage(question.lineage, taken.schema.types)
    context = question.context
    body = {
        "decision": decision.id,
        "weight": weight,
        "principal": {
            "account": None if identity is None else str(identity.account_id),
            "kind": None if identity is None else identity.kind,
            "name": None if identity is None else identity.name,
            "roles": sorted(question.roles),
            "scopes": [ANY_SCOPE] if identity is None else sorted(identity.scopes),
            "networks": [] if identity is None else list(identity.networks),
        },
        "action": question.action,
        "lineage": lineage,
        "cut": cut,
        "context": {
            "ip": context.ip,
            "scheme": context.scheme,
            "mfa": context.mfa,
            "elevated": context.elevated,
            "age": context.age,
            "now": instant(context.now),
            "method": context.method,
        },
        "allowed": decision.allowed,
        "rules": list(decision.rules),
        "unmet": list(decision.unmet),
        "path": taken.path[:_LONGEST_PATH],
        "version": taken.version,
        "schema": taken.schema.version,
    }
    return NewRecord(id=record_id(decision.id), series="", body=dumps(body))


def decode(record: Record) -> RecordedDecision | None:
    """Return the decision of a record, or None where it was erased."""
    if record.redacted:
        return None
    body = loads(record.body)
    who, lineage = body["principal"], body["lineage"]
    return RecordedDecision(
        id=body["decision"],
        record=record.id,
        at=record.time,
        weight=body["weight"],
        account_id=who["account"],
        kind=who["kind"],
        name=who["name"],
        roles=frozenset(who["roles"]),
        scopes=frozenset(who["scopes"]),
        networks=tuple(who["networks"]),
        action=body["action"],
        lineage=tuple(PolicyEntity(each["type"], each["id"], each["attributes"]) for each in lineage),
        cut=body["cut"],
        # A decision recorded without it was made when no token could be elevated.
        context={"elevated": False, **body["context"]},
        allowed=body["allowed"],
        rules=tuple(body["rules"]),
        unmet=tuple(body["unmet"]),
        version=body["version"],
        schema=body["schema"],
        path=body.get("path", ""),
    )


def question_of(found: RecordedDecision, types: Mapping[str, PolicyType]) -> Question:
    """Return the question that was asked, as it can be asked again."""
    visitor = found.account_id is None
    return Question(
        principal=(VISITOR, "anonymous") if visitor else (ACCOUNT, str(found.account_id)),
        roles=found.roles,
        action=found.action,
        lineage=tuple(_restored(entity, types.get(entity.type)) for entity in found.lineage),
        context=context_of(found.context),
        facts={} if visitor else {"kind": found.kind},
    )


def context_of(values: Mapping[str, Any]) -> Context:
    """Return the circumstances as they were recorded."""
    known = dict(values)
    if "now" in known:
        known["now"] = datetime.fromisoformat(known["now"])
    return Context(**known)


def _lineage(lineage: Sequence[Entity], types: Mapping[str, PolicyType]) -> tuple[list[dict[str, Any]], bool]:
    whole = [
        {"type": each.type, "id": each.id, "attributes": _visible(each, types.get(each.type))}
        for each in lineage
    ]
    if len(dumps(whole)) <= MAX_LINEAGE:
        return whole, False
    bare = [{**each, "attributes": {}} for each in whole]
    if len(dumps(bare)) <= MAX_LINEAGE:
        return bare, True
    return [{**bare[0], "id": str(bare[0]["id"])[:_LONGEST_ID]}], True


def _visible(entity: Entity, declared: PolicyType | None) -> dict[str, Any]:
    """Return what rules can read of a resource; a value that does not fit its type is missing to them too."""
    if declared is None:
        return {}
    return {
        name: _plain(entity.attributes[name], kind.removesuffix("?"))
        for name, kind in declared.attributes.items()
        if name in entity.attributes and fits(entity.attributes[name], kind)
    }


def _plain(value: Any, kind: str) -> Any:
    if kind in {"Bool", "Long", "String"}:
        return value
    if kind == "datetime":
        return instant(value.astimezone(UTC))
    if kind.startswith("Set<"):
        return [_plain(each, kind.removeprefix("Set<").removesuffix(">")) for each in value]
    # A link is the id of what it points at; decimals and addresses are read from text again.
    return str(getattr(value, "id", value))


def _restored(entity: PolicyEntity, declared: PolicyType | None) -> PolicyEntity:
    kinds = {} if declared is None else declared.attributes
    values = {
        name: _typed(value, kinds.get(name, "").removesuffix("?"))
        for name, value in entity.attributes.items()
    }
    return PolicyEntity(entity.type, entity.id, values)


def _typed(value: Any, kind: str) -> Any:
    if kind == "datetime" and isinstance(value, str):
        return datetime.fromisoformat(value)
    if kind.startswith("Set<") and isinstance(value, list):
        return [_typed(each, kind.removeprefix("Set<").removesuffix(">")) for each in value]
    return value
