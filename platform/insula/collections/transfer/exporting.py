"""All entries that a question finds, as the text of a file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, true

from insula.collections.queries.sight import CallerSight
from insula.collections.transfer.formats import Format, csv_text, ndjson_text
from insula.kit.errors import FieldError, Malformed
from insula.security.interfaces import RowFilter

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from insula.collections.interfaces.entries import Entry
    from insula.collections.interfaces.queries import Queries, Question
    from insula.collections.interfaces.schemas import Collection

_BATCH: Final = 500


class ExportSight(CallerSight):
    """Sees what may be viewed and taken out as well, of each collection that is written or followed to."""

    def rows(self, info: Collection, row: Any) -> RowFilter:
        """Ask the policy for both acts with the row left open."""
        viewed, taken = super().rows(info, row), self._rows("export", info, row)
        if taken.exact and taken.where.compare(true()):
            return viewed
        return RowFilter(and_(viewed.where, taken.where), exact=viewed.exact and taken.exact)

    def shown(self, info: Collection, entries: Iterable[Entry]) -> list[Entry]:
        """Ask the policy about each for both acts."""
        return self._allowed("export", info, super().shown(info, entries))


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
