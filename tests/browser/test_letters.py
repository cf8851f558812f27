"""What the links of letters lead to: screens everybody can reach, whose buttons do what the letter says."""

import pytest

from insula.accounts.interfaces import Invitations, Recovery
from tests.browser.test_every_screen import findings, open_page
from tests.functional.members.letters import secret_in

NEW = "another harbour at night"
NEW_ADDRESS = "somebody.with.a.rather.long.address.for.a.narrow.screen@example.org"


@pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1440, "dark")])
def test_invitation_reset_and_confirmation_are_reachable_and_work(served, chromium, axe, width, theme):
    handle = served.installation.tenant("letters")
    person = handle.person("editor")
    with handle.work() as work:
        work.find_service(Invitations).invite(NEW_ADDRESS, ["editor"], name="Ada", actor="command line")
        work.find_service(Recovery).request_email_change(person.id, "new@example.org")
    page, wrong = open_page(chromium, width, theme), []

    def opened(screen, to):
        path = f"/account/@@{screen}?link={secret_in(handle, to)}"
        wrong.extend(findings(page, axe, served.url(handle, path)))

    def typed(**fields):
        for name, value in fields.items():
            page.fill(f"#{name}", value)
        page.click("main button")

    opened("invitation", NEW_ADDRESS)
    typed(password="short", again="short")
    assert "at least 12 characters" in page.inner_text("#password-e")
    typed(password=NEW, again=NEW)
    assert "Your account is made" in page.inner_text("main")
    opened("confirm", "new@example.org")
    typed()
    assert "is confirmed" in page.inner_text("main")
    # What was asked for before a reset ends with it.
    with handle.work() as work:
        work.find_service(Recovery).send_reset(person.id)
    opened("reset", "new@example.org")
    typed(password=NEW, again=NEW)
    assert "Your new password is set" in page.inner_text("main")
    typed(email="new@example.org", password=NEW)
    assert "new@example.org" in page.inner_text("main")
    assert wrong == []
    page.context.close()
