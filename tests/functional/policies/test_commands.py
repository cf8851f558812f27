"""`insula policy` in a terminal."""

import pytest
from click.testing import CliRunner

from insula.kit.commands import Shell
from insula.kit.json import loads
from insula.policies.commands import policy
from tests.functional.policies.conftest import NETWORK, current, decisions, flush


@pytest.fixture
def run(one, tmp_path):
    """Run the command on the first tenant, with a file of a text where one is given."""

    def command(*words, text=None, status=0):
        file = tmp_path / "policy.cedar"
        if text is not None:
            file.write_text(text)
        arguments = [str(file) if word == "FILE" else word for word in words]
        shell = Shell(one.installation.registry, "test.ini")
        done = CliRunner().invoke(policy, [*arguments, "--tenant", one.tenant.name], obj=shell)
        assert done.exit_code == status, done.output
        return done.output

    return command


def test_it_shows_checks_publishes_and_rolls_back(one, two, run):
    text = current(one).text
    assert text in run("show")
    assert "Nothing is wrong" in run("check", "FILE", text=text + NETWORK)
    wrong = run("check", "FILE", text=text + '@id("x") permit(principal, action, resource is Pag);', status=1)
    assert "Did you mean Page" in wrong
    assert current(one).number == 1
    assert "Version 2 is in force" in run("publish", "FILE", "-m", "Office", text=text + NETWORK)
    one.api("viewer").get("/api/streams", status=404)
    two.api("viewer").get("/api/streams", status=200)
    assert "Office" in run("versions")
    assert "NETWORK" not in run("show", "--version", "1")
    assert "412" not in run("publish", "FILE", "-m", "late", "--expected", "1", text=text, status=1)
    assert "Version 3 is in force" in run("rollback", "1")
    assert current(one).text == text
    one.api("viewer").get("/api/streams", status=200)
    run("rollback", "77", status=1)


def test_the_way_back_works_where_no_owner_could(one, run):
    text = current(one).text + '@id("x") permit(principal, action == Action::"publsh", resource is Page);'
    refused = run("publish", "FILE", "-m", "no", text=text, status=1)
    assert "publish" in refused
    assert current(one).number == 1


def test_it_tries_a_text_on_past_traffic(one, two, run):
    one.api("viewer").get("/api/streams")
    two.api("viewer").get("/api/streams")
    flush(one)
    told = run("dry-run", "FILE", text=current(one).text + NETWORK)
    assert "1 decisions replayed" in told
    assert "1  newly denied" in told
    assert "tenant:api-from-the-office-only" in told
    report = loads(run("dry-run", "FILE", "--json", "--last", "5", text=current(one).text))
    assert (report["replayed"], report["same"]) == (1, 1)


def test_it_explains_a_decision_and_a_made_up_request(one, two, run):
    one.api("viewer").get("/api/streams")
    flush(one)
    number = decisions(one.api("admin"))[0]["id"]
    assert "Allowed: view" in run("explain", number)
    told = run("explain", "--role", "viewer", "--action", "view", "--on", 'Area::"api"', "--ip", "192.0.2.1")
    assert "determined by tenant:everyone-opens-the-api" in told
    one.api("owner").post_json("/api/pages", {"path": "/news", "title": "News", "blocks": []})
    page = run("explain", "--role", "visitor", "--action", "view", "--on", "/news")
    assert "Denied" in page
    assert "resource.published = false" in page
    run("explain", status=1)
    run("explain", "--role", "nobody", "--action", "view", "--on", "/news", status=1)
    assert loads(run("explain", number, "--json"))["decision"]["id"] == number
