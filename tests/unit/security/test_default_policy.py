"""What the default policy allows, role by role, and what the floor keeps whatever a tenant writes."""

import pytest

from insula.security.documents import default_text, floor_text
from tests.unit.security.policies import ADMIN, ROLES, SITE, Thing, ask, compiled, page

DEFAULT = compiled(default_text())
OPEN = compiled('@id("all") permit(principal, action, resource);')

PUBLISHED = page("/news")
DRAFT = page("/draft", published=False)
OWN = page("/own", published=False, author="ann")
STREAM = (Thing("Stream", "temperature"), Thing("Area", "api"))
RECORD = (Thing("Record", "1"), *STREAM)
API = (Thing("Area", "api"),)
ACCOUNT = (Thing("Area", "account"),)
FEATURE = (Thing("Setting", "features.streams"), Thing("Setting", "features"), ADMIN)
POLICY = (Thing("Setting", "policy"), ADMIN)


def token(owner, *roles, kind="service", elevated=False):
    """A token of an account with these roles."""
    facts = {"owner": owner, "kind": kind, "roles": list(roles), "elevated": elevated}
    return Thing("Token", "t", facts)


SECURITY = (Thing("Setting", "security"), ADMIN)
NETWORKS = (Thing("Setting", "security.networks"), *SECURITY)
SCHEMES = (Thing("Setting", "security.schemes"), *SECURITY)
SESSIONS = (Thing("Setting", "security.sessions"), *SECURITY)
DECISIONS = (Thing("Area", "decisions"), *POLICY)
TOKEN = (token("import", "editor"), ADMIN)
SOMEBODYS_TOKEN = (token("bob", "editor", kind="person"), ADMIN)
OWNERS_TOKEN = (token("backup", "editor", "owner"), ADMIN)
ELEVATED_TOKEN = (token("import", "editor", elevated=True), ADMIN)
OWN_TOKEN = (token("ann", kind="person"), Thing("Area", "account"))
OWN_ELEVATED_TOKEN = (token("ann", "owner", kind="person", elevated=True), Thing("Area", "account"))
PEOPLE = (Thing("Setting", "people"), ADMIN)
PERSON = (Thing("Account", "bob", {"kind": "person", "roles": ["editor"]}), *PEOPLE)
AN_OWNER = (Thing("Account", "eve", {"kind": "person", "roles": ["editor", "owner"]}), *PEOPLE)
SELF = (Thing("Account", "ann", {"kind": "person", "roles": []}), Thing("Area", "account"))
ROLE_LIST = (Thing("Setting", "roles"), ADMIN)
OWNER_ROLE = (Thing("Setting", "roles.owner"), *ROLE_LIST)
EDITOR_ROLE = (Thing("Setting", "roles.editor"), *ROLE_LIST)
GROUPS = (Thing("Setting", "groups"), ADMIN)
GROUP = (Thing("Setting", "groups.7"), *GROUPS)

COLLECTIONS = (Thing("Area", "collections"), Thing("Area", "api"))
COLLECTION = (Thing("Collection", "airports"), *COLLECTIONS)
LIVE = (Thing("Entries::airports", "1", {"published": True}), *COLLECTION)
UNPUBLISHED = (Thing("Entries::airports", "1", {"published": False}), *COLLECTION)
OWN_ENTRY = (Thing("Entries::airports", "1", {"published": False, "author": "ann"}), *COLLECTION)
FIELD = (Thing("Field", "airports.state"), *COLLECTION)

