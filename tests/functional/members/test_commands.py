"""`insula account` and `insula token`."""

import pytest
from click.testing import CliRunner

from insula.accounts.interfaces import Accounts, Tokens
from insula.kit.commands import Shell, commands_of
from insula.kit.errors import InsulaError


@pytest.fixture
def run(installation):
    shell = Shell(registry=installation.registry, ini="test.ini")

    def call(noun, *words, stdin=""):
        command = commands_of(installation.registry)[noun]
        return CliRunner().invoke(command, words, obj=shell, input=stdin)

    return call


def test_a_token_stands_alone_on_the_last_line_and_opens_its_own_tenant_only(one, two, run):
    result = run("token", "create", "--tenant", one.tenant.name, "--role", "admin", "--label", "import")
    assert result.exit_code == 0, result.output
    text = result.output.splitlines()[-1]
    with one.work(writing=False) as work:
        found = work.find_service(Tokens).find(text)
    assert (found.account.name, found.account.kind, found.label) == ("cli-admin", "service", "import")
    assert found.account.roles == {"admin"}
    assert (found.expires_at - found.created_at).days == 90
    with two.work(writing=False) as work:
        assert work.find_service(Tokens).find(text) is None


def test_a_second_token_finds_the_account_again(one, run):
    for _ in range(2):
        assert run("token", "create", "--tenant", one.tenant.name, "--role", "viewer").exit_code == 0
    with one.work(writing=False) as work:
        assert [account.name for account in work.find_service(Accounts).list()] == ["cli-viewer"]


def test_a_token_is_bounded_by_scope_network_and_days(one, run):
    words = ("--scope", "view", "--scope", "ingest", "--network", "192.0.2.0/24", "--expires", "7")
    result = run("token", "create", "--tenant", one.tenant.name, "--role", "admin", *words)
    with one.work(writing=False) as work:
        found = work.find_service(Tokens).find(result.output.splitlines()[-1])
    assert (found.scopes, found.networks) == ({"view", "ingest"}, ("192.0.2.0/24",))
    assert (found.expires_at - found.created_at).days == 7


def test_tokens_are_listed_without_secrets_and_revoked_by_id(one, two, run):
    text = run("token", "create", "--tenant", one.tenant.name, "--role", "admin").output.splitlines()[-1]
    kid, secret = text.split("_")[1:3]
    listed = run("token", "list", "--tenant", one.tenant.name).output
    assert kid in listed
    assert secret not in listed
    assert kid not in run("token", "list", "--tenant", two.tenant.name).output
    refused = run("token", "revoke", "--tenant", two.tenant.name, kid)
    assert refused.exit_code != 0
    assert run("token", "revoke", "--tenant", one.tenant.name, kid).exit_code == 0
    assert "revoked" in run("token", "list", "--tenant", one.tenant.name).output
    with one.work(writing=False) as work:
        assert work.find_service(Tokens).find(text) is None


def test_a_person_added_by_command_can_sign_in(one, run):
    words = ("--email", "Ada@example.org", "--name", "Ada", "--role", "editor", "--password-stdin")
    result = run("account", "create", "--tenant", one.tenant.name, *words, stdin="a harbour at night\n")
    assert result.exit_code == 0, result.output
    assert "a harbour at night" not in result.output
    assert f"https://{one.host}/account/@@sign-in" in result.output
    with one.work(writing=False) as work:
        assert work.find_service(Accounts).verify("ada@example.org", "a harbour at night", "").roles == {
            "editor"
        }
    assert "ada@example.org" in run("account", "list", "--tenant", one.tenant.name).output


def test_a_password_set_by_command_ends_the_sessions(one, run):
    client = one.signed_in("viewer")
    words = ("--email", client.person.email, "--password-stdin")
    result = run("account", "password", "--tenant", one.tenant.name, *words, stdin="a harbour at noon\n")
    assert "1 session has ended" in result.output
    assert client.get("/account", expect_errors=True).status_int == 401


@pytest.mark.parametrize(
    "words",
    [
        ("token", "create", "--tenant", "TENANT", "--role", "adnim"),
        ("token", "create", "--tenant", "TENANT", "--role", "admin", "--expires", "10000"),
        ("account", "create", "--tenant", "TENANT", "--email", "x", "--name", "X", "--password-stdin"),
        ("account", "password", "--tenant", "TENANT", "--email", "nobody@example.org", "--password-stdin"),
        ("token", "list", "--tenant", "no-such-tenant"),
    ],
)
def test_what_cannot_be_done_fails_and_leaves_no_account(one, run, words):
    words = [one.tenant.name if word == "TENANT" else word for word in words]
    result = run(*words, stdin="a harbour at night\n")
    assert result.exit_code != 0
    assert isinstance(result.exception, InsulaError | SystemExit)
    with one.work(writing=False) as work:
        assert work.find_service(Accounts).list() == []
