"""`insula tenant`: what it says to do next."""

from click.testing import CliRunner

from insula.console.commands import tenant
from insula.kit.commands import Shell
from tests.makers import unique


def create(installation, *words):
    name = unique("made")
    shell = Shell(installation.registry, "test.ini")
    told = CliRunner().invoke(tenant, ["create", name, "--host", f"{name}.localhost", *words], obj=shell)
    assert told.exit_code == 0, told.output
    return name, told.output


def test_a_new_tenant_is_told_how_to_come_to_a_first_page(installation):
    name, told = create(installation)
    assert f"Next: insula account create --tenant {name} " in told
    assert f"https://{name}.localhost/admin/pages/@@new" in told
    assert "answers 404 until a page with the path / is published" in told
    installation.client(f"{name}.localhost").get("/", status=404)


def test_the_operators_tenant_has_no_pages_and_is_told_of_none(installation):
    _, told = create(installation, "--console")
    assert "Next: insula account create" in told
    assert "404" not in told
