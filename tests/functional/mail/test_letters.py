"""Letters on their way to a real mail server, through the outbox and the relay."""

import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from insula.db.work import system_work
from insula.events.interfaces import Events
from insula.events.outbox import SQLOutbox
from insula.events.relay import drain
from insula.kit.clock import now
from insula.kit.errors import Invalid, NotFound, TooLarge, TooMany
from insula.mail.events import LetterQueued
from insula.mail.interfaces import LetterInfo, Letters
from insula.mail.models import Letter
from insula.observability.health import check_all
from tests.functional.mail.conftest import PASSWORD, USER, Server
from tests.installations import Installation
from tests.makers import TenantHandle

TEXT = "Come in: https://flights.example/account/@@invitation?secret=abc\n"
Sending = Callable[..., Installation]


def write(handle: TenantHandle, to: str = "ada@example.com", **options: Any) -> UUID:
    with handle.work() as work:
        return work.find_service(Letters).send("invitation", to, "You are invited", TEXT, **options)


def letter(handle: TenantHandle, letter_id: UUID) -> LetterInfo:
    with handle.work(writing=False) as work:
        return work.find_service(Letters).find(letter_id)


def relay(installation: Installation, rounds: int = 1) -> None:
    for _ in range(rounds):
        time.sleep(0.02)
        drain(installation.registry)


def test_a_letter_is_sent_once_and_what_it_said_is_erased(
    one: TenantHandle, server: Server, sending: Sending
) -> None:
    made = sending(server.port)
    written = write(one, html="<p>Come in</p>")
    assert letter(one, written).text == TEXT
    relay(made, 2)
    assert len(server.taken) == 1
    sent = server.taken[0]
    assert server.recipients == ["ada@example.com"]
    assert sent["Message-ID"] == f"<{written}@example.org>"
    assert sent["From"].addresses[0].display_name == one.tenant.title
    assert sent.get_body(("plain",)).get_content().strip() == TEXT.strip()
    found = letter(one, written)
    assert (found.state, found.text, found.html) == ("sent", None, None)


def test_a_letter_of_work_that_failed_was_never_written(
    one: TenantHandle, server: Server, sending: Sending
) -> None:
    def fail() -> None:
        with one.work() as work:
            work.find_service(Letters).send("invitation", "ada@example.com", "You are invited", TEXT)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    relay(sending(server.port))
    assert server.taken == []


def test_another_tenant_sees_nothing_of_a_letter(one: TenantHandle, two: TenantHandle) -> None:
    written = write(one)
    with pytest.raises(NotFound):
        letter(two, written)
    with two.work(writing=False) as work:
        assert work.find_service(Letters).newest() == []


def test_the_event_says_neither_to_whom_nor_what(one: TenantHandle, installation: Installation) -> None:
    written = write(one)
    installation.drain()
    entries = one.api("owner").get("/api/audit").json["data"]
    queued = next(entry for entry in entries if entry["event"] == "letter.queued")
    assert queued["payload"] == {"letter_id": str(written), "kind": "invitation"}


def test_starttls_with_a_valid_certificate_and_a_password(
    one: TenantHandle, guarded: Server, sending: Sending, certificate: Path
) -> None:
    made = sending(
        guarded.port,
        **{
            "insula.mail.tls": "starttls",
            "insula.mail.ca_file": str(certificate),
            "insula.mail.user": USER,
            "insula.mail.password": PASSWORD,
        },
    )
    write(one)
    relay(made)
    assert (guarded.signed_in, guarded.encrypted) == ([True], [True])


@pytest.mark.parametrize(
    "wrong",
    [
        {"insula.mail.ca_file": None},
        {"insula.mail.password": "wrong"},
        {"insula.mail.host": "localhost"},
        {"insula.mail.tls": "none"},
    ],
    ids=["unknown certificate", "wrong password", "another name", "unprotected"],
)
def test_without_them_the_letter_waits_and_nothing_is_told(
    one: TenantHandle, guarded: Server, sending: Sending, certificate: Path, wrong: dict[str, Any]
) -> None:
    given = {
        "insula.mail.tls": "starttls",
        "insula.mail.ca_file": str(certificate),
        "insula.mail.user": USER,
        "insula.mail.password": PASSWORD,
        **wrong,
    }
    made = sending(guarded.port, **{key: value for key, value in given.items() if value is not None})
    written = write(one)
    relay(made)
    assert guarded.taken == []
    assert letter(one, written).state == "waiting"


def test_a_letter_refused_for_good_says_why_and_is_not_tried_again(
    one: TenantHandle, server: Server, sending: Sending
) -> None:
    made = sending(server.port)
    server.at_recipient = ["550 5.1.1 no such mailbox"]
    written = write(one)
    relay(made, 3)
    found = letter(one, written)
    assert (found.state, found.text, found.reason) == ("refused", None, "550 5.1.1 no such mailbox")
    assert server.taken == []
    entries = one.api("owner").get("/api/audit").json["data"]
    refused = next(entry for entry in entries if entry["event"] == "letter.refused")
    assert refused["payload"] == {"letter_id": str(written), "kind": "invitation", "code": 550}


