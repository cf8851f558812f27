"""The words of entries that a change of their collection has rewritten."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from insula.collections.entries import statements as sql
from insula.collections.entries.search import own_query, place_of, searchable, terms_of
from insula.collections.interfaces.schemas import Collection, Rewritten
from insula.db.work import TenantSession
from insula.kit.json import dumps


def reword(session: TenantSession, collection: Collection, rewritten: Sequence[Rewritten]) -> None:
    """Write the words of these documents anew."""
    fields = searchable(collection)
    for stage in sorted({each.stage for each in rewritten}):
        here = [each for each in rewritten if each.stage == stage]
        place = place_of(session.tenant_id, collection.id, stage)
        terms = [
            terms_of(fields, each.values, place=place, entry_id=each.id, stage=stage) if fields else ""
            for each in here
        ]
        write = _many if session.dialect.name == "postgresql" else _each
        write(session, collection, stage, [each.id for each in here], terms)


def _many(
    session: TenantSession, collection: Collection, stage: int, ids: list[Any], terms: list[str]
) -> None:
    given = {
        "tenant_id": session.tenant_id,
        "collection_id": collection.id,
        "stage": stage,
        "words": dumps([{"id": each, "terms": text} for each, text in zip(ids, terms, strict=True)]).decode(),
    }
    sql.REWORD.count(session, given)


def _each(
    session: TenantSession, collection: Collection, stage: int, ids: list[Any], terms: list[str]
) -> None:
    tenant_id = session.tenant_id
    gone = [{"the_tenant_id": tenant_id, "the_document": own_query(each, stage)} for each in ids]
    sql.DROP_TERMS.count(session, gone)
    kept = [
        {
            "tenant_id": tenant_id,
            "collection_id": collection.id,
            "stage": stage,
            "entry_id": each,
            "terms": text,
        }
        for each, text in zip(ids, terms, strict=True)
        if text
    ]
    if kept:
        sql.ADD_TERMS.count(session, kept)
