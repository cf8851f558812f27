"""All entries that a question finds, as the text of a file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from insula.collections.transfer.formats import Format, csv_text, ndjson_text
from insula.kit.errors import FieldError, Malformed

if TYPE_CHECKING:
    from insula.collections.interfaces.queries import Queries, Question
    from insula.collections.interfaces.schemas import Collection

_BATCH: Final = 500


def exported(queries: Queries, info: Collection, question: Question, format_: Format) -> Iterator[bytes]:
    """Yield the file piece by piece; what is wrong with the question is raised before the first."""
    if format_ == "csv" and question.expand:
        wrong = FieldError("expand", "A table has no place for what is linked to; use format=ndjson.")
        raise Malformed("The query cannot be read.", errors=[wrong])
    # Names are looked at although there may be no entries.
    queries.texts(question, [])
    texts = _texts(queries, question)
    if format_ == "ndjson":
        return ndjson_text(texts)
    readable = queries.readable(info.name)
    fields = question.fields or tuple(name for name in info.fields if name in readable)
    return csv_text(texts, fields)


def _texts(queries: Queries, question: Question) -> Iterator[bytes]:
    entries = queries.each(question)
    while batch := list(islice(entries, _BATCH)):
        yield from queries.texts(question, batch)
