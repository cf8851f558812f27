"""Letters that were caught: read by operators on the console's host, and by nobody else."""

from typing import Any

import pytest
from click.testing import CliRunner

from insula.kit.commands import Shell, commands_of
from insula.mail.interfaces import Letters
from tests.installations import Installation, build
from tests.makers import TenantHandle

TEXT = "Come in: https://flights.example/account/@@invitation?secret=abc&x=1\n<script>alert(1)</script>\n"


@pytest.fixture
def console(installation: Installation) -> TenantHandle:
    return installation.tenant("console", console=True)


@pytest.fixture
def written(one: TenantHandle) -> str:
    with one.work() as work:
        made = work.find_service(Letters).send("invitation", "ada@example.com", "You are invited", TEXT)
    one.installation.drain()
    return str(made)


def run(installation: Installation, *words: str) -> Any:
    command = commands_of(installation.registry)["mail"]
    return CliRunner().invoke(command, words, obj=Shell(installation.registry, "test.ini"))


def test_an_operator_reads_a_letter_and_follows_its_link(
    console: TenantHandle, one: TenantHandle, written: str
) -> None:
    operator = console.signed_in("admin")
    listing = operator.get("/admin/mail")
    assert "You are invited" in listing.text
    assert "ada@example.com" in listing.text
    letter = operator.get(f"/admin/mail/{written}")
    link = letter.html.find("a", href="https://flights.example/account/@@invitation?secret=abc&x=1")
    assert link["rel"] == ["noreferrer", "noopener"]
    assert "<script>" not in letter.text
    assert f"the newest letter, of {one.tenant.name}" in operator.get("/admin").text


def test_the_api_has_the_same(console: TenantHandle, one: TenantHandle, written: str) -> None:
    api = console.api("admin")
    found = next(item for item in api.get("/api/mail").json["data"] if item["id"] == written)
    assert (found["to"], found["tenant"], found["state"]) == ("ada@example.com", one.tenant.name, "caught")
    assert "text" not in found
    letter = api.get(f"/api/mail/{written}").json
    assert letter["text"] == TEXT
    assert letter["links"] == ["https://flights.example/account/@@invitation?secret=abc&x=1"]


def test_nobody_else_reads_it(
    console: TenantHandle, one: TenantHandle, two: TenantHandle, written: str
) -> None:
    for handle in (one, two):
        owner, api = handle.signed_in("owner"), handle.api("owner")
        assert owner.get("/admin/mail", expect_errors=True).status_int == 404
        assert owner.get(f"/admin/mail/{written}", expect_errors=True).status_int == 404
        assert api.get("/api/mail", expect_errors=True).status_int == 404
        assert api.get(f"/api/mail/{written}", expect_errors=True).status_int == 404
    viewer = console.signed_in("viewer")
    assert viewer.get("/admin/mail", expect_errors=True).status_int == 404
    assert console.api("editor").get(f"/api/mail/{written}", expect_errors=True).status_int == 404
    assert console.visitor().get("/admin/mail", expect_errors=True).status_int == 401


def test_where_letters_are_sent_nobody_reads_them(
    installation: Installation, console: TenantHandle, written: str
) -> None:
    made = build(installation.kind, {**installation.settings, "insula.mail.backend": "none"})
    try:
        sending = TenantHandle(made, console.tenant)
        assert sending.signed_in("owner").get("/admin/mail", expect_errors=True).status_int == 404
        assert sending.api("owner").get("/api/mail", expect_errors=True).status_int == 404
    finally:
        made.close()


def test_the_commands(installation: Installation, one: TenantHandle, two: TenantHandle, written: str) -> None:
    assert written in run(installation, "list").output
    assert written in run(installation, "list", "--tenant", one.tenant.name).output
    assert "No letter was written." in run(installation, "list", "--tenant", two.tenant.name).output
    assert "secret=abc" in run(installation, "show", written).output
    foreign = run(installation, "show", written, "--tenant", two.tenant.name)
    assert foreign.exit_code != 0


def test_a_test_of_the_mail_server_says_what_became_of_it(installation: Installation) -> None:
    assert "would have kept it" in run(installation, "test", "--to", "ada@example.com").output
    wrong = run(installation, "test", "--to", "ada@example.com\nBcc: eve@example.com")
    assert wrong.exit_code == 1
    assert "Use one address" in wrong.output
    for changes, said in (
        ({"insula.mail.backend": "none"}, "sends no mail"),
        (
            {"insula.mail.backend": "smtp", "insula.mail.host": "127.0.0.1", "insula.mail.port": "1"},
            "cannot be used",
        ),
    ):
        made = build(installation.kind, {**installation.settings, **changes})
        try:
            refused = run(made, "test", "--to", "ada@example.com")
            assert refused.exit_code == 1
            assert said in refused.output
        finally:
            made.close()
