"""Documents of entries, read and written by the statements of each database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from orjson import Fragment
from sqlalchemy.exc import IntegrityError

from insula.collections.entries import statements as sql
from insula.collections.entries.search import own_query, place_of, searchable, terms_of
from insula.collections.interfaces.entries import Entry, EntryVersion, Stage, working_stage
from insula.collections.interfaces.schemas import Collection
from insula.collections.schemas.check import TAKEN, Checked, Key
from insula.db.work import TenantSession
from insula.kit.errors import Conflict, FieldError, NotFound
from insula.kit.json import dumps

_NO_COLLECTION: Final = "23503"
"""What PostgreSQL calls a reference that leads nowhere."""


class Loaded(NamedTuple):
    """A document as it was read, and the version of the collection that it was written at."""

    entry: Entry
    schema_version: int


@dataclass(frozen=True, slots=True)
class Written:
    """A document to be written, with the keys it is found by."""

    entry: Entry
    checked: Checked


class _Rows(NamedTuple):
    entries: Sequence[Entry]
    keys: Sequence[tuple[UUID, str, int, str, bool]]
    """Entry, field, position, key, and whether nobody else may have it."""
    terms: Mapping[UUID, str]
    act: str | None
    actor: UUID | None


class EntryStore:
    """The documents of the tenant that the session is bound to."""

    def __init__(self, session: TenantSession) -> None:
        self._session = session
        self._tenant_id = session.tenant_id
        self.dialect = session.dialect.name
        self._fast = self.dialect == "postgresql"

    def load(self, info: Collection, stage: Stage, entry_id: UUID) -> Loaded | None:
        """Return one document."""
        listed = sql.FIND.rows(self._session, self._given(info, the_id=entry_id, the_stage=int(stage)))
        return _loaded(info, listed[0]) if listed else None

    def load_many(
        self, info: Collection, ids: Sequence[UUID], *stages: Stage, lock: bool = False
    ) -> list[Loaded]:
        """Return the documents that these entries have in these stages, by id."""
        found = self._run(sql.LOCK_MANY if lock else sql.FIND_MANY, info, the_ids=ids, the_stages=stages)
        return [_loaded(info, row) for row in found]

    def present(self, info: Collection, ids: Iterable[UUID]) -> set[UUID]:
        """Return which of these are entries that may be linked to, and keep them from being thrown away."""
        found = self._run(sql.PRESENT, info, the_ids=list(ids), the_stages=[working_stage(info)])
        return set(found.scalars())

    def reserve(self, info: Collection, entry_id: UUID) -> None:
        """Have whoever makes an entry with the same id wait until the transaction ends, and find ours then."""
        if self._fast:
            place = f"{self._tenant_id}.{info.id}.{entry_id}"
            sql.RESERVE.rows(self._session, {"place": place})

    def write(
        self,
        info: Collection,
        stage: Stage,
        documents: Sequence[Written],
        *,
        act: str | None,
        actor: UUID | None,
    ) -> list[tuple[UUID, str]]:
        """Write new documents, with a version of each where there is an act; return entry and field of what is taken.

        Where something is taken, what was written is not whole and has to be rolled back or dropped.
        """
        fields, place = searchable(info), place_of(self._tenant_id, info.id, stage)
        terms = {
            each.entry.id: terms_of(
                fields, each.checked.values, place=place, entry_id=each.entry.id, stage=int(stage)
            )
            for each in documents
            if fields
        }
        keys = [
            (each.entry.id, key.field, key.position, key.key, key.taken and stage is not Stage.TRASH)
            for each in documents
            for key in each.checked.keys
        ]
        rows = _Rows([each.entry for each in documents], keys, terms, act, actor)
        try:
            return sorted((self._write_many if self._fast else self._write_each)(info, stage, rows))
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", "") != _NO_COLLECTION:
                raise
            raise NotFound("The collection was deleted meanwhile.") from error

    def update(
        self,
        info: Collection,
        before: Loaded,
        after: Entry,
        *,
        act: str,
        actor: UUID | None,
        at: datetime,
    ) -> bool:
        """Write a document over its former version, and keep a version; False where it is another by now."""
        given = self._given(
            info,
            the_id=after.id,
            the_stage=int(after.stage),
            the_version=before.entry.version,
            new_version=after.version,
            new_document=after.text,
            new_schema_version=info.version,
            new_changed=after.changed,
            new_published_at=after.published_at,
            new_publish_at=after.publish_at,
            new_expire_at=after.expire_at,
        )
        if self._fast:
            kept = {"act": act, "actor": actor, "at": at}
            return bool(sql.UPDATE_AND_KEEP.rows(self._session, given | kept))
        if not sql.UPDATE.count(self._session, given):
            return False
        kept = self._place(info, after.stage) | {"entry_id": after.id, "version": after.version, "act": act}
        sql.ADD_VERSION.count(self._session, kept | {"document": after.text, "author_id": actor, "at": at})
        return True

    def rekey(self, info: Collection, entry: Entry, keys: Sequence[Key], names: Sequence[str]) -> None:
        """Write the keys of some indexes of a document anew; raises Conflict where a unique value is taken."""
        place = {"the_id": entry.id, "the_stage": int(entry.stage)}
        self._run(sql.DROP_FIELDS, info, **place, the_fields=names)
        place_of_keys = self._place(info, entry.stage)
        rows = [
            place_of_keys
            | {"entry_id": entry.id, **key._asdict(), "taken": key.taken and entry.stage is not Stage.TRASH}
            for key in keys
            if key.field in names
        ]
        if rows:
            sql.ADD_UNCLAIMED[self.dialect].count(self._session, rows)
        if wanted := {row["field"] for row in rows if row["taken"]}:
            free = self._run(sql.CLAIMED, info, the_ids=[entry.id], the_stages=[entry.stage])
            if clashes := wanted - {row.field for row in free}:
                raise taken((None, name) for name in sorted(clashes))

    def reword(self, info: Collection, entry: Entry, checked: Checked) -> None:
        """Write the words of a document anew."""
        stage = int(entry.stage)
        place = place_of(self._tenant_id, info.id, stage)
        row = {
            "tenant_id": self._tenant_id,
            "collection_id": info.id,
            "stage": stage,
            "entry_id": entry.id,
            "terms": terms_of(searchable(info), checked.values, place=place, entry_id=entry.id, stage=stage),
        }
        if self._fast:
            sql.SET_TERMS.count(self._session, {f"new_{name}": value for name, value in row.items()})
            return
        given = {"the_tenant_id": self._tenant_id, "the_document": own_query(entry.id, stage)}
        sql.DROP_TERMS.count(self._session, given)
        sql.ADD_TERMS.count(self._session, row)

    def drop(self, info: Collection, ids: Sequence[UUID], *stages: Stage) -> None:
        """Delete documents, with their keys and words."""
        self._run(sql.DROP, info, the_ids=ids, the_stages=stages)
        self._run(sql.DROP_VALUES, info, the_ids=ids, the_stages=stages)

    def forget(self, info: Collection, entry_id: UUID) -> None:
        """Delete all versions of an entry."""
        self._run(sql.DROP_VERSIONS, info, the_id=entry_id)

    def linking(self, info: Collection, field: str, ids: Iterable[UUID], *, most: int) -> list[UUID]:
        """Return which entries lead to these by a field, whether published or being worked on."""
        found = self._run(
            sql.LINKING,
            info,
            the_stages=[Stage.LIVE, Stage.DRAFT],
            the_field=field,
            the_keys=[f"1{each.hex}" for each in ids],
            the_limit=most,
        )
        return list(found.scalars())

    def versions(self, info: Collection, entry_id: UUID, *, below: int, limit: int) -> list[EntryVersion]:
        """Return versions, newest first."""
        found = self._run(sql.VERSIONS, info, the_id=entry_id, the_version=below, the_limit=limit)
        return [
            EntryVersion(entry_id, row.version, row.act, row.document, row.author_id, row.at) for row in found
        ]

    def _run(self, statement: Any, info: Collection, **given: Any) -> Any:
        return self._session.connection().execute(statement, self._given(info, **given))

    def _given(self, info: Collection, **given: Any) -> dict[str, Any]:
        return given | {"the_tenant_id": self._tenant_id, "the_collection_id": info.id}

    def _place(self, info: Collection, stage: Stage) -> dict[str, Any]:
        return {"tenant_id": self._tenant_id, "collection_id": info.id, "stage": int(stage)}

    def _write_many(self, info: Collection, stage: Stage, rows: _Rows) -> Iterable[tuple[UUID, str]]:
        entries, keys, terms, act, actor = rows
        key_ids, fields, positions, texts, taken = zip(*keys, strict=True) if keys else ((),) * 5
        given = {
            **self._place(info, stage),
            "schema_version": info.version,
            "act": act,
            "actor": actor,
            "entries": _text([_plain(each) | {"document": Fragment(each.text)} for each in entries]),
            "key_ids": _text(key_ids),
            "fields": _text(fields),
            "positions": _text(positions),
            "keys": _text(texts),
            "taken": _text(taken),
            "words": _text([{"id": entry_id, "terms": each} for entry_id, each in terms.items()]),
        }
        return sql.WRITE.rows(self._session, given)

    def _write_each(self, info: Collection, stage: Stage, rows: _Rows) -> Iterable[tuple[UUID, str]]:
        entries, keys, terms, act, actor = rows
        session, place = self._session, self._place(info, stage)
        written = [
            {**place, "schema_version": info.version, "document": each.text, **_plain(each)}
            for each in entries
        ]
        sql.ADD_ENTRIES.count(session, written)
        if act is not None:
            kept = [
                row | {"entry_id": row["id"], "act": act, "author_id": actor, "at": row["changed"]}
                for row in written
            ]
            sql.ADD_VERSION.count(session, kept)
        if terms:
            words = [place | {"entry_id": entry_id, "terms": each} for entry_id, each in terms.items()]
            sql.ADD_TERMS.count(session, words)
        values = [place | dict(zip(_KEY, key, strict=True)) for key in keys]
        if not values or sql.ADD_UNCLAIMED[self.dialect].count(session, values) == len(values):
            return ()
        ids = [each.id for each in entries]
        free = {tuple(row) for row in self._run(sql.CLAIMED, info, the_ids=ids, the_stages=[stage])}
        return {(entry_id, field) for entry_id, field, _, _, taken in keys if taken} - free


_KEY = ("entry_id", "field", "position", "key", "taken")


def _plain(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "version": entry.version,
        "author_id": entry.author_id,
        "created": entry.created,
        "changed": entry.changed,
        "published_at": entry.published_at,
        "publish_at": entry.publish_at,
        "expire_at": entry.expire_at,
    }


def _text(rows: Any) -> str:
    return dumps(rows).decode()


def taken(clashes: Iterable[tuple[Any, str]]) -> Conflict:
    """Return the error that names unique values that others have, with the place of each entry before its field."""
    errors = [FieldError(name if place is None else f"{place}.{name}", TAKEN) for place, name in clashes]
    return Conflict("A value that has to be unique is taken.", errors=errors)


def found(loaded: Loaded | None) -> Loaded:
    """Return what was loaded; raises NotFound."""
    if loaded is None:
        raise NotFound
    return loaded


def moved(entry: Entry, stage: Stage, **changes: Any) -> Entry:
    """Return an entry as it is in another stage."""
    return replace(entry, stage=stage, **changes)


def _loaded(info: Collection, row: Any) -> Loaded:
    entry = Entry(
        id=row.id,
        collection=info.name,
        stage=Stage(row.stage),
        version=row.version,
        text=row.document,
        author_id=row.author_id,
        created=row.created,
        changed=row.changed,
        published_at=row.published_at,
        publish_at=row.publish_at,
        expire_at=row.expire_at,
    )
    return Loaded(entry, row.schema_version)
