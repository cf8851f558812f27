"""`/api/tokens`: what is listed, made, shown once, rotated and revoked."""

import pytest

from insula.accounts.interfaces import Tokens
from tests.functional.tokens.conftest import Person, age, bearer, find, service, token


def ids(answer):
    return [each["id"] for each in answer.json["data"]]


def test_a_token_is_made_shown_once_used_and_revoked(one, two, owner):
    account = service(one, "import", "viewer")
    body = {
        "label": " Night  import ",
        "owner": str(account.id),
        "scopes": ["view", "ingest"],
        "networks": ["192.0.2.7/24", "127.0.0.0/8"],
        "days": 7,
    }
    answer = owner.post("/api/tokens", body, status=201)
    made = answer.json
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Location"].endswith(f"/api/tokens/{made['id']}")
    assert (made["label"], made["scopes"]) == ("Night import", ["ingest", "view"])
    assert made["networks"] == ["127.0.0.0/8", "192.0.2.0/24"]
    assert (made["state"], made["elevated"]) == ("live", False)
    assert made["owner"] == {"id": str(account.id), "name": "import", "kind": "service"}
    bearer(one, made["token"]).get("/api/streams", status=200)
    bearer(two, made["token"]).get("/api/streams", status=401)
    secret = made["token"].split("_")[2]
    for path in ("/api/tokens", f"/api/tokens/{made['id']}", "/admin/tokens", f"/admin/tokens/{made['id']}"):
        assert secret not in owner.get(path).text
    owner.delete(f"/api/tokens/{made['id']}", status=204)
    owner.delete(f"/api/tokens/{made['id']}", status=204)
    bearer(one, made["token"]).get("/api/streams", status=401)
    assert owner.get(f"/api/tokens/{made['id']}").json["state"] == "revoked"


def test_no_secret_reaches_the_audit_trail(one, owner, installation):
    made = owner.post("/api/tokens", {"days": 1, "label": "mine"}, status=201).json
    owner.post(f"/api/tokens/{made['id']}/rotate", {"overlap": 60}, status=201)
    owner.delete(f"/api/tokens/{made['id']}", status=204)
    installation.drain()
    trail = owner.get("/api/audit?limit=100").json["data"]
    told = [each for each in trail if each["event"].startswith("token.")]
    assert [each["event"] for each in told] == [
        "token.revoked",
        "token.rotated",
        "token.created",
        "token.created",
    ]
    assert {each["actor"] for each in told} == {str(owner.person.id)}
    assert made["token"].split("_")[2] not in str(trail)


def test_a_token_is_rotated_by_api(one, two, owner):
    made = owner.post("/api/tokens", {"days": 7}, status=201).json
    path = f"/api/tokens/{made['id']}/rotate"
    new = owner.post(path, {"overlap": 3600}, status=201).json
    assert new["token"] != made["token"]
    assert find(one, made["token"]) is not None
    assert find(one, new["token"]) is not None
    before = owner.get(f"/api/tokens/{made['id']}").json
    assert (before["state"], before["successor"]) == ("retiring", new["id"])
    owner.post(path, {"overlap": 3600}, status=409)
    age(one, new["id"], days=8)
    owner.post(f"/api/tokens/{new['id']}/rotate", {"overlap": 0}, status=409)
    Person(two, "owner").post(path, {"overlap": 3600}, status=404)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "days"),
        ({"days": "7"}, "days"),
        ({"days": True}, "days"),
        ({"days": 0}, "days"),
        ({"days": 1, "owner": "somebody"}, "owner"),
        ({"days": 1, "owner": "00000000-0000-4000-8000-000000000000"}, "owner"),
        ({"days": 1, "scopes": ["veiw"]}, "scopes"),
        ({"days": 1, "scopes": "view"}, "scopes"),
        ({"days": 1, "networks": ["nowhere"]}, "networks"),
        ({"days": 1, "networks": ["10.0.0.0/8"] * 51}, "networks"),
        ({"days": 1, "label": "x" * 201}, "label"),
        ({"days": 1, "ghost": 1}, "ghost"),
    ],
)
def test_what_makes_no_token_is_told_with_its_path(one, owner, body, path):
    problem = owner.post("/api/tokens", body, status=422).json
    assert path in [error["path"] for error in problem["errors"]]
    with one.work(writing=False) as work:
        assert not work.find_service(Tokens).list()


