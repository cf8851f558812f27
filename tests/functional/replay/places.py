"""Where each kind of resource is found: its address with a tenant's own names, and with names nobody has.

A new context without an entry here fails the replay, so a new view cannot go untested.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from insula.accounts.interfaces import Accounts, Groups, Invitations, Roles, ServiceAccounts, Tokens
from insula.collections.interfaces.entries import Entries
from insula.collections.interfaces.schemas import CollectionDocument, Collections, FieldDocument
from insula.files.interfaces import Files
from insula.handoff.interfaces import Grants
from insula.kit.ids import uuid7
from insula.mail.interfaces import Letters
from insula.security.decisions import recorder_of
from insula.security.interfaces import PolicyTestCase, PolicyTests
from tests.makers import TenantHandle

SCHEMA = {"type": "object", "properties": {"value": {"type": "number"}, "device": {"type": "string"}}}


@dataclass(frozen=True)
class Names:
    """The names of one tenant's own things; `marker` stands in all of them that people read."""

    marker: str
    page: str
    page_id: str
    stream: str
    decision: str
    entry: str
    token: str = ""
    service: str = ""
    account: str = ""
    group: str = ""
    desk: str = ""
    invitation: str = ""
    role: str = ""
    tenant: str = ""
    leave: str = ""
    letter: str = ""
    policy_test: str = ""
    file: str = ""
    collection: str = ""
    collected: str = ""
    shelf: str = ""
    shelved: str = ""
    thrown: str = ""
    singleton: str = ""
    collection_change: str = ""


NOBODYS = Names(
    "",
    f"nobodys-{uuid.uuid4().hex}",
    str(uuid.uuid4()),
    f"nobodys-{uuid.uuid4().hex[:12]}",
    f"{uuid7()}-1",
    str(uuid7()),
    token="0" * 16,
    service=str(uuid7()),
    account=str(uuid7()),
    group=str(uuid7()),
    desk=str(uuid7()),
    invitation=str(uuid7()),
    role=f"nobodys-{uuid.uuid4().hex[:12]}",
    tenant=f"nobodys-{uuid.uuid4().hex[:12]}",
    leave=str(uuid7()),
    letter=str(uuid7()),
    policy_test=str(uuid7()),
    file=str(uuid7()),
    collection=f"nobodys_{uuid.uuid4().hex[:12]}",
    collected=str(uuid7()),
    shelf=f"nobodys_{uuid.uuid4().hex[:12]}",
    shelved=str(uuid7()),
    thrown=str(uuid7()),
    singleton=f"nobodys_{uuid.uuid4().hex[:12]}",
    collection_change=str(uuid7()),
)