TABLE = [
    ("view", COLLECTIONS, "owner admin editor author viewer"),
    ("manage", COLLECTIONS, "owner admin"),
    ("view", COLLECTION, "owner admin editor author viewer"),
    ("manage", COLLECTION, "owner admin"),
    ("export", COLLECTION, "owner admin editor"),
    ("view", LIVE, "owner admin editor author viewer"),
    ("view", UNPUBLISHED, "owner admin editor author"),
    ("create", UNPUBLISHED, "owner admin editor author"),
    ("edit", UNPUBLISHED, "owner admin editor"),
    ("edit", OWN_ENTRY, "owner admin editor author"),
    ("publish", OWN_ENTRY, "owner admin editor"),
    ("delete", OWN_ENTRY, "owner admin editor"),
    ("view", FIELD, "owner admin editor author viewer visitor nobody"),
    ("edit", FIELD, "owner admin editor author viewer nobody"),
    ("view", PUBLISHED, "owner admin editor author viewer visitor nobody"),
    ("view", DRAFT, "owner admin editor author viewer"),
    ("view", (SITE,), "owner admin editor author viewer visitor nobody"),
    ("create", (SITE,), "owner admin editor author"),
    ("create", PUBLISHED, "owner admin editor author"),
    ("edit", DRAFT, "owner admin editor"),
    ("edit", OWN, "owner admin editor author"),
    ("publish", DRAFT, "owner admin editor"),
    ("publish", OWN, "owner admin editor"),
    ("delete", DRAFT, "owner admin editor"),
    ("restore", DRAFT, "owner admin editor"),
    ("delete", OWN, "owner admin editor"),
    ("view", STREAM, "owner admin editor viewer"),
    ("view", RECORD, "owner admin editor viewer"),
    ("ingest", STREAM, "owner admin"),
    ("manage", STREAM, "owner admin"),
    ("view", API, "owner admin editor author viewer nobody"),
    ("view", ACCOUNT, "owner admin editor author viewer nobody"),
    ("edit", ACCOUNT, "owner admin editor author viewer nobody"),
    ("view", (ADMIN,), "owner admin editor author"),
    ("manage", (ADMIN,), "owner admin"),
    ("create", (ADMIN,), "owner admin"),
    ("view", FEATURE, "owner admin"),
    ("manage", FEATURE, "owner admin"),
    ("view", POLICY, "owner admin"),
    ("manage", NETWORKS, "owner"),
    ("view", NETWORKS, "owner admin"),
    ("manage", SCHEMES, "owner"),
    ("manage", SESSIONS, "owner admin"),
    ("delete", DECISIONS, "owner admin"),
    ("publish", POLICY, "owner"),
    ("edit", POLICY, "owner"),
    ("view", (Thing("Area", "audit"), ADMIN), "owner admin"),
    ("view", (Thing("Area", "decisions"), ADMIN), "owner admin"),
    ("view", TOKEN, "owner admin"),
    ("delete", TOKEN, "owner admin"),
    ("view", OWN_TOKEN, "owner admin editor author viewer nobody"),
    ("delete", OWN_TOKEN, "owner admin editor author viewer nobody"),
    ("create", TOKEN, "owner admin"),
    ("edit", TOKEN, "owner admin"),
    ("create", OWN_TOKEN, "owner admin"),
    ("view", SOMEBODYS_TOKEN, "owner admin"),
    ("delete", SOMEBODYS_TOKEN, "owner admin"),
    ("create", SOMEBODYS_TOKEN, ""),
    ("edit", SOMEBODYS_TOKEN, ""),
    ("create", OWNERS_TOKEN, "owner"),
    ("edit", OWNERS_TOKEN, "owner"),
    ("delete", OWNERS_TOKEN, "owner"),
    ("create", ELEVATED_TOKEN, "owner"),
    ("edit", ELEVATED_TOKEN, "owner"),
    ("delete", ELEVATED_TOKEN, "owner"),
    ("delete", OWN_ELEVATED_TOKEN, "owner admin editor author viewer nobody"),
    ("view", PERSON, "owner admin"),
    ("edit", PERSON, "owner admin"),
    ("edit", SELF, "owner admin editor author viewer nobody"),
    ("delete", SELF, "owner admin"),
    ("view", PEOPLE, "owner admin"),
    ("create", PEOPLE, "owner admin"),
    ("manage", PERSON, "owner admin"),
    ("view", AN_OWNER, "owner admin"),
    ("manage", AN_OWNER, "owner"),
    ("edit", AN_OWNER, "owner"),
    ("view", ROLE_LIST, "owner admin"),
    ("create", ROLE_LIST, "owner admin"),
    ("view", OWNER_ROLE, "owner admin"),
    ("manage", OWNER_ROLE, "owner"),
    ("manage", EDITOR_ROLE, "owner admin"),
    ("view", GROUPS, "owner admin"),
    ("manage", GROUP, "owner admin"),
]


@pytest.mark.parametrize(("action", "lineage", "allowed"), TABLE)
def test_the_default_policy_role_by_role(action, lineage, allowed):
    roles = [*ROLES, "nobody"]
    found = [role for role in roles if DEFAULT.decide(ask(action, lineage, role)).allowed]
    assert found == [role for role in roles if role in allowed.split()]


def test_an_author_is_told_who_publishes():
    decision = DEFAULT.decide(ask("publish", OWN, "author"))
    assert decision.reason == "Editors publish pages. Ask one of them to look at this page."
    assert decision.unmet[0] == "tenant:editors-publish"


