"""`insula stream` declares and lists."""

from __future__ import annotations

import json
from pathlib import Path

from insula.streams.commands import stream_group
from tests import terminal
from tests.makers import TenantHandle


def run(tenant: TenantHandle, *words: str) -> tuple[int, str]:
    result = terminal.run(stream_group, tenant.installation, *words, "--tenant", tenant.tenant.name)
    return result.exit_code, result.output


def test_a_stream_is_declared_once_and_listed(one: TenantHandle, two: TenantHandle, tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text(json.dumps({"properties": {"at": {"type": "string"}}}))
    words = ("declare", "readings", "--title", "Readings", "--schema", str(schema), "--time-field", "at")
    code, output = run(one, *words)
    assert (code, "Declared readings" in output) == (0, True), output
    code, output = run(one, *words)
    assert (code, "already" in output) == (0, True), output
    assert "readings" in run(one, "list")[1]
    assert "readings" not in run(two, "list")[1]
    assert one.api().get("/api/streams/readings").json["time_field"] == "at"


def test_a_bad_declaration_ends_with_the_place(one: TenantHandle, tmp_path: Path) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "nonsense"}')
    code, output = run(one, "declare", "readings", "--schema", str(schema))
    assert code == 1
    assert "\nschema" in output
    schema.write_text("{")
    code, output = run(one, "declare", "readings", "--schema", str(schema))
    assert (code, "is not JSON" in output) == (1, True), output


def test_an_unknown_tenant_ends_the_command(one: TenantHandle) -> None:
    result = terminal.run(stream_group, one.installation, "list", "--tenant", "nobody-here")
    assert result.exit_code == 1
    assert "nobody-here" in result.output