# Context → (address, whether it lies in something that only one tenant has).
PLACES: Mapping[str, tuple[str, bool]] = {
    "Root": ("/", False),
    "AdminRoot": ("/admin/", False),
    "APIRoot": ("/api/", False),
    "AccountArea": ("/account/", False),
    "PageResource": ("/{page}", True),
    "PagesAPI": ("/api/pages/", False),
    "APIPage": ("/api/pages/{page_id}", True),
    "PagesPanel": ("/admin/pages/", False),
    "PanelPage": ("/admin/pages/{page}", True),
    "SiteFile": ("/files/{file}", True),
    "NamedFile": ("/files/{file}/{page}.txt", True),
    "FilesPanel": ("/admin/files/", False),
    "FileScreen": ("/admin/files/{file}", True),
    "FilesAPI": ("/api/files/", False),
    "FileItem": ("/api/files/{file}", True),
    "CollectionsAPI": ("/api/collections/", False),
    "CollectionItem": ("/api/collections/{collection}", True),
    "ChangesAPI": ("/api/collections/{collection}/changes", True),
    "ChangeItem": ("/api/collections/{collection}/changes/{collection_change}", True),
    "EntriesAPI": ("/api/collections/{collection}/entries", True),
    "CollectedItem": ("/api/collections/{collection}/entries/{collected}", True),
    "CollectedVersionsAPI": ("/api/collections/{collection}/entries/{collected}/versions", True),
    "CollectedVersionItem": ("/api/collections/{collection}/entries/{collected}/versions/1", True),
    "TrashedItem": ("/api/collections/{collection}/entries/{thrown}", True),
    "SingletonAPI": ("/api/collections/{singleton}/entry", True),
    "BatchAPI": ("/api/batch/", False),
    "CollectionsPanel": ("/admin/collections/", False),
    "CollectionPanel": ("/admin/collections/{shelf}", True),
    "EntryPanel": ("/admin/collections/{shelf}/{shelved}", True),
    "StreamsAPI": ("/api/streams/", False),
    "StreamResource": ("/api/streams/{stream}", True),
    "RecordsResource": ("/api/streams/{stream}/records", True),
    "LatestResource": ("/api/streams/{stream}/latest", True),
    "AuditAPI": ("/api/audit/", False),
    "AuditPanel": ("/admin/audit/", False),
    "EntryItem": ("/api/audit/{entry}", True),
    "EntryScreen": ("/admin/audit/{entry}", True),
    "ChainItem": ("/api/audit/chain", False),
    "ExportItem": ("/api/audit/export", False),
    "ExportScreen": ("/admin/audit/export", False),
    "PolicyPanel": ("/admin/policy/", False),
    "VersionsPanel": ("/admin/policy/versions", False),
    "VersionScreen": ("/admin/policy/versions/1", False),
    "DecisionsPanel": ("/admin/policy/decisions", False),
    "DecisionScreen": ("/admin/policy/decisions/{decision}", True),
    "PolicyAPI": ("/api/policy/", False),
    "VersionsAPI": ("/api/policy/versions", False),
    "VersionItem": ("/api/policy/versions/1", False),
    "TestsPanel": ("/admin/policy/tests", False),
    "TestScreen": ("/admin/policy/tests/{policy_test}", True),
    "TestsAPI": ("/api/policy/tests", False),
    "TestItem": ("/api/policy/tests/{policy_test}", True),
    "DraftAPI": ("/api/policy/draft", False),
    "DecisionsAPI": ("/api/decisions/", False),
    "DecisionItem": ("/api/decisions/{decision}", True),
    "TokensPanel": ("/admin/tokens/", False),
    "TokenScreen": ("/admin/tokens/{token}", True),
    "TokensAPI": ("/api/tokens/", False),
    "TokenItem": ("/api/tokens/{token}", True),
    "ServicesPanel": ("/admin/services/", False),
    "ServiceScreen": ("/admin/services/{service}", True),
    "ServicesAPI": ("/api/services/", False),
    "ServiceItem": ("/api/services/{service}", True),
    "PeoplePanel": ("/admin/people/", False),
    "PersonScreen": ("/admin/people/{account}", True),
    "InvitationsPanel": ("/admin/people/invitations", False),
    "InvitationScreen": ("/admin/people/invitations/{invitation}", True),
    "PeopleAPI": ("/api/people/", False),
    "PersonItem": ("/api/people/{account}", True),
    "SessionsAPI": ("/api/people/{account}/sessions", True),
    "SessionItem": ("/api/people/{account}/sessions/{account}", True),
    "InvitationsAPI": ("/api/invitations/", False),
    "InvitationItem": ("/api/invitations/{invitation}", True),
    "RolesPanel": ("/admin/roles/", False),
    "RoleScreen": ("/admin/roles/{role}", True),
    "RolesAPI": ("/api/roles/", False),
    "RoleItem": ("/api/roles/{role}", True),
    "GroupsPanel": ("/admin/groups/", False),
    "GroupScreen": ("/admin/groups/{group}", True),
    "GroupsAPI": ("/api/groups/", False),
    "GroupItem": ("/api/groups/{desk}", True),
    "MembersAPI": ("/api/groups/{desk}/members", True),
    "MemberItem": ("/api/groups/{desk}/members/{account}", True),
    "FeaturesPanel": ("/admin/features/", False),
    "FeatureScreen": ("/admin/features/streams", False),
    "LimitsAPI": ("/api/limits/", False),
    "FeaturesAPI": ("/api/features/", False),
    "FeatureItem": ("/api/features/streams", False),
    "SecurityPanel": ("/admin/security/", False),
    "SectionScreen": ("/admin/security/sessions", False),
    "LimitsScreen": ("/admin/security/limits", False),
    "SettingsAPI": ("/api/settings/", False),
    "SectionItem": ("/api/settings/sessions", False),
    "LimitsItem": ("/api/settings/limits", False),
    "TenantsPanel": ("/admin/tenants/", True),
    "TenantScreen": ("/admin/tenants/{tenant}", True),
    "TenantsAPI": ("/api/tenants/", True),
    "TenantItem": ("/api/tenants/{tenant}", True),
    "PlansPanel": ("/admin/plans/", True),
    "PlanScreen": ("/admin/plans/standard", True),
    "PlansAPI": ("/api/plans/", True),
    "PlanItem": ("/api/plans/standard", True),
    "GrantsPanel": ("/admin/operators/", False),
    "GrantScreen": ("/admin/operators/{leave}", True),
    "GrantsAPI": ("/api/operator-grants/", False),
    "GrantItem": ("/api/operator-grants/{leave}", True),
    "OperatorDoor": ("/operator/", False),
    "TenantDesk": ("/operator/{tenant}", True),
    "MailPanel": ("/admin/mail/", True),
    "LetterScreen": ("/admin/mail/{letter}", True),
    "MailAPI": ("/api/mail/", True),
    "LetterItem": ("/api/mail/{letter}", True),
}

# What only the operators' tenant has; to every other it is missing.
CONSOLE = frozenset(
    {
        "TenantsPanel",
        "TenantScreen",
        "TenantsAPI",
        "TenantItem",
        "PlansPanel",
        "PlanScreen",
        "PlansAPI",
        "PlanItem",
        "TenantDesk",
        "MailPanel",
        "LetterScreen",
        "MailAPI",
        "LetterItem",
    }
)