@pytest.mark.parametrize(
    "body", [{}, {"overlap": -1}, {"overlap": 31 * 86400}, {"overlap": "1"}, {"overlap": 0, "days": 400}]
)
def test_what_rotates_nothing_is_told(one, owner, body):
    made = owner.post("/api/tokens", {"days": 7}, status=201).json
    owner.post(f"/api/tokens/{made['id']}/rotate", body, status=422)
    assert owner.get(f"/api/tokens/{made['id']}").json["state"] == "live"


def test_a_list_is_filtered_and_comes_in_pages(one, two, owner):
    account = service(one, "import", "viewer")
    mine = owner.post("/api/tokens", {"days": 7, "label": "mine"}).json["id"]
    theirs = [token(one, account, label=f"theirs {number}", days=90)[0].kid for number in range(3)]
    dead, _ = token(one, account, label="dead", days=1)
    age(one, dead.kid, days=2)
    elevated, _ = token(one, account, days=7, elevated=True)
    gone, _ = token(one, account)
    owner.delete(f"/api/tokens/{gone.kid}")
    token(two, service(two, "import", "viewer"))
    everything = [gone.kid, elevated.kid, dead.kid, *theirs[::-1], mine]
    assert ids(owner.get("/api/tokens")) == everything
    for query, expected in (
        ("owner=me", [mine]),
        (f"owner={account.id}&state=live", [elevated.kid, *theirs[::-1]]),
        ("state=expiring", [elevated.kid, mine]),
        ("state=expired", [dead.kid]),
        ("state=revoked", [gone.kid]),
        ("elevated=true", [elevated.kid]),
        ("find=THEIRS", theirs[::-1]),
        ("find=import&state=expired", [dead.kid]),
        ("find=%25", []),
    ):
        assert ids(owner.get(f"/api/tokens?{query}")) == expected, query
    first = owner.get("/api/tokens?limit=4&state=")
    assert ids(first) == everything[:4]
    following = first.headers["Link"].partition("<")[2].partition(">")[0]
    assert ids(owner.get(following)) == everything[4:]
    owner.get(following.replace("state=", "state=live"), status=400)
    Person(one, "owner").get(following, status=400)
    Person(two, "owner").get(following, status=400)


@pytest.mark.parametrize("query", ["owner=x", "state=dead", "elevated=1", "limit=0", "ghost=1", "after=x"])
def test_a_filter_that_is_none_is_told(owner, query):
    owner.get(f"/api/tokens?{query}", status=400)


def test_people_without_rights_see_and_revoke_their_own_only(one):
    viewer = Person(one, "viewer")
    mine, text = token(one, viewer.person, label="mine")
    other, _ = token(one, service(one, "import", "viewer"), label="theirs")
    assert ids(viewer.get("/api/tokens")) == [mine.kid]
    assert ids(viewer.get("/api/tokens?owner=me")) == [mine.kid]
    assert ids(viewer.get(f"/api/tokens?owner={other.account.id}")) == []
    viewer.get(f"/api/tokens/{other.kid}", status=404)
    viewer.delete(f"/api/tokens/{other.kid}", status=404)
    viewer.post("/api/tokens", {"days": 1}, status=403)
    viewer.delete(f"/api/tokens/{mine.kid}", status=204)
    assert find(one, text) is None


def test_another_tenants_token_answers_as_a_missing_one(one, two, owner):
    theirs, _ = token(two, service(two, "import", "viewer"))
    missing = owner.get("/api/tokens/0000000000000000", status=404).json
    for call in (owner.get, owner.delete):
        found = call(f"/api/tokens/{theirs.kid}", status=404).json
        assert {**found, "request_id": ""} == {**missing, "request_id": ""}
    owner.post(f"/api/tokens/{theirs.kid}/rotate", {"overlap": 0}, status=404)


def test_a_session_without_its_form_token_makes_nothing(owner):
    owner.client.post_json("/api/tokens", {"days": 1}, status=400)
