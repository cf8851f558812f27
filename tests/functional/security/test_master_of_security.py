"""Who administers a tenant is master of its security: one story, by screens, by the API and by commands alone."""

import re
from datetime import timedelta

import pytest

from insula.kit.clock import now
from insula.kit.commands import commands_of
from insula.kit.json import loads
from tests import terminal
from tests.functional.policies.conftest import NETWORK, current, flush
from tests.makers import unique

PASSWORD = "velvet anchor thunder 9921"  # of test accounts only
OFFICE = "10.1.2.3"
RULE = "tenant:api-from-the-office-only"
CLOSED = """
@id("office-only")
@reason("Only the office may come in.")
forbid(principal, action, resource) unless { context.ip.isInRange(ip("10.0.0.0/8")) };
"""


class Screens:
    """An owner with a browser, without any script, and an operator's browser that reads the caught letters."""

    def __init__(self, tenant, operators, files):
        self.owner = tenant.signed_in("owner")
        self.operator = operators.signed_in("owner")

    def invite(self, email):
        form = self.owner.get("/admin/people/@@invite").forms["invite"]
        form["emails"] = email
        next(box for box in form.fields["roles"] if box._value == "editor").checked = True
        assert email in form.submit(status=303).follow().text
        row = self.operator.get("/admin/mail").html.find("td", string=re.compile(re.escape(email))).parent
        letter = self.operator.get(row.find("a")["href"])
        return letter.html.find("a", href=re.compile("@@invitation"))["href"]

    def _draft(self, text, then):
        form = self.owner.get("/admin/policy").forms["policy"]
        form["text"] = text
        return form.submit("then", value=then, status=303).follow()

    def newly_denied(self, text):
        self._draft(text, "try")
        told = self.owner.get("/admin/policy/@@dry-run", {"period": "hour"})
        links = told.html.select('#denied a[href*="/decisions/"]')
        return {link["href"].rpartition("/")[2]: str(link.find_parent("tr")) for link in links}

    def refused(self, text):
        review = self._draft(text, "publish")
        assert "publish" not in review.forms
        return review.text

    def publish(self, text, message):
        form = self._draft(text, "publish").forms["publish"]
        form["message"] = message
        assert "Published" in form.submit(status=303).follow().text

    def explain(self, number):
        refused = self.owner.get("/admin/policy/decisions?answer=deny").html
        assert refused.select_one(f'a[href="/admin/policy/decisions/{number}"]')
        return self.owner.get(f"/admin/policy/decisions/{number}").text

    def roll_back(self, number):
        page = self.owner.get("/admin/policy/versions").click(f"^Version {number}$")
        assert "Rolled back" in page.forms["rollback"].submit(status=303).follow().text


class Api:
    """A program with an owner's administration token, and one that reads letters at the console."""

    def __init__(self, tenant, operators, files):
        self.api = tenant.api("owner", elevated=True)
        self.operators = operators.api("admin")

    def invite(self, email):
        self.api.post_json("/api/invitations", {"emails": [email], "roles": ["editor"]}, status=201)
        listed = self.operators.get("/api/mail").json["data"]
        letter = next(each["id"] for each in listed if each["to"] == email)
        return self.operators.get(f"/api/mail/{letter}").json["links"][0]

    def newly_denied(self, text):
        start = (now() - timedelta(hours=1)).isoformat()
        told = self.api.post_json("/api/policy/dry-run", {"text": text, "start": start}).json
        return {
            each["decision"]["id"]: str(each["rules_after"]) for each in told["examples"]["allow_to_deny"]
        }

    def _publish(self, text, message, status):
        match = {"If-Match": self.api.get("/api/policy").headers["ETag"]}
        body = {"text": text, "message": message}
        return self.api.post_json("/api/policy/publish", body, headers=match, status=status)

    def refused(self, text):
        return str(self._publish(text, "Closed", 422).json["errors"])

    def publish(self, text, message):
        self._publish(text, message, 200)
        # The rule holds for the program too: from here on it speaks from the office.
        self.api.get("/api/policy", status=404)
        self.api.extra_environ["REMOTE_ADDR"] = OFFICE

    def explain(self, number):
        return str(self.api.get(f"/api/decisions/{number}").json["rules"])

    def roll_back(self, number):
        match = {"If-Match": self.api.get("/api/policy").headers["ETag"]}
        self.api.post_json(f"/api/policy/versions/{number}/rollback", {}, headers=match, status=200)


