"""The words of entries: kept with their field before each, so that a hidden field is never searched.

Each document is one list of terms: `place.field.word` for every word of a searchable field, its place being a short
digest of tenant, collection and stage. SQLite keeps them in FTS5, PostgreSQL in a `tsvector` behind a GIN index; in
both lists of terms those of one place lie together, and whoever searches walks nothing else: however much others have
written, neither their words nor their entries are looked at.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b32encode
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, Text, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR

from insula.collections.interfaces.entries import Stage
from insula.collections.interfaces.schemas import Collection, FieldDocument
from insula.collections.models import EntrySearch

_WORD: Final = re.compile(r"[^\W_]+")
_TAG: Final = re.compile(r"<[^<>]*>")
_LONGEST: Final = 60
_MOST: Final = 10_000
_MOST_BYTES: Final = 500_000
"""Half of what PostgreSQL takes as one vector."""
_PLACE_BYTES: Final = 8
_MOST_ASKED: Final = 20
_SEARCH: Final = EntrySearch.__table__


def words_of(text: str) -> list[str]:
    """Return the words of a text as they are compared: without case and accents.

    >>> words_of("Zürich, São-Paulo")
    ['zurich', 'sao', 'paulo']
    """
    # Accents that stand apart go first: putting a thousand of them in order takes a million steps.
    plain = unicodedata.normalize("NFKD", _without_accents(text.casefold()))
    return [word[:_LONGEST] for word in _WORD.findall(_without_accents(plain))]


def searchable(collection: Collection) -> tuple[FieldDocument, ...]:
    """Return the fields of a collection that are searched."""
    return tuple(field for field in collection.document.fields if field.searchable)


def terms_of(
    fields: Iterable[FieldDocument], values: Mapping[str, Any], *, place: str, entry_id: UUID, stage: int
) -> str:
    """Return the terms of one document, apart by spaces: the first 10,000, of 500 kB together."""
    found: dict[str, None] = {_own(entry_id, stage): None}
    left = _MOST_BYTES
    for field in fields:
        for text in _texts(values.get(field.name)):
            plain = _TAG.sub(" ", text) if field.type == "rich_text" else text
            for word in words_of(plain):
                term = f"{place}.{field.name}.{word}"
                if term in found:
                    continue
                left -= len(term.encode())
                if left < 0 or len(found) >= _MOST:
                    return " ".join(found)
                found[term] = None
    return " ".join(found)


def place_of(tenant_id: UUID, collection_id: UUID, stage: int) -> str:
    """Return what the terms of one stage of a collection begin with, and no others: 13 small letters and digits."""
    digest = sha256(b"%b%b%d" % (tenant_id.bytes, collection_id.bytes, stage)).digest()
    return b32encode(digest[:_PLACE_BYTES]).rstrip(b"=").decode().lower()


def found_by(
    dialect: str,
    *,
    tenant_id: UUID,
    collection: Collection,
    stage: Stage,
    asked: str,
    fields: Iterable[str],
) -> Select[Any] | None:
    """Return a select of the ids of entries in whose given fields every word asked for begins a word.

    None where nothing can be found: there are no words, or no field to search.
    """
    names, words = tuple(fields), words_of(asked)[:_MOST_ASKED]
    if not names or not words:
        return None
    place = place_of(tenant_id, collection.id, stage)
    if dialect == "postgresql":
        query = " & ".join(
            "({})".format(" | ".join(f"'{place}.{name}.{word}':*" for name in names)) for word in words
        )
        # The function repeats the wall: an operator on words may not use an index behind row security.
        hits = func.entry_search_found(cast(bindparam(None, query, Text), TSQUERY)).table_valued("entry_id")
        return select(hits.c.entry_id)
    query = " AND ".join(
        "({})".format(" OR ".join(f'"{place}.{name}.{word}" *' for name in names)) for word in words
    )
    return select(_SEARCH.c.entry_id).where(
        _SEARCH.c.tenant_id == bindparam("search_tenant_id", tenant_id),
        _SEARCH.c.terms.op("MATCH")(query),
    )


def own_query(entry_id: UUID, stage: int) -> str:
    """Return the FTS5 query that finds one document."""
    return f'"{_own(entry_id, stage)}"'


def vector(terms: Any) -> Any:
    """Return terms as the vector that PostgreSQL keeps."""
    return cast(func.array_to_tsvector(func.string_to_array(terms, literal_column("' '"))), TSVECTOR)


def _without_accents(text: str) -> str:
    return text if text.isascii() else "".join(char for char in text if not unicodedata.combining(char))


def _own(entry_id: UUID, stage: int) -> str:
    return f"1{entry_id.hex}{stage}"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
