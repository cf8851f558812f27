"""Entries in and out over the API, as CSV or NDJSON."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO, TYPE_CHECKING, Annotated, Any, Final

from pydantic import BaseModel, Field
from pyramid.response import FileIter, Response
from typing_extensions import TypedDict

from insula.api.interfaces import Answer, Body, Query, Service
from insula.collections.entries.acts import author_of, keep, permit_of
from insula.collections.entries.resources import EntriesAPI, reading_stage
from insula.collections.interfaces.entries import Entries
from insula.collections.queries.api import StageName
from insula.collections.queries.grammar import question_of
from insula.collections.queries.services import queries_of
from insula.collections.settings import CollectionsSettings
from insula.collections.transfer.exporting import ExportSight, exported
from insula.collections.transfer.formats import MEDIA, Format, lines_of
from insula.collections.transfer.importing import Importer, Outcome, batches, bounded
from insula.kit.errors import Invalid, TooLarge, UnsupportedMedia
from insula.kit.json import dumps
from insula.kit.settings import settings_of

if TYPE_CHECKING:
    from pyramid.config import Configurator

_IN_MEMORY: Final = 1 << 20


class LineError(TypedDict):
    """What is wrong with a line."""

    line: int
    path: str
    detail: str


class OutcomeShape(TypedDict):
    """What became of the lines of a file."""

    created: int
    refused: int
    errors: list[LineError]


class ExportQuery(BaseModel):
    """What may be asked of an export beside filters on the fields of entries."""

    format: Format = "csv"
    stage: StageName = "live"
    q: str = Field(default="", description="Words, each of which begins one in a searchable field.")
    sort: str = Field(default="", description="Fields, downwards with a minus: `state,-latitude`.")
    fields: str = Field(default="", description="The fields to write: `iata,name`.")
    expand: str = Field(default="", description="Links to follow, in NDJSON: `country`.")


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    config.add_endpoint(export_entries, context=EntriesAPI, method="GET", name="export", permission="export")
    config.add_endpoint(import_entries, context=EntriesAPI, method="POST", name="import", permission="view")


def export_entries(
    context: EntriesAPI,
    request: Any,
    asked: Annotated[ExportQuery, Query()],
    query: Mapping[str, str],
) -> Annotated[Response, Answer(media="text/csv"), Answer(media="application/x-ndjson")]:
    """Write all entries that the caller may view and export, filtered as a list is, as CSV or as lines of JSON."""
    queries = queries_of(request, ExportSight(request))
    given = {"q": asked.q, "sort": asked.sort, "fields": asked.fields, "expand": asked.expand}
    question = question_of(context.info.name, {**query, **given}, stage=reading_stage(request, context.info))
    # Read whole before it is sent, so that no connection to the database waits for a slow reader.
    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # closed when it has been sent
    try:
        for text in exported(queries, context.info, question, asked.format):
            file.write(text)
    except BaseException:
        file.close()
        raise
    length = file.tell()
    file.seek(0)
    answer = Response(content_type=MEDIA[asked.format], app_iter=FileIter(file))
    answer.charset = "utf-8"
    answer.content_length = length
    answer.content_disposition = f'attachment; filename="{context.info.name}.{asked.format}"'
    return answer


def import_entries(
    context: EntriesAPI,
    request: Any,
    *,
    body: Annotated[IO[bytes], Body(*MEDIA.values(), schema={"type": "string"}, raw=True)],
    whole: bool = True,
    dry_run: bool = False,
    entries: Entries = Service,
) -> Annotated[bytes, Answer(schema=OutcomeShape)]:
    """Make an entry of each line of the body, CSV with a header or NDJSON; `whole=false` keeps those that fit."""
    limits = settings_of(request.registry, CollectionsSettings)
    format_ = next((name for name, media in MEDIA.items() if media == request.content_type), None)
    if format_ is None or request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMedia(f"Send {' or '.join(MEDIA.values())}, without Content-Encoding.")
    permit = permit_of(request, context)
    fields = {name: context.info.fields[name] for name in permit.fields(context.info)}
    importer = Importer(entries, context.info.name, author_of(request), permit)
    outcome = Outcome()
    lines = _bounded(body, limits.import_bytes)
    entered = bounded(lines_of(format_, lines, fields), limits.import_lines)
    for batch in batches(entered, limits.import_batch):
        outcome.add(importer.take(batch))
    if outcome.refused and (whole or not outcome.created):
        raise Invalid(f"{outcome.refused:,} of {outcome.lines:,} lines do not fit.", errors=outcome.errors)
    keep(request, dry_run=dry_run)
    told = [{"line": each.line, "path": each.path, "detail": each.detail} for each in outcome.errors]
    return dumps({"created": outcome.created, "refused": outcome.refused, "errors": told})


def _bounded(file: Iterable[bytes], most: int) -> Iterator[bytes]:
    read = 0
    for line in file:
        read += len(line)
        if read > most:
            raise TooLarge(f"At most {most:,} bytes. Send the file in parts, or use `insula entries import`.")
        yield line
