"""`insula token` and `insula service`."""

import json
import re

import pytest
from click.testing import CliRunner

from insula.accounts.interfaces import ServiceAccounts, Tokens
from insula.kit.commands import Shell, commands_of
from insula.kit.errors import InsulaError
from tests.functional.tokens.conftest import days_left, find, service, token


@pytest.fixture
def run(installation):
    shell = Shell(registry=installation.registry, ini="test.ini")

    def call(noun, *words):
        command = commands_of(installation.registry)[noun]
        return CliRunner().invoke(command, words, obj=shell)

    return call


@pytest.fixture
def at(one):
    return ("--tenant", one.tenant.name)


def last(result):
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output.splitlines()[-1]


def test_a_token_of_a_service_or_of_a_person(one, two, run, at):
    account, person = service(one, "import", "viewer"), one.person("editor")
    assert find(one, last(run("token", "create", *at, "--service", "import"))).account.id == account.id
    made = find(one, last(run("token", "create", *at, "--email", person.email)))
    assert made.account.id == person.id
    service(two, "theirs")
    for words in (
        ("--service", "theirs"),
        ("--email", "nobody@example.org"),
        (),
        ("--service", "import", "--role", "x"),
    ):
        assert run("token", "create", *at, *words).exit_code != 0


def test_a_command_is_refused_what_the_other_doors_are(one, run, at):
    service(one, "import")
    many = [word for number in range(51) for word in ("--network", f"10.0.{number}.0/24")]
    refused = run("token", "create", *at, "--service", "import", *many)
    assert isinstance(refused.exception, InsulaError)
    assert refused.exception.errors[0].path == "networks"
    last(run("token", "create", *at, "--service", "import", *many[:100]))


def test_an_administration_token_by_command(one, run, at):
    found = find(one, last(run("token", "create", *at, "--role", "owner", "--elevated")))
    assert (found.elevated, days_left(found)) == (True, 30)
    assert run("token", "create", *at, "--role", "owner", "--elevated", "--expires", "31").exit_code != 0
    assert "administers" in run("token", "list", *at).output


def test_a_token_is_shown_listed_and_rotated(one, two, run, at):
    made, text = token(one, service(one, "import", "viewer"), label="Night", scopes=["view"])
    shown = run("token", "show", made.kid, *at).output
    assert "Night" in shown
    assert "import (service)" in shown
    data = json.loads(run("token", "show", made.kid, *at, "--json").output)
    assert (data["id"], data["scopes"]) == (made.kid, ["view"])
    new = last(run("token", "rotate", made.kid, *at, "--overlap", "60"))
    assert find(one, text) is not None
    assert find(one, new) is not None
    listed = json.loads(run("token", "list", *at, "--json").output)
    assert [each["state"] for each in listed] == ["live", "retiring"]
    assert "retiring" in run("token", "list", *at, "--state", "live").output
    again = run("token", "rotate", made.kid, *at)
    assert isinstance(again.exception, InsulaError)
    there = ("--tenant", two.tenant.name)
    for verb in ("show", "rotate", "revoke"):
        assert isinstance(run("token", verb, made.kid, *there).exception, InsulaError)


def test_the_pattern_finds_tokens_and_nothing_else(one, run, at):
    pattern = run("token", "pattern").output.strip()
    text = last(run("token", "create", *at, "--role", "viewer"))
    assert re.findall(pattern, f"TOKEN={text}\n'insula_short_one'") == [text]
    assert not re.search(pattern, text[:-1])


def test_a_service_account_by_command(one, two, run, at):
    assert run("service", "create", "import", *at, "--role", "viewer").exit_code == 0
    text = last(run("token", "create", *at, "--service", "import"))
    assert run("service", "create", "import", *at).exit_code != 0
    assert run("service", "rename", "import", "night", *at).exit_code == 0
    assert run("service", "roles", "night", *at, "--role", "editor").exit_code == 0
    listed = run("service", "list", *at).output
    assert re.search(r"night +editor +1 +active", listed)
    assert run("service", "deactivate", "night", *at).exit_code == 0
    assert find(one, text) is None
    assert run("service", "activate", "night", *at).exit_code == 0
    assert find(one, text).account.roles == {"editor"}
    assert json.loads(run("service", "list", *at, "--json").output)[0]["name"] == "night"
    assert "night" not in run("service", "list", "--tenant", two.tenant.name).output
    assert run("service", "roles", "night", "--tenant", two.tenant.name).exit_code != 0
    with two.work(writing=False) as work:
        assert not work.find_service(ServiceAccounts).list()
        assert not work.find_service(Tokens).list()
