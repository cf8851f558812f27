"""Entries out and in as files: what goes out comes in again, lines that do not fit are told, kills are survived."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from insula.collections.interfaces.schemas import CollectionDocument, Collections, FieldDocument
from insula.collections.screens.transfer import _lines
from insula.collections.settings import CollectionsSettings
from insula.collections.transfer.commands import entries_group
from insula.collections.transfer.formats import csv_text, lines_of
from insula.collections.transfer.importing import Importer
from insula.kit.settings import settings_of
from tests.makers import TenantHandle
from tests.terminal import run

PLANTS = {
    "title": "Plants",
    "drafts": False,
    "order": "name",
    "fields": [
        {"name": "name", "type": "text", "required": True, "unique": True},
        {"name": "height", "type": "decimal", "scale": 2, "indexed": True},
        {"name": "amount", "type": "integer"},
        {"name": "wild", "type": "boolean"},
        {"name": "colours", "type": "list", "items": "text"},
        {"name": "more", "type": "object"},
    ],
}
NAMES = ["Ash, common", 'Oak "old"', "Yew\nin two lines", "=1+1", "'=quoted"]


def plant(name: str, number: int) -> dict[str, Any]:
    """Return a plant."""
    return {
        "name": name,
        "height": f"{number}.50" if number else None,
        "amount": None if number == 1 else number,
        "wild": [True, False, None][number % 3],
        "colours": [["green", "red"], [], None][number % 3],
        "more": {"n": number} if number % 2 else None,
    }


@pytest.fixture
def plants(one: TenantHandle, two: TenantHandle) -> TenantHandle:
    """The first tenant with five plants; the second has the same collection and none."""
    for tenant in (one, two):
        with tenant.work() as work:
            document = CollectionDocument.model_validate(PLANTS)
            work.find_service(Collections).create("plants", document, by="tests")
    body = [plant(name, number) for number, name in enumerate(NAMES)]
    one.api().post_json("/api/collections/plants/entries", body, status=201)
    return one


def entries_of(tenant: TenantHandle) -> list[dict[str, Any]]:
    """Return the values of all plants by name."""
    found = tenant.api().get("/api/collections/plants/entries?sort=name").json["data"]
    return [{name: each[name] for name in plant("", 0)} for each in found]


def send(tenant: TenantHandle, body: bytes, media: str, query: str = "", status: int = 200) -> Any:
    """Import a file."""
    address = f"/api/collections/plants/entries/import{query}"
    return tenant.api().post(address, body, content_type=media, status=status).json


@pytest.mark.parametrize(("format_", "media"), [("csv", "text/csv"), ("ndjson", "application/x-ndjson")])
def test_what_goes_out_comes_in_again(
    plants: TenantHandle, two: TenantHandle, format_: str, media: str
) -> None:
    out = plants.api().get(f"/api/collections/plants/entries/export?format={format_}")
    assert out.content_type == media
    assert out.headers["Content-Disposition"] == f'attachment; filename="plants.{format_}"'
    assert send(two, out.body, media) == {"created": 5, "refused": 0, "errors": []}
    assert entries_of(two) == entries_of(plants)
    # No spreadsheet runs what somebody wrote.
    assert ("\r\n01" in out.text and ",=1+1," not in out.text) or format_ == "ndjson"
    again = two.api().get(f"/api/collections/plants/entries/export?format={format_}&fields=name,height")
    assert again.text.count("Ash, common") == 1
    plants.api("viewer").get("/api/collections/plants/entries/export", status=403)


def test_an_export_is_the_list_that_the_same_question_gives(plants: TenantHandle) -> None:
    query = "wild=true&sort=-height&fields=name"
    table = plants.api().get(f"/api/collections/plants/entries/export?{query}").text
    listed = plants.api().get(f"/api/collections/plants/entries?{query}").json["data"]
    assert [each["name"].removeprefix("'") for each in csv.DictReader(io.StringIO(table))] == [
        each["name"] for each in listed
    ]


def test_errors_are_told_by_line_and_nothing_is_kept(plants: TenantHandle) -> None:
    body = b'name,height,colours\n"Two\nlines",1,a;b\nElm,tall,\n,1,\nElm,1.234,\nFir\n"Ash, common",1,\n'
    before = entries_of(plants)
    refused = send(plants, body, "text/csv", status=422)["errors"]
    assert [(each["line"], each["path"]) for each in refused] == [
        (4, "height"),
        (5, "name"),
        (6, "height"),
        (7, ""),
        (8, "name"),
    ]
    assert entries_of(plants) == before
    told = send(plants, body, "text/csv", "?whole=false&dry_run=true")
    assert (told["created"], told["refused"]) == (1, 5)
    assert entries_of(plants) == before
    told = send(plants, body, "text/csv", "?whole=false")
    assert (told["created"], told["refused"]) == (1, 5)
    assert [each["colours"] for each in entries_of(plants) if each["name"] == "Two\nlines"] == [["a", "b"]]


@pytest.mark.parametrize(
    ("body", "media", "status", "path"),
    [
        (b"name,size\nElm,1\n", "text/csv", 400, "size"),
        (b"name,name\nElm,Elm\n", "text/csv", 400, "name"),
        (b"name\n\xff\n", "text/csv", 400, ""),
        (b'name\n"Elm\n', "text/csv", 400, ""),
        (b'{"name": "Elm", "size": 1}\n', "application/x-ndjson", 422, "size"),
        (b"[1]\n", "application/x-ndjson", 422, ""),
        (b'{"name"\n', "application/x-ndjson", 422, ""),
        (b"{}", "application/json", 415, None),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(
    plants: TenantHandle, body: bytes, media: str, status: int, path: str | None
) -> None:
    refused = send(plants, body, media, status=status)
    assert path is None or refused["errors"][0]["path"] == path


def test_a_file_of_more_lines_than_one_request_takes_is_sent_in_parts(
    plants: TenantHandle, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = settings_of(plants.installation.registry, CollectionsSettings)
    monkeypatch.setitem(vars(limits), "import_lines", 3)
    lines = [b'{"name": "Tree %d"}\n' % number for number in range(4)]
    refused = send(plants, b"".join(lines), "application/x-ndjson", status=413)
    assert "At most 3 lines" in refused["detail"]
    assert len(entries_of(plants)) == 5
    assert send(plants, b"".join(lines[:3]), "application/x-ndjson")["created"] == 3


def test_who_may_not_write_imports_nothing(plants: TenantHandle, two: TenantHandle) -> None:
    line = b'{"name": "Elm"}\n'
    address = "/api/collections/plants/entries/import"
    plants.api("viewer").post(address, line, content_type="application/x-ndjson", status=(403, 422))
    plants.visitor().post(address, line, content_type="application/x-ndjson", status=401)
    assert len(entries_of(plants)) == 5
    assert entries_of(two) == []


def test_an_import_that_is_killed_goes_on_where_it_was(
    plants: TenantHandle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plants.ndjson"
    path.write_text("".join(json.dumps({"name": f"Seedling {number:04d}"}) + "\n" for number in range(1_200)))
    words = ("import", "plants", str(path), "--tenant", plants.tenant.name)
    take, batches = Importer.take, []

    def killed(self: Importer, lines: Any) -> Any:
        batches.append(len(lines))
        if len(batches) == 2:
            # As late as can be: everything is written, and nothing committed.
            take(self, lines)
            raise KeyboardInterrupt
        return take(self, lines)

    monkeypatch.setattr(Importer, "take", killed)
    assert run(entries_group, plants.installation, *words).exit_code != 0
    assert count(plants) == 5 + 500
    result = run(entries_group, plants.installation, *words)
    assert result.exit_code == 0, result.output
    assert "1,200 entries made, 0 lines refused" in result.output
    assert batches == [500, 500, 500, 200]
    assert count(plants) == 5 + 1_200
    # It is over: the same file is begun anew, and refused line by line.
    result = run(entries_group, plants.installation, *words, "--dry-run")
    assert "0 entries would be made, 1,200 lines refused" in result.output
    assert "line 1: name:" in result.output


def count(tenant: TenantHandle) -> int:
    """Return how many plants there are."""
    found: int = tenant.api().get("/api/collections/plants/entries/count").json["count"]
    return found


def test_the_command_line_lists_shows_exports_publishes_and_throws_away(
    plants: TenantHandle, tmp_path: Path
) -> None:
    def told(*words: str, status: int = 0) -> str:
        result = run(entries_group, plants.installation, *words, "--tenant", plants.tenant.name)
        assert result.exit_code == status, result.output
        return result.output

    listed = [
        json.loads(line) for line in told("list", "plants", "wild=true", "--sort", "-height").splitlines()
    ]
    assert [each["name"] for each in listed] == ["=1+1", "Ash, common"]
    one = listed[0]["id"]
    assert json.loads(told("get", "plants", one)) == listed[0]
    file = tmp_path / "plants.csv"
    told("export", "plants", "--output", str(file), "--fields", "name")
    assert len(list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline="")))) == 6
    assert "There is no field nix" in told("list", "plants", "nix=1", status=1)
    assert "no drafts" in told("publish", "plants", one, status=1)
    told("trash", "plants", one)
    assert count(plants) == 4
    assert "nothing here" in told("get", "plants", one, status=1).lower()


def test_a_cell_of_any_length_that_is_exported_is_imported_again(
    plants: TenantHandle, two: TenantHandle
) -> None:
    """Longer than what Python's reader takes by itself."""
    address = "/api/collections/plants/entries"
    more = {"words": "much, and more " * 20_000}
    plants.api().post_json(address, {"name": "Long", "more": more}, status=201)
    file = plants.api().get(f"{address}/export?format=csv&name=Long").body
    assert len(file) > 300_000
    two.api().post(f"{address}/import", file, content_type="text/csv")
    assert [each["more"] for each in entries_of(two) if each["name"] == "Long"] == [more]


@pytest.mark.parametrize(
    "file", [b"", b"a", b"a\n", b"\n\n", b"a\nb" * 50_000, b"x" * 300_000, b"ab\n" * 70_000]
)
def test_a_file_is_read_by_lines_however_long_they_are(file: bytes) -> None:
    """Pieces that end within a line are put together."""
    assert list(_lines(io.BytesIO(file))) == file.splitlines(keepends=True)  # type: ignore[arg-type]  # as uploads read


@pytest.mark.parametrize("text", ["=1", "+1+1", "-1+1", "@a", "\t=1", "\r=1", "\n=1", "\uff1d1", "'=1"])
def test_a_cell_is_text_to_a_spreadsheet_and_comes_in_as_it_was(text: str) -> None:
    out = b"".join(csv_text([json.dumps({"name": text}).encode()], ["name"]))
    name = FieldDocument(name="name", type="text")
    assert next(csv.DictReader(io.StringIO(out.decode(), newline="")))["name"] == f"'{text}"
    (line,) = lines_of("csv", out.splitlines(keepends=True), {"name": name})
    assert line.values == {"name": text}
