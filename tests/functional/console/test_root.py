"""The operators' tenant has no site: its root leads to the administration."""

from tests.installations import Installation
from tests.makers import TenantHandle


def test_the_root_of_the_console_leads_to_its_administration(installation: Installation) -> None:
    answer = installation.tenant("console", console=True).visitor().get("/")
    assert answer.status_int == 303
    assert answer.headers["Location"].endswith("/admin/")


def test_the_root_of_another_tenant_does_not(one: TenantHandle) -> None:
    assert one.visitor().get("/", expect_errors=True).status_int == 404