class Commands:
    """Somebody with a shell on the server, which is no network."""

    def __init__(self, tenant, operators, files):
        self.tenant, self.file = tenant, files / "policy.cedar"

    def _run(self, noun, *words, status=0):
        installation = self.tenant.installation
        command = commands_of(installation.registry)[noun]
        done = terminal.run(command, installation, *words, "--tenant", self.tenant.tenant.name)
        assert done.exit_code == status, done.output
        return done.output

    def _write(self, text):
        self.file.write_text(text, encoding="utf-8")
        return str(self.file)

    def invite(self, email):
        return re.search(r"https?://\S+", self._run("person", "invite", email, "--role", "editor"))[0]

    def newly_denied(self, text):
        told = loads(self._run("policy", "dry-run", self._write(text), "--hours", "1", "--json"))
        return {
            each["decision"]["id"]: str(each["rules_after"]) for each in told["examples"]["allow_to_deny"]
        }

    def refused(self, text):
        return self._run("policy", "publish", self._write(text), "-m", "Closed", status=1)

    def publish(self, text, message):
        assert "in force" in self._run("policy", "publish", self._write(text), "-m", message)

    def explain(self, number):
        return self._run("policy", "explain", number)

    def roll_back(self, number):
        self._run("policy", "rollback", str(number))


def accept(tenant, link, email):
    """Open the link of the letter, choose a password, and sign in: what only the invited person does."""
    editor = tenant.visitor()
    form = editor.get(link[link.index("/account/") :]).forms["invitation"]
    form["name"], form["password"], form["again"] = "Nina", PASSWORD, PASSWORD
    sign_in = form.submit(status=303).follow().forms["sign-in"]
    sign_in["email"], sign_in["password"] = email, PASSWORD
    sign_in.submit(status=303)
    return editor


def request_of(answer):
    """Return the number of the first decision of a request, as its answer tells it."""
    return f"{answer.headers['X-Request-ID']}-1"


@pytest.fixture(params=[Screens, Api, Commands], ids=["screens", "api", "commands"])
def master(request, installation, one, tmp_path):
    return request.param(one, installation.tenant("ops", console=True), tmp_path)


def test_a_tenants_administrator_is_master_of_its_security(one, two, master):
    email = f"{unique('nina')}@example.com"
    before = current(one)

    editor = accept(one, master.invite(email), email)
    machine = one.api("viewer")
    api = {request_of(asked.get("/api/pages", status=200)) for asked in (editor, machine)}
    others = {request_of(editor.get("/admin/pages", status=200))}
    two.api("viewer").get("/api/pages", status=200)
    flush(one)

    mended = before.text + NETWORK
    denied = master.newly_denied(mended)
    assert api <= denied.keys()
    assert all(RULE in denied[number] for number in api)
    assert not others & denied.keys()
    assert current(one).number == before.number

    told = master.refused(before.text + CLOSED)
    assert "No owner could" in told
    assert "tenant:office-only" in told
    assert current(one).number == before.number
    editor.get("/api/pages", status=200)

    master.publish(mended, "The API answers from the office only.")
    assert (current(one).number, current(one).text) == (before.number + 1, mended)
    refused = editor.get("/api/pages", status=404)
    machine.get("/api/pages", status=404)
    editor.get("/admin/pages", status=200)
    two.api("viewer").get("/api/pages", status=200)

    flush(one)
    assert RULE in master.explain(request_of(refused))

    master.roll_back(before.number)
    assert (current(one).number, current(one).text) == (before.number + 2, before.text)
    editor.get("/api/pages", status=200)
    machine.get("/api/pages", status=200)


def test_another_tenants_master_sees_and_changes_nothing_of_it(one, two, master, installation, tmp_path):
    theirs = type(master)(two, installation.tenant("ops", console=True), tmp_path)
    master.publish(current(one).text + NETWORK, "Office")
    number = request_of(one.api("viewer").get("/api/pages", status=404))
    flush(one)
    assert theirs.newly_denied(current(two).text + NETWORK).keys().isdisjoint({number})
    assert current(two).number == 1
    assert RULE in master.explain(number)
    theirs.publish(current(two).text + CLOSED.replace("resource)", 'resource in Area::"api")'), "Ours")
    assert current(one).text.endswith(NETWORK)
