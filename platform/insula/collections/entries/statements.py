"""The statements of entries, built once: one round trip writes any number of new documents."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Table, Text, bindparam, delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from insula.collections.entries.search import vector
from insula.collections.models import EntryRow, EntrySearch, EntryValue, EntryVersion
from insula.db.prepared import Prepared

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


FIND: Final = Prepared(select(*COLUMNS).where(*_of(_E), _E.stage == bindparam("the_stage")))
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
UPDATE: Final = Prepared(
    update(ENTRY)
    .where(*_of(_E), _E.stage == bindparam("the_stage"), _E.version == bindparam("the_version"))
    .values(_SET)
)
ADD_VERSION: Final = Prepared(insert(VERSION))
DROP_FIELDS: Final = delete(VALUE).where(
    *_of(_V, "entry_id"),
    _V.stage == bindparam("the_stage"),
    _V.field.in_(bindparam("the_fields", expanding=True)),
)
# A constraint that is broken ends a transaction of PostgreSQL: whoever says so on a page has more to read.
ADD_UNCLAIMED: Final = {
    "postgresql": Prepared(postgresql.insert(VALUE).on_conflict_do_nothing()),
    "sqlite": Prepared(sqlite.insert(VALUE).on_conflict_do_nothing()),
}
"""Writes keys but those that another entry has taken, by dialect."""
CLAIMED: Final = select(_V.entry_id, _V.field).where(*_among(_V, "entry_id"), _V.taken)

ADD_ENTRIES: Final = Prepared(insert(ENTRY))
ADD_TERMS: Final = Prepared(insert(SEARCH))
DROP_TERMS: Final = Prepared(
    delete(SEARCH).where(
        _S.tenant_id == bindparam("the_tenant_id"),
        _S.terms.op("MATCH")(bindparam("the_document", type_=Text())),
    )
)
_terms: Final = postgresql.insert(SEARCH).values(
    {name: bindparam(f"new_{name}") for name in ("tenant_id", "collection_id", "stage", "entry_id")}
    | {"terms": vector(bindparam("new_terms", type_=Text()))}
)
SET_TERMS: Final = Prepared(
    _terms.on_conflict_do_update(
        index_elements=[_S.tenant_id, _S.collection_id, _S.stage, _S.entry_id],
        set_={"terms": _terms.excluded.terms},
    )
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
_OF_TENANT: Final = "rows of the tenant of this session"
# Writing JSON out and reading it in is many times faster than arrays are, on both sides.
_WORDS: Final = f"""
INSERT INTO entry_search (tenant_id, collection_id, stage, entry_id, terms)
SELECT {_PLACE}, {_STAGE}, r.id, array_to_tsvector(string_to_array(r.terms, ' '))
FROM json_to_recordset(CAST(:words AS json)) AS r (id uuid, terms text)
"""  # noqa: S608  # every part of it is written above
# What looks for a conflict costs twice as much, so that only keys do which nobody else may have.
_KEYS: Final = f"""
INSERT INTO entry_value (tenant_id, collection_id, stage, entry_id, field, position, key, taken)
SELECT {_PLACE}, {_STAGE}, r.id, r.field, r.position, r.key, r.taken FROM keys AS r
"""  # noqa: S608  # as above
RESERVE: Final = Prepared(
    text("SELECT pg_advisory_xact_lock(hashtextextended(:place, 0))"), reason="a lock of one entry alone"
)
"""A lock on what is not there yet, for PostgreSQL; SQLite lets one write at a time anyway."""
WRITE: Final = Prepared(
    text(
        f"""
WITH entries AS MATERIALIZED (
    SELECT * FROM json_to_recordset(CAST(:entries AS json)) AS r (
        id uuid, version integer, document jsonb, author_id uuid, created timestamptz, changed timestamptz,
        published_at timestamptz, publish_at timestamptz, expire_at timestamptz
    )
), keys AS MATERIALIZED (
    SELECT CAST(id AS uuid), field, CAST(position AS smallint), key, CAST(taken AS boolean) FROM ROWS FROM (
        json_array_elements_text(CAST(:key_ids AS json)), json_array_elements_text(CAST(:fields AS json)),
        json_array_elements_text(CAST(:positions AS json)), json_array_elements_text(CAST(:keys AS json)),
        json_array_elements_text(CAST(:taken AS json))
    ) AS r (id, field, position, key, taken)
), added AS (
    INSERT INTO entry (tenant_id, collection_id, stage, schema_version, id, version, document, author_id,
                       created, changed, published_at, publish_at, expire_at)
    SELECT {_PLACE}, {_STAGE}, CAST(:schema_version AS integer), r.id, r.version, r.document, r.author_id,
           r.created, r.changed, r.published_at, r.publish_at, r.expire_at
    FROM entries AS r
), kept AS (
    INSERT INTO entry_version (tenant_id, collection_id, entry_id, version, act, document, author_id, at)
    SELECT {_PLACE}, r.id, r.version, CAST(:act AS text), r.document, CAST(:actor AS uuid), r.changed
    FROM entries AS r WHERE CAST(:act AS text) IS NOT NULL
), words AS ({_WORDS}), plain AS ({_KEYS} WHERE NOT r.taken), claimed AS (
    {_KEYS} WHERE r.taken
    ON CONFLICT (tenant_id, collection_id, stage, field, key) WHERE taken DO NOTHING
    RETURNING entry_id, field
)
SELECT id, field FROM keys WHERE taken EXCEPT SELECT entry_id, field FROM claimed
"""  # noqa: S608  # every part of it is written above
    ),
    reason=_OF_TENANT,
)
"""Any number of new documents in one round trip, for PostgreSQL; gives back which unique values were taken."""

UPDATE_AND_KEEP: Final = Prepared(
    text(
        """
WITH updated AS (
    UPDATE entry SET version = :new_version, document = CAST(:new_document AS jsonb), changed = :new_changed,
                     schema_version = :new_schema_version, published_at = :new_published_at,
                     publish_at = :new_publish_at, expire_at = :new_expire_at
    WHERE tenant_id = :the_tenant_id AND collection_id = :the_collection_id AND stage = :the_stage AND id = :the_id
          AND version = :the_version
    RETURNING tenant_id, collection_id, id, version, document
)
INSERT INTO entry_version (tenant_id, collection_id, entry_id, version, act, document, author_id, at)
SELECT tenant_id, collection_id, id, version, CAST(:act AS text), document, CAST(:actor AS uuid),
       CAST(:at AS timestamptz)
FROM updated RETURNING version
"""
    ),
    reason=_OF_TENANT,
)
"""The update and its version in one round trip, for PostgreSQL; no row comes back where the version was another."""

REWORD: Final = Prepared(
    text(
        f"{_WORDS} ON CONFLICT (tenant_id, collection_id, stage, entry_id) DO UPDATE SET terms = excluded.terms"
    ),
    reason=_OF_TENANT,
)
"""The words of any number of documents anew, for PostgreSQL; a document without words is found by none."""
