"""The statements of entries, built once: one round trip writes any number of new documents."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Table, Text, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from insula.collections.entries.search import vector
from insula.collections.models import EntryRow, EntrySearch, EntryValue, EntryVersion

ENTRY: Final[Table] = EntryRow.__table__  # type: ignore[assignment]  # a mapped class has a Table
VALUE: Final[Table] = EntryValue.__table__  # type: ignore[assignment]  # as above
VERSION: Final[Table] = EntryVersion.__table__  # type: ignore[assignment]  # as above
SEARCH: Final[Table] = EntrySearch.__table__  # type: ignore[assignment]  # as above

_E, _V, _N, _S = ENTRY.c, VALUE.c, VERSION.c, SEARCH.c

COLUMNS: Final = (
    *(_E.id, _E.stage, _E.version, _E.document, _E.author_id, _E.created, _E.changed),
    *(_E.published_at, _E.publish_at, _E.expire_at, _E.schema_version),
)


def _of(columns: Any, entry: str = "id") -> tuple[Any, ...]:
    return (
        columns.tenant_id == bindparam("the_tenant_id"),
        columns.collection_id == bindparam("the_collection_id"),
        columns[entry] == bindparam("the_id"),
    )


def _among(columns: Any, entry: str = "id") -> tuple[Any, ...]:
    return (
        columns.tenant_id == bindparam("the_tenant_id"),
        columns.collection_id == bindparam("the_collection_id"),
        columns.stage.in_(bindparam("the_stages", expanding=True)),
        columns[entry].in_(bindparam("the_ids", expanding=True)),
    )


FIND: Final = select(*COLUMNS).where(*_of(_E), _E.stage == bindparam("the_stage"))
FIND_MANY: Final = select(*COLUMNS).where(*_among(_E)).order_by(_E.id, _E.stage)
LOCK_MANY: Final = FIND_MANY.with_for_update()
# Whoever throws one of these away waits for us, and we for them; whoever edits one does neither.
PRESENT: Final = select(_E.id).where(*_among(_E)).with_for_update(read=True, key_share=True)
DROP: Final = delete(ENTRY).where(*_among(_E))
DROP_VALUES: Final = delete(VALUE).where(*_among(_V, "entry_id"))
DROP_VERSIONS: Final = delete(VERSION).where(*_of(_N, "entry_id"))

_SET: Final = {
    name: bindparam(f"new_{name}", type_=_E[name].type)
    for name in (
        *("version", "document", "schema_version", "changed"),
        *("published_at", "publish_at", "expire_at"),
    )
}
UPDATE: Final = (
    update(ENTRY)
    .where(*_of(_E), _E.stage == bindparam("the_stage"), _E.version == bindparam("the_version"))
    .values(_SET)
)
ADD_VERSION: Final = insert(VERSION)
_updated: Final = UPDATE.returning(_E.version).cte("updated")
# Whoever comes second finds that version kept already; that it is stale, the update tells.
_kept: Final = (
    postgresql.insert(VERSION)
    .values({name: bindparam(f"kept_{name}", type_=_N[name].type) for name in _N.keys()})  # noqa: SIM118  # of columns
    .on_conflict_do_nothing()
)
UPDATE_AND_KEEP: Final = select(_updated.c.version).add_cte(_kept.cte("kept"))
"""The update and its version in one round trip, for PostgreSQL; no row comes back where the version was another."""

DROP_FIELDS: Final = delete(VALUE).where(
    *_of(_V, "entry_id"),
    _V.stage == bindparam("the_stage"),
    _V.field.in_(bindparam("the_fields", expanding=True)),
)
# A constraint that is broken ends a transaction of PostgreSQL: whoever says so on a page has more to read.
ADD_UNCLAIMED: Final = {
    "postgresql": postgresql.insert(VALUE).on_conflict_do_nothing(),
    "sqlite": sqlite.insert(VALUE).on_conflict_do_nothing(),
}
"""Writes keys but those that another entry has taken, by dialect."""
CLAIMED: Final = select(_V.entry_id, _V.field).where(*_among(_V, "entry_id"), _V.taken)

ADD_ENTRIES: Final = insert(ENTRY)
ADD_TERMS: Final = insert(SEARCH)
DROP_TERMS: Final = delete(SEARCH).where(
    _S.tenant_id == bindparam("the_tenant_id"), _S.terms.op("MATCH")(bindparam("the_document", type_=Text()))
)
_terms: Final = postgresql.insert(SEARCH).values(
    {name: bindparam(f"new_{name}") for name in ("tenant_id", "collection_id", "stage", "entry_id")}
    | {"terms": vector(bindparam("new_terms", type_=Text()))}
)
SET_TERMS: Final = _terms.on_conflict_do_update(
    index_elements=[_S.tenant_id, _S.collection_id, _S.stage, _S.entry_id],
    set_={"terms": _terms.excluded.terms},
)

LINKING: Final = (
    select(_V.entry_id)
    .where(
        _V.tenant_id == bindparam("the_tenant_id"),
        _V.collection_id == bindparam("the_collection_id"),
        _V.stage.in_(bindparam("the_stages", expanding=True)),
        _V.field == bindparam("the_field"),
        _V.key.in_(bindparam("the_keys", expanding=True)),
    )
    .distinct()
    .limit(bindparam("the_limit"))
)
VERSIONS: Final = (
    select(_N.version, _N.act, _N.document, _N.author_id, _N.at)
    .where(*_of(_N, "entry_id"), _N.version < bindparam("the_version"))
    .order_by(_N.version.desc())
    .limit(bindparam("the_limit"))
)
DUE: Final = (
    select(_E.tenant_id, _E.collection_id, _E.id, _E.publish_at, _E.expire_at)
    .where((_E.publish_at <= bindparam("the_moment")) | (_E.expire_at <= bindparam("the_moment")))
    .order_by(func.coalesce(_E.publish_at, _E.expire_at), _E.tenant_id, _E.collection_id, _E.id)
    .limit(bindparam("the_limit"))
    .offset(bindparam("the_offset"))
)

_PLACE: Final = "CAST(:tenant_id AS uuid), CAST(:collection_id AS uuid)"
_STAGE: Final = "CAST(:stage AS smallint)"
# One parameter each: writing JSON out and reading it in is many times faster than arrays are, on both sides.
_ENTRIES: Final = """
json_to_recordset(CAST(:entries AS json)) AS r (
    id uuid, version integer, document json, author_id uuid, created timestamptz, changed timestamptz,
    published_at timestamptz, publish_at timestamptz, expire_at timestamptz
)
"""
_WORDS: Final = f"""
INSERT INTO entry_search (tenant_id, collection_id, stage, entry_id, terms)
SELECT {_PLACE}, {_STAGE}, r.id, array_to_tsvector(string_to_array(r.terms, ' '))
FROM json_to_recordset(CAST(:words AS json)) AS r (id uuid, terms text)
"""  # noqa: S608  # every part of it is written above
RESERVE: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:place, 0))")
"""A lock on what is not there yet, for PostgreSQL; SQLite lets one write at a time anyway."""
WRITE: Final = text(
    f"""
