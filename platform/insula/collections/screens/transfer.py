"""The screens of a collection's files: taking entries in, tried before anything is kept, and writing them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, get_args

from insula.collections.access.rules import writable_fields
from insula.collections.entries.acts import keep
from insula.collections.interfaces.entries import Entries
from insula.collections.interfaces.queries import Queries
from insula.collections.screens.drawing import READ, register, screen
from insula.collections.screens.filters import OWN, Address, chips
from insula.collections.screens.resources import CollectionPanel
from insula.collections.screens.seeing import acting, may_create
from insula.collections.settings import CollectionsSettings
from insula.collections.transfer.api import ExportQuery, export_entries
from insula.collections.transfer.formats import Format, lines_of
from insula.collections.transfer.importing import Importer, Outcome, batches, bounded
from insula.kit.errors import FieldError, InsulaError, Invalid, Malformed, Refused, TooLarge
from insula.kit.settings import settings_of
from insula.web.interfaces import Upload

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.response import Response

FORM: Final = r"/admin/collections/[a-z0-9_]+/@@import"
REST_OF_FORM: Final = 4 << 20
HELD: Final = 256 * 1024
"""Bytes of a file that the form holds as text after a trial, so that it need not be chosen again."""
_PIECE: Final = 1 << 16
_TITLES: Final = {"csv": "CSV", "ndjson": "NDJSON"}


def includeme(config: Configurator) -> None:
    """Register the screens."""
    limits = settings_of(config.registry, CollectionsSettings)
    config.add_upload_form(FORM, largest=limits.import_bytes + REST_OF_FORM)
    register(
        config,
        (
            (import_form, CollectionPanel, "import", READ, "view"),
            (take, CollectionPanel, "import", "POST", "view"),
            (export, CollectionPanel, "export", READ, "export"),
        ),
    )


def import_form(context: CollectionPanel, request: Any) -> Response:
    """Show the form that takes a file in."""
    if not may_create(context):
        raise Refused("You may look at this collection, but not write entries of it.")
    return _screen(context, request, {"format": "csv", "text": "", "some": False})


def take(context: CollectionPanel, request: Any) -> Response:
    """Try a file, or take it in: all of its lines or, where that is asked for, those that fit."""
    sent, format_ = request.POST, _format(request)
    text, data = _data(request)
    shown: dict[str, Any] = {
        "format": format_,
        "text": text,
        "some": "some" in sent,
        "tried": sent.get("do") != "import",
    }
    try:
        outcome = _taken(context, request, format_, data)
        if not shown["tried"]:
            _check(outcome, some=shown["some"])
    except (Invalid, Malformed, TooLarge, Refused) as error:
        return _screen(context, request, shown, error=error)
    keep(request, dry_run=shown["tried"])
    return _screen(context, request, shown, outcome)


def export(context: Any, request: Any) -> Response:
    """Show what can be written out, or send the file that the address asks for."""
    address = Address.of(request, f"{context.url}/@@export")
    given = {
        name: value for name, value in address.given.items() if name not in {"format", "stage", "fields"}
    }
    queries: Queries = request.find_service(Queries)
    if "format" in request.GET:
        asked = ExportQuery(
            format=_format(request),
            fields=",".join(request.GET.getall("fields")),
            q=given.pop("q", ""),
            sort=given.pop("sort", ""),
        )
        return export_entries(context, request, asked, given)
    readable = queries.readable(context.info.name)
    fields = {field.name: field for field in context.info.document.fields if field.name in readable}
    values = {
        "info": context.info,
        "here": context.url,
        "kept": [pair for pair in address.query if pair[0] not in {*OWN, "format", "stage", "fields"}],
        "chips": chips(address, fields, {}, {}),
        "find": given.get("q", ""),
        "fields": list(fields.values()),
        "formats": list(_TITLES.items()),
    }
    return screen(request, "export", values)


def _check(outcome: Outcome, *, some: bool) -> None:
    if outcome.refused and not (some and outcome.created):
        said = f"{outcome.refused:,} of {outcome.lines:,} lines do not fit."
        raise Invalid(said, errors=outcome.errors)


def _taken(context: CollectionPanel, request: Any, format_: Format, data: Iterable[bytes]) -> Outcome:
    limits = settings_of(request.registry, CollectionsSettings)
    writable = writable_fields(request, context.info)
    fields = {name: field for name, field in context.info.fields.items() if name in writable}
    by = acting(context)
    importer = Importer(request.find_service(Entries), context.info.name, by["author"], by["permit"])
    outcome = Outcome()
    entered = bounded(lines_of(format_, data, fields), limits.import_lines)
    for batch in batches(entered, limits.import_batch):
        outcome.add(importer.take(batch))
    if not outcome.lines:
        raise Invalid(
            errors=[FieldError("file", "There is no entry in it. Choose a file, or paste some lines.")]
        )
    return outcome


def _format(request: Any) -> Format:
    """Return the format that is chosen, or that the name of the file tells."""
    file = request.POST.get("file")
    if isinstance(file, Upload) and file.filename.endswith((".ndjson", ".jsonl")):
        return "ndjson"
    if isinstance(file, Upload) and file.filename.endswith(".csv"):
        return "csv"
    text = request.params.get("format", "csv")
    found: Format | None = next((name for name in get_args(Format) if name == text), None)
    if found is None:
        raise Malformed("The format is csv or ndjson.")
    return found


def _data(request: Any) -> tuple[str, Iterable[bytes]]:
    """Return what the form is to hold of the file, and the lines of the file."""
    file = request.POST.get("file")
    if not (isinstance(file, Upload) and file.filename):
        text = request.POST.get("text", "")
        return text, text.encode().splitlines(keepends=True)
    if file.length > HELD:
        return "", _lines(file)
    data = file.read(file.length)
    return data.decode("utf-8-sig", "replace"), data.splitlines(keepends=True)


def _lines(file: Upload) -> Iterator[bytes]:
    begun: list[bytes] = []
    while piece := file.read(_PIECE):
        *lines, rest = piece.split(b"\n")
        for line in lines:
            yield b"".join((*begun, line, b"\n"))
            begun.clear()
        begun.append(rest)
    if any(begun):
        yield b"".join(begun)


def _screen(
    context: CollectionPanel,
    request: Any,
    shown: Mapping[str, Any],
    outcome: Outcome | None = None,
    error: InsulaError | None = None,
) -> Response:
    writable = writable_fields(request, context.info)
    errors = outcome.errors if outcome else error.errors if error else ()
    values = {
        "info": context.info,
        "here": context.url,
        "outcome": outcome,
        "tried": True,
        "refusal": (error.detail or error.title) if error else "",
        "errors": errors,
        "formats": list(_TITLES.items()),
        "columns": [field.name for field in context.info.document.fields if field.name in writable],
        **shown,
    }
    return screen(request, "import", values, error.status if error else 200)