# What the floor of the installation leaves to people: no token may do it, so it is asked from a browser.
FOR_PEOPLE = frozenset(
    {
        ("DecisionsAPI", "forget"),
        ("GrantsAPI", ""),
        ("GrantItem", "grant"),
        ("GrantItem", "revoke"),
        ("SectionItem", ""),
        ("TenantItem", ""),
        ("PlansAPI", ""),
        ("PlanItem", ""),
        ("TokenItem", ""),
        ("PolicyAPI", "publish"),
        ("VersionItem", "rollback"),
        ("PolicyAPI", "confirm"),
        ("PolicyAPI", "return"),
        ("DraftAPI", ""),
        ("TestsAPI", ""),
        ("TestItem", ""),
        ("TokensAPI", ""),
        ("TokenItem", "rotate"),
        ("ServicesAPI", ""),
        ("ServiceItem", ""),
        ("PersonItem", ""),
        ("PersonItem", "send-reset"),
        ("SessionsAPI", ""),
        ("SessionItem", ""),
        ("InvitationsAPI", ""),
        ("InvitationItem", ""),
        ("InvitationItem", "resend"),
        ("RolesAPI", ""),
        ("RoleItem", ""),
        ("GroupsAPI", ""),
        ("GroupItem", ""),
        ("MembersAPI", ""),
        ("MemberItem", ""),
    }
)


def furnish(handle: TenantHandle) -> Names:
    """Give a tenant one of everything."""
    marker = f"marker{uuid.uuid4().hex[:12]}"
    api = handle.api("owner")
    page = api.post_json("/api/pages", {"path": f"/{marker}", "title": marker, "blocks": []}).json
    api.post_json(f"/api/pages/{page['id']}/publish", {}, headers={"If-Match": "*"})
    home = api.post_json("/api/pages", {"path": "/", "title": f"{marker} home", "blocks": []}).json
    api.post_json(f"/api/pages/{home['id']}/publish", {}, headers={"If-Match": "*"})
    api.post_json(
        "/api/streams", {"name": marker, "title": marker, "schema": SCHEMA, "series_field": "device"}
    )
    records = [{"value": number, "device": marker} for number in range(5)]
    api.post_json(f"/api/streams/{marker}/records", records)
    handle.installation.drain()
    decided = api.get(f"/api/pages/{page['id']}")
    recorder_of(handle.installation.registry).flush()
    entry = api.get("/api/audit?event=page.published").json["data"][0]["id"]
    with handle.work() as work:
        service = work.find_service(ServiceAccounts).create(marker)
        token, _ = work.find_service(Tokens).create(service.id, label=marker)
        role = work.find_service(Roles).create(marker, marker)
        account = work.find_service(Accounts).create_person(f"{marker}@example.com", marker, None, [marker])
        group = work.find_service(Groups).create(marker, marker, [marker])
        desk = work.find_service(Groups).create(f"{marker}-desk", marker, [marker])
        invitation = work.find_service(Invitations).invite(f"{marker}@example.org", [marker], actor="a test")
        leave = work.find_service(Grants).open(1, marker, actor="a test")
        letter = work.find_service(Letters).newest()[0]
        name = FieldDocument(name="name", type="text", unique=True)
        document = CollectionDocument(title=marker, fields=(name,))
        work.find_service(Collections).create(marker, document, by="a test")
        # The API deletes the other one.
        work.find_service(Collections).create(f"{marker}_shelf", document, by="a test")
        # Nothing makes its entry: what is missing is named instead.
        needed = FieldDocument(name="words", type="text", required=True)
        home = CollectionDocument(title=marker, fields=(needed,), singleton=True)
        work.find_service(Collections).create(f"{marker}_home", home, by="a test")
        case = PolicyTestCase(marker, "view", 'Area::"api"', allowed=True, roles=("viewer",))
        policy_test = work.find_service(PolicyTests).add(case, "a test")
        file = work.find_service(Files).take(BytesIO(marker.encode()), f"{marker}.txt", public=True)
    with handle.work() as work:
        entries = work.find_service(Entries)
        # What was thrown away stays there: another entry has its unique value by now.
        thrown = entries.create(marker, {"name": marker}, author=None)
        entries.trash(marker, thrown.id, expected=None, author=None)
        collected = entries.create(marker, {"name": marker}, author=None)
        shelved = entries.create(f"{marker}_shelf", {"name": marker}, author=None)
        entries.publish(marker, collected.id, expected=None, author=None)
        other = document.model_copy(update={"title": f"{marker} otherwise"})
        collection_change = work.find_service(Collections).plan(marker, other, by="a test")
    return Names(
        marker,
        marker,
        page["id"],
        marker,
        f"{decided.headers['X-Request-ID']}-1",
        entry,
        token=token.kid,
        service=str(service.id),
        account=str(account.id),
        group=str(group.id),
        desk=str(desk.id),
        invitation=str(invitation.id),
        role=role.name,
        tenant=handle.tenant.name,
        leave=str(leave.id),
        letter=str(letter.id),
        policy_test=str(policy_test.id),
        file=str(file.id),
        collection=marker,
        collected=str(collected.id),
        shelf=f"{marker}_shelf",
        shelved=str(shelved.id),
        thrown=str(thrown.id),
        singleton=f"{marker}_home",
        collection_change=str(collection_change.id),
    )