@pytest.mark.parametrize(
    ("action", "lineage", "rule"),
    [
        ("edit", PUBLISHED, "visitors-only-view"),
        ("ingest", STREAM, "visitors-only-view"),
        ("export", RECORD, "visitors-only-view"),
        ("view", (ADMIN,), "visitors-stay-outside"),
        ("view", page("/x", ADMIN), "visitors-stay-outside"),
        ("view", (Thing("Area", "audit"),), "visitors-stay-outside"),
        ("view", PERSON, "visitors-see-no-accounts"),
        ("view", TOKEN, "visitors-see-no-tokens"),
        ("view", FEATURE, "visitors-see-no-settings"),
    ],
)
def test_the_floor_holds_visitors_even_where_everything_is_permitted(action, lineage, rule):
    decision = OPEN.decide(ask(action, lineage, "visitor"))
    assert not decision.allowed
    assert f"installation:{rule}" in decision.rules
    assert OPEN.decide(ask(action, lineage, "viewer")).allowed


@pytest.mark.parametrize(
    ("action", "lineage"),
    [
        ("publish", POLICY),
        ("edit", POLICY),
        ("create", TOKEN),
        ("manage", TOKEN),
        ("edit", PERSON),
        ("edit", SELF),
        ("create", PEOPLE),
        ("create", ROLE_LIST),
        ("manage", EDITOR_ROLE),
        ("create", GROUPS),
        ("manage", GROUP),
        ("delete", TOKEN),
        ("delete", DECISIONS),
    ],
)
def test_the_floor_keeps_tokens_from_what_would_outlive_them(action, lineage):
    assert OPEN.decide(ask(action, lineage, "owner", scheme="session")).allowed
    decision = OPEN.decide(ask(action, lineage, "owner", scheme="token"))
    assert not decision.allowed
    assert decision.reason


@pytest.mark.parametrize(
    ("action", "lineage", "allowed"),
    [
        ("publish", POLICY, True),
        ("edit", POLICY, True),
        ("manage", PERSON, True),
        ("edit", SELF, True),
        ("create", TOKEN, False),
        ("edit", TOKEN, False),
        ("manage", TOKEN, False),
        ("delete", TOKEN, True),
        ("delete", DECISIONS, True),
    ],
)
def test_an_administration_token_may_do_what_its_account_may_but_make_no_tokens(action, lineage, allowed):
    decision = OPEN.decide(ask(action, lineage, "owner", scheme="token", elevated=True))
    assert decision.allowed == allowed


@pytest.mark.parametrize(("action", "lineage"), [("publish", POLICY), ("manage", PERSON), ("create", TOKEN)])
def test_an_administration_token_of_a_viewer_administers_nothing(action, lineage):
    assert not DEFAULT.decide(ask(action, lineage, "viewer", scheme="token", elevated=True)).allowed


def test_only_a_signed_in_session_makes_administration_tokens():
    assert OPEN.decide(ask("create", ELEVATED_TOKEN, "owner")).allowed
    decision = OPEN.decide(ask("create", ELEVATED_TOKEN, "owner", scheme="another"))
    assert decision.rules == ("installation:only-owners-make-administration-tokens",)
    assert OPEN.decide(ask("create", TOKEN, "owner", scheme="another")).allowed


@pytest.mark.parametrize("lineage", [NETWORKS, SCHEMES])
def test_only_an_owner_changes_the_doors_even_where_everything_is_permitted(lineage):
    decision = OPEN.decide(ask("manage", lineage, "admin"))
    assert decision.rules == ("installation:only-owners-change-the-doors",)
    assert OPEN.decide(ask("manage", lineage, "owner")).allowed
    assert OPEN.decide(ask("manage", SESSIONS, "admin")).allowed


def test_a_token_revokes_itself_and_its_like_and_nobody_elses():
    assert OPEN.decide(ask("delete", OWN_TOKEN, "admin", scheme="token")).allowed
    assert OPEN.decide(ask("delete", OWN_ELEVATED_TOKEN, "admin", scheme="token")).allowed
    for lineage in (TOKEN, SOMEBODYS_TOKEN, OWNERS_TOKEN, ELEVATED_TOKEN):
        decision = OPEN.decide(ask("delete", lineage, "owner", scheme="token"))
        assert decision.rules == ("installation:tokens-revoke-their-owners-tokens-only",)
        assert OPEN.decide(ask("delete", lineage, "owner", scheme="token", elevated=True)).allowed


def test_a_token_of_which_nothing_is_known_cannot_be_made():
    assert not OPEN.decide(ask("create", (Thing("Token", "t"), ADMIN), "admin")).allowed


def test_every_refusal_of_the_floor_has_a_reason():
    assert floor_text().count("@id(") == floor_text().count("@reason(") == floor_text().count("forbid(")