def test_a_refused_text_is_refused_for_good_as_well(
    one: TenantHandle, server: Server, sending: Sending
) -> None:
    made = sending(server.port)
    server.at_data = ["554 5.6.0 no"]
    written = write(one)
    relay(made)
    assert letter(one, written).state == "refused"


def test_a_letter_that_is_put_off_is_tried_again_under_the_same_id(
    one: TenantHandle, server: Server, sending: Sending
) -> None:
    made = sending(server.port)
    server.at_recipient = ["450 4.2.0 greylisted, ada@example.com"]
    server.at_data = ["451 4.3.0 later"]
    written = write(one)
    relay(made, 4)
    assert [sent["Message-ID"] for sent in server.taken] == [f"<{written}@example.org>"]
    assert letter(one, written).state == "sent"


def test_what_the_outbox_keeps_of_a_failure_names_nobody(
    one: TenantHandle, server: Server, sending: Sending
) -> None:
    made = sending(server.port)
    server.at_recipient = ["450 greylisted ada@example.com"] * 9
    written = write(one)
    relay(made, 6)
    with system_work(made.registry, reason="a test looks", writing=False) as work:
        assert SQLOutbox(work.db).backlog().dead >= 1
        errors = [error or "" for *_, error in SQLOutbox(work.db).backlog_by_consumer()]
    assert not [error for error in errors if "@" in error]
    assert letter(one, written).text == TEXT
    server.at_recipient = []
    with system_work(made.registry, reason="a test requeues") as work:
        SQLOutbox(work.db).requeue(tenant_id=one.tenant.id)
    relay(made)
    assert letter(one, written).state == "sent"


def test_letters_wait_for_a_mail_server_that_is_away(
    one: TenantHandle, server: Server, sending: Sending
) -> None:
    nobody_there = sending(1)
    written = write(one)
    relay(nobody_there, 6)
    assert letter(one, written).state == "waiting"
    assert "letters wait" in check_all(nobody_there.registry)["mail"].detail
    relay(sending(server.port))
    assert letter(one, written).state == "sent"


def test_a_relay_that_died_after_sending_repeats_the_letter_recognisably(
    one: TenantHandle, server: Server, sending: Sending
) -> None:
    made = sending(server.port)
    written = write(one)
    relay(made)
    with one.work() as work:
        work.db.execute(
            update(Letter)
            .where(Letter.tenant_id == one.tenant.id, Letter.id == written)
            .values(state="waiting", text=TEXT)
        )
        work.find_service(Events).emit(LetterQueued(str(written), "invitation"))
    relay(made)
    assert len(server.taken) == 2
    assert server.taken[0]["Message-ID"] == server.taken[1]["Message-ID"]


def test_where_nobody_sends_mail_every_letter_is_refused(one: TenantHandle, sending: Sending) -> None:
    made = sending(1, **{"insula.mail.backend": "none"})
    written = write(one)
    relay(made)
    found = letter(one, written)
    assert found.state == "refused"
    assert "sends no mail" in found.reason


def test_the_catcher_keeps_what_the_newest_letters_say(one: TenantHandle, sending: Sending) -> None:
    made = sending(1, **{"insula.mail.backend": "catcher", "insula.mail.catcher_keep": "2"})
    written = [write(one) for _ in range(4)]
    relay(made)
    found = [letter(one, each) for each in written]
    assert [each.state for each in found] == ["caught"] * 4
    assert [each.text for each in found] == [None, None, TEXT, TEXT]


def test_a_tenant_writes_so_many_letters_an_hour_and_another_is_not_kept_waiting(
    one: TenantHandle, two: TenantHandle, sending: Sending
) -> None:
    made = sending(1, **{"insula.mail.per_hour": "3"})
    first, second = TenantHandle(made, one.tenant), TenantHandle(made, two.tenant)
    for _ in range(3):
        write(first)
    with pytest.raises(TooMany) as refused:
        write(first)
    assert 3500 < (refused.value.retry_after or 0) <= 3601
    write(second)
    with first.work() as work:
        work.db.execute(
            update(Letter)
            .where(Letter.tenant_id == one.tenant.id)
            .values(created_at=now() - timedelta(hours=1, seconds=1))
        )
    write(first)


def test_letters_are_forgotten_after_their_days(one: TenantHandle, sending: Sending) -> None:
    made = TenantHandle(sending(1, **{"insula.mail.keep_days": "7"}), one.tenant)
    old = write(made)
    with made.work() as work:
        work.db.execute(
            update(Letter)
            .where(Letter.tenant_id == one.tenant.id)
            .values(created_at=now() - timedelta(days=8))
        )
    write(made)
    with pytest.raises(NotFound):
        letter(made, old)


def test_a_letter_that_cannot_be_one_is_refused_before_it_is_written(one: TenantHandle) -> None:
    with one.work() as work:
        letters = work.find_service(Letters)
        for to, subject in (("ada@example.com\nBcc: x@example.com", "Hello"), ("ada@example.com", "a\nb")):
            with pytest.raises(Invalid):
                letters.send("test", to, subject, TEXT)
        with pytest.raises(TooLarge):
            letters.send("test", "ada@example.com", "Hello", "x" * 100_001)
        assert letters.newest() == []