WITH entries AS (
    INSERT INTO entry (tenant_id, collection_id, stage, schema_version, id, version, document, author_id,
                       created, changed, published_at, publish_at, expire_at)
    SELECT {_PLACE}, {_STAGE}, CAST(:schema_version AS integer), r.id, r.version, CAST(r.document AS jsonb),
           r.author_id, r.created, r.changed, r.published_at, r.publish_at, r.expire_at
    FROM {_ENTRIES}
), kept AS (
    INSERT INTO entry_version (tenant_id, collection_id, entry_id, version, act, document, author_id, at)
    SELECT {_PLACE}, r.id, r.version, CAST(:act AS text), CAST(r.document AS jsonb), CAST(:actor AS uuid), r.changed
    FROM {_ENTRIES} WHERE CAST(:act AS text) IS NOT NULL
), words AS ({_WORDS}), claimed AS (
    INSERT INTO entry_value (tenant_id, collection_id, stage, entry_id, field, position, key, taken)
    SELECT {_PLACE}, {_STAGE}, r.id, r.field, r.position, r.key, r.taken
    FROM json_to_recordset(CAST(:keys AS json))
         AS r (id uuid, field text, position smallint, key text, taken boolean)
    ON CONFLICT (tenant_id, collection_id, stage, field, key) WHERE taken DO NOTHING
    RETURNING entry_id, field, taken
)
SELECT entry_id, field FROM claimed WHERE taken
"""  # noqa: S608  # every part of it is written above
)
"""Any number of new documents in one round trip, for PostgreSQL; gives back the unique values that were still free."""

REWORD: Final = text(
    f"{_WORDS} ON CONFLICT (tenant_id, collection_id, stage, entry_id) DO UPDATE SET terms = excluded.terms"
)
"""The words of any number of documents anew, for PostgreSQL; a document without words is found by none."""
