"""Letters as messages: what stands in the headers, and what can never get there."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from insula.kit.clock import now
from insula.kit.errors import Invalid
from insula.kit.ids import uuid7
from insula.mail.messages import checked_address, checked_subject, checked_text, message

LETTER = uuid7()


def made(**changes: Any) -> EmailMessage:
    given: dict[str, Any] = {
        "letter_id": LETTER,
        "at": now(),
        "sender": "insula@example.org",
        "title": "Flights",
        "to": "ada@example.com",
        "subject": "You are invited",
        "text": "Come in: https://flights.example/account/@@invitation?secret=abc\n",
    }
    return message(**{**given, **changes})


def test_a_letter_says_who_writes_and_that_no_person_did():
    sent = made()
    assert sent["From"] == "Flights <insula@example.org>"
    assert sent["To"] == "ada@example.com"
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent["Date"].endswith("+0000")


def test_the_same_letter_has_the_same_message_id():
    assert made()["Message-ID"] == made(subject="Again")["Message-ID"] == f"<{LETTER}@example.org>"
    assert made(letter_id=uuid7())["Message-ID"] != made()["Message-ID"]


@pytest.mark.parametrize(
    "title",
    ["Evil\r\nBcc: victim@example.com", 'Evil" <x@example.com>, "', "Zoë & söhne 🏠", "a\0b", "x" * 300],
)
def test_no_title_becomes_a_header_or_another_sender(title: str):
    again = message_from_bytes(bytes(made(title=title)), policy=policy.SMTP)
    assert again["Bcc"] is None
    assert [each.addr_spec for each in again["From"].addresses] == ["insula@example.org"]


def test_a_letter_may_have_a_second_form():
    sent = made(html="<p>Come in</p>")
    assert sent.get_body(("plain",)).get_content().startswith("Come in")
    assert sent.get_body(("html",)).get_content().strip() == "<p>Come in</p>"


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ada",
        "ada@example.com\r\nBcc: x@example.com",
        "ada@example.com\n",
        "ada@example.com, eve@example.com",
        "Ada <ada@example.com>",
        '"a b"@example.com',
        "ada@@example.com",
        "ada@example.com\0",
        "\ud800@example.com",
        f"{'a' * 250}@example.com",
        "a:b@example.com;",
        "zoë@example.com",
        "zoe@münchen.example",
    ],
)
def test_what_is_no_single_address_is_refused(to: str):
    with pytest.raises(Invalid) as refused:
        checked_address(to)
    assert refused.value.errors[0].path == "to"


@pytest.mark.parametrize("to", ["ada@example.com", "o'brien+news@example.co.uk"])
def test_an_address_stays_as_it_is(to: str):
    assert checked_address(to) == to


@pytest.mark.parametrize(
    "subject", ["", "a\nb", "a\r\nBcc: x@example.com", "a\u2028b", " a", "x" * 201, "\ud800"]
)
def test_a_subject_is_one_line(subject: str):
    with pytest.raises(Invalid):
        checked_subject(subject)


def test_a_text_has_no_null_and_no_half_characters():
    for text in ("a\0b", "\ud800"):
        with pytest.raises(Invalid):
            checked_text("text", text)
