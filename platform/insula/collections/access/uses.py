"""What of the access policy hangs on a collection: told before its schema changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from insula.collections.access.types import entries_type, type_name
from insula.collections.interfaces.schemas import Collections, Effect
from insula.security.interfaces import RuleUses

if TYPE_CHECKING:
    from insula.collections.interfaces.schemas import Collection, CollectionDocument


def rules_naming(request: Any, collection: str, field: str) -> Sequence[str]:
    """Return the rules in force that name a field of a collection."""
    uses: RuleUses = request.find_service(RuleUses)
    return uses.naming(type_name(collection), field, {("Field", f"{collection}.{field}")})


def rules_about(request: Any, info: Collection) -> Sequence[str]:
    """Return the rules in force that name a collection, its entries or any of its fields."""
    uses: RuleUses = request.find_service(RuleUses)
    fields = {("Field", f"{info.name}.{name}") for name in info.fields}
    return uses.naming(type_name(info.name), None, {("Collection", info.name), *fields})


def rules_broken(request: Any, before: Collection, document: CollectionDocument) -> list[Effect]:
    """Return what a change of a collection does to the rules in force, as losses that have to be confirmed.

    A rule that has a flaw afterwards goes on as it can: what it reads and does not find counts as an error, so that a
    permit permits nothing and a forbid forbids.
    """
    names = {info.name for info in request.find_service(Collections).all()}
    later = {field.name for field in document.fields}
    lost = [field.name for field in before.document.fields if field.name not in later]
    gone = {("Field", f"{before.name}.{name}") for name in lost}
    uses: RuleUses = request.find_service(RuleUses)
    told = {
        rule: f"It would be in error: {message}"
        for rule, message in uses.broken([entries_type(replace(before, document=document), names)], gone)
    }
    for name in lost:
        for rule in rules_naming(request, before.name, name):
            told.setdefault(rule, f"It speaks of {name}, which would be gone.")
    return [Effect("lose", f"rule {rule}", text) for rule, text in sorted(told.items())]
