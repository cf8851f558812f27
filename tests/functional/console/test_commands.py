"""`insula tenant`: what it says to do next, and what is amiss."""

from insula.console.commands import tenant
from tests.makers import unique
from tests.terminal import run


def create(installation, *words):
    name = unique("made")
    told = run(tenant, installation, "create", name, "--host", f"{name}.localhost", *words)
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


def test_what_is_amiss_is_told_without_a_traceback(installation, one, two):
    taken = run(tenant, installation, "create", unique("made"), "--host", one.host)
    assert taken.exit_code == 1
    assert taken.output.startswith("Error: ")
    assert one.host in taken.output
    bad = run(tenant, installation, "create", "No Name", "--host", "no host")
    assert bad.exit_code == 1
    assert "name: " in bad.output
    unknown = run(tenant, installation, "suspend", "nobody-here")
    assert unknown.exit_code == 1
    assert "nobody-here" in unknown.output
    assert run(tenant, installation, "suspend", one.tenant.name).exit_code == 0
    one.visitor().get("/", status=503)
    two.visitor().get("/", status=404)
    assert run(tenant, installation, "resume", one.tenant.name).exit_code == 0
    one.visitor().get("/", status=404)
