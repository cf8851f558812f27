"""`insula secrets`: what is sealed with which key, and sealing it with the present one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from insula.features.interfaces import Sections
from insula.features.models import FeatureSetting
from insula.kit.vault import Vault
from insula.settings.secrets import secrets
from tests import terminal
from tests.functional.features import conftest
from tests.functional.features.test_sections import change, state
from tests.installations import SECRET

installation = conftest.installation

NEW = "another secret for tests only, of forty bytes or more"  # never used outside of tests


@pytest.fixture
def rotated(installation):
    """The same installation with a new secret, the old one being a former one."""
    settings = {**installation.settings, "insula.kit.secret": NEW, "insula.kit.former_secrets": SECRET}
    return again(installation, settings)


def again(installation, settings):
    from tests.installations import build

    made = build(installation.kind, settings)
    installation.others.append(made)
    return made


def key_of(handle, registry):
    from insula.db.work import tenant_work

    with tenant_work(registry, handle.tenant.id, writing=False) as work:
        return work.find_service(Sections).settings("lamps").key


def stored(handle):
    with handle.work(writing=False) as work:
        return work.db.scalars(select(FeatureSetting)).one().settings["key"]["sealed"]


def test_what_a_former_secret_sealed_opens_and_is_sealed_anew(one, two, installation, rotated):
    for handle, text in ((one, "swordfish"), (two, "herring")):
        change(handle, key=text, minutes=30)
    assert key_of(one, rotated.registry).get_secret_value() == "swordfish"
    counted = terminal.run(secrets, rotated, "check").output
    assert f"{one.tenant.name}: 1 of 1 under a former key" in counted
    assert "insula secrets rotate" in counted
    before = stored(one)
    done = terminal.run(secrets, rotated, "rotate")
    assert done.exit_code == 0, done.output
    assert "Next: take the old secret out of insula.kit.former_secrets" in done.output
    assert stored(one) != before
    assert Vault([NEW.encode()]).is_current(stored(one))
    # What is done is not done again.
    assert "0 secrets of" in terminal.run(secrets, rotated, "rotate").output
    assert "0 under a former key" in terminal.run(secrets, rotated, "check").output
    # The old secret is needed no longer, and does not open what is sealed now.
    without = again(installation, {**rotated.settings, "insula.kit.former_secrets": ""})
    assert key_of(two, without.registry).get_secret_value() == "herring"
    assert state(two).settings.key is None
    assert state(two).settings.minutes == 30


def test_a_secret_that_no_key_opens_is_told_and_kept(one, installation):
    change(one, key="swordfish")
    before = stored(one)
    lost = again(installation, {**installation.settings, "insula.kit.secret": NEW})
    failed = terminal.run(secrets, lost, "rotate")
    assert failed.exit_code == 1
    assert one.tenant.name in failed.output
    assert "insula.kit.former_secrets" in failed.output
    assert stored(one) == before
    # Somebody who changes another setting meanwhile does not lose it either.
    from insula.db.work import tenant_work

    with tenant_work(lost.registry, one.tenant.id) as work:
        work.find_service(Sections).change("lamps", settings={"minutes": 7}, actor="Ada")
    assert stored(one) == before
    assert state(one).settings.key.get_secret_value() == "swordfish"
