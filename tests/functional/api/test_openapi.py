"""The OpenAPI document: valid, of this tenant, and of what this caller may do."""

import pytest
from openapi_spec_validator import validate

from insula.api.openapi.endpoints import endpoints_of, places_of
from tests.installations import Installation
from tests.makers import TenantHandle

AIRPORTS = {
    "name": "airports",
    "title": "Airports",
    "fields": [
        {"name": "iata", "type": "text", "required": True, "max_length": 3},
        {"name": "state", "type": "choice", "choices": ["CA", "NY"], "indexed": True},
        {"name": "near", "type": "link", "collection": "airports"},
    ],
}
WEATHER = {"name": "weather", "schema": {"type": "object", "properties": {"rain": {"type": "number"}}}}


def document(tenant: TenantHandle, role: str = "owner", **options: bool):
    return tenant.api(role, **options).get("/api/openapi.json").json


def operations(found):
    return {(method, path) for path, item in found["paths"].items() for method in item}


def filters(found, operation):
    """Return the names of the parameters that an operation shares with others."""
    shared = found["components"]["parameters"]
    return {
        shared[each["$ref"].rpartition("/")[2]]["name"] for each in operation["parameters"] if "$ref" in each
    }


@pytest.fixture
def described(one: TenantHandle):
    """The document of a tenant with a collection and a stream."""
    owner = one.api("owner")
    owner.post_json("/api/collections", AIRPORTS)
    owner.post_json("/api/streams", WEATHER)
    return document(one)


def test_every_endpoint_has_an_address_and_says_what_it_takes_and_answers(installation: Installation):
    silent = [
        f"{each.plan.view.__module__}.{each.plan.view.__name__}"
        for each in endpoints_of(installation.registry)
        if not each.plan.typed or not places_of(installation.registry, each.context)
    ]
    assert not silent


def test_the_document_is_valid_and_each_operation_has_a_name_of_its_own(described):
    validate(described)
    ids = [item["operationId"] for path in described["paths"].values() for item in path.values()]
    assert len(ids) == len(set(ids)) > 80


def test_a_tenants_collections_and_streams_are_in_its_document_and_in_no_other(described, two: TenantHandle):
    schemas = described["components"]["schemas"]
    entry = schemas["EntryBody.Airports"]
    assert entry["required"] == ["iata"]
    assert entry["properties"]["iata"] == {"type": "string", "maxLength": 3}
    listed = described["paths"]["/api/collections/airports/entries"]["get"]
    assert {"state", "state[in]", "near"} <= filters(described, listed)
    assert schemas["RecordBody.weather"]["properties"] == {"rain": {"type": "number"}}
    others = document(two)
    assert not [path for path in others["paths"] if "airports" in path or "weather" in path]
    assert not [name for name in others["components"]["schemas"] if "Airports" in name]


def test_what_the_policy_denies_is_not_in_the_document(one: TenantHandle):
    owner, editor, viewer = (operations(document(one, role)) for role in ("owner", "editor", "viewer"))
    assert ("patch", "/api/pages/{id}") in owner & editor
    assert ("patch", "/api/pages/{id}") not in viewer
    assert ("get", "/api/audit") in owner
    assert ("get", "/api/audit") not in editor | viewer
    assert ("get", "/api/tenants") not in owner
    assert viewer < owner


def test_a_hidden_field_is_not_in_the_document(one: TenantHandle):
    owner = one.api("owner")
    owner.post_json("/api/collections", AIRPORTS)
    before = document(one, "viewer")["components"]["schemas"]["EntryShape.Airports"]["properties"]
    policy = owner.get("/api/policy")
    hidden = '\n@id("hidden")\nforbid (principal in Role::"viewer", action, resource == Field::"airports.state");\n'
    one.api("owner", elevated=True).post_json(
        "/api/policy/publish",
        {"text": policy.json["text"] + hidden, "message": "Hide"},
        headers={"If-Match": policy.headers["ETag"]},
    )
    after = document(one, "viewer")
    assert set(before) - set(after["components"]["schemas"]["EntryShape.Airports"]["properties"]) == {"state"}
    listed = after["paths"]["/api/collections/airports/entries"]["get"]
    assert "state" not in filters(after, listed)
    assert "state" in document(one)["components"]["schemas"]["EntryShape.Airports"]["properties"]


def test_visitors_have_no_document_before_the_api_is_opened(one: TenantHandle):
    one.visitor().get("/api/openapi.json", status=401)


def test_what_is_long_is_said_once_and_things_of_one_title_stay_apart(one: TenantHandle):
    choices = [f"choice-{number:04}" for number in range(60)]
    field = {"name": "state", "type": "choice", "choices": choices, "indexed": True, "required": True}
    for name, more in (("first", "one"), ("second", "two")):
        fields = [field, {"name": more, "type": "text"}]
        one.api("owner").post_json("/api/collections", {"name": name, "title": "Same", "fields": fields})
    answer = one.api("owner").get("/api/openapi.json")
    validate(answer.json)
    assert answer.text.count("choice-0059") == 2
    assert answer.text.count("Those whose state is one of these") == 2
    bodies = [
        answer.json["paths"][f"/api/collections/{name}/entries"]["post"]["requestBody"]["content"]
        for name in ("first", "second")
    ]
    names = [str(next(iter(each.values()))["schema"]) for each in bodies]
    assert names[0] != names[1]
    schemas = answer.json["components"]["schemas"]
    assert set(schemas["EntryBody.Same"]["properties"]) == {"state", "one"}
    assert set(schemas["EntryBody.Same_2"]["properties"]) == {"state", "two"}
    assert "state[in]" in one.api("owner").get("/api/docs").text


def test_a_document_grows_to_a_bound_and_says_what_it_leaves_out(one: TenantHandle, two: TenantHandle):
    """The bound is about each document: that of a tenant with little is whole."""
    for number in range(3):
        one.api("owner").post_json("/api/collections", AIRPORTS | {"name": f"a{number}", "fields": []})
    whole, small = document(one), document(two)
    assert "are left out" not in whole["info"]["description"]
    process = one.installation.another_process(**{"insula.api.document_bytes": "50000"})
    cut, uncut = (document(TenantHandle(process, each.tenant)) for each in (one, two))
    validate(cut)
    assert "are left out" in cut["info"]["description"]
    assert operations(small) < operations(cut) < operations(whole)
    assert uncut == small
