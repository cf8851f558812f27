"""The operators' tenant has no site: its root leads to the administration."""

from tests.installations import Installation
from tests.makers import TenantHandle


def test_the_root_of_the_console_leads_to_its_administration(installation: Installation) -> None:
    answer = installation.tenant("console", console=True).visitor().get("/")
    assert answer.status_int == 303
    assert answer.headers["Location"].endswith("/admin/")


def test_the_root_of_another_tenant_does_not(one: TenantHandle) -> None:
    assert one.visitor().get("/", expect_errors=True).status_int == 404


def test_the_operators_own_tenant_has_no_leave_to_give_to_operators(installation, one):
    console = installation.tenant("console", console=True)
    for handle, status in ((one, 200), (console, 404)):
        browser = handle.signed_in("owner")
        assert browser.get("/admin/operators", expect_errors=True).status_int == status
        assert handle.api("owner").get("/api/operator-grants", expect_errors=True).status_int == status
        assert ("/admin/operators" in browser.get("/admin/").text) is (status == 200)
