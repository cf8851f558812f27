"""The platform tried as an attacker would: hostile messages over raw sockets, and what they learn from the answers."""

from __future__ import annotations

import contextlib
import re
import socket
import sys
from pathlib import Path

import pytest

from insula.kit.ids import uuid7
from tests.functional.replay.places import furnish
from tests.functional.served.attacks import CLOSED, PAIRS, TOKEN, Attack, attacks, message, table
from tests.functional.served.conftest import Served

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "security.md"
BEGIN, END = "<!-- attacks: begin -->", "<!-- attacks: end -->"
NEVER = re.compile(
    rb'Traceback|File "[^"]+", line|sqlalchemy|psycopg|cassandra\.|site-packages|root:x:0', re.IGNORECASE
)
VARYING = (b"date:", b"x-request-id:", b"set-cookie:", b"content-length:")
IDS = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Target:
    """Two furnished tenants of a server, and the words that stand for their things."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.sent = 0
        one, two = served.installation.tenant("one"), served.installation.tenant("two")
        ours, theirs = furnish(one), furnish(two)
        draft = one.api("owner").post_json("/api/pages", {"path": "/a-draft", "title": "Draft", "blocks": []})
        assert draft.status_int == 201
        here, there = self._browser(one), self._browser(two)
        cursors = [
            handle.api("owner").get(f"/api/streams/{names.stream}/records?limit=1").json["after"]
            for handle, names in ((one, ours), (two, theirs))
        ]
        token = one.token("owner")
        self.foreign = (theirs.marker.encode(), two.tenant.title.encode(), two.tenant.name.encode())
        self.words = {
            "ONE": one.host,
            "TWO": two.host,
            "TOKEN": token,
            "AUTHOR": one.token("author"),
            "OTHER": two.token("owner"),
            "CUT": token[:-4],
            "BADSUM": token[:-1] + ("a" if token[-1] != "a" else "b"),
            "SESSION": here[0],
            "RAWSESSION": re.search(r"insula-session=([^;]+)", here[0])[1],
            "CSRF": here[1],
            "SESSION2": there[0],
            "CSRF2": there[1],
            "PAGE": ours.page_id,
            "STREAM": ours.stream,
            "ENTRY": ours.entry,
            "DECISION": ours.decision,
            "CURSOR": cursors[0],
            "FLIPPED": cursors[0][:10] + ("A" if cursors[0][10] != "A" else "B") + cursors[0][11:],
            "PAGE2": theirs.page_id,
            "STREAM2": theirs.stream,
            "ENTRY2": theirs.entry,
            "DECISION2": theirs.decision,
            "CURSOR2": cursors[1],
            "NONE": str(uuid7()),
            "DRAFT": "a-draft",
        }

    def send(self, raw: bytes) -> bytes:
        """Send a message and return all that comes back."""
        self.sent += 1
        for word, value in self.words.items():
            raw = raw.replace(f"@{word}@".encode(), value.encode())
        # The length that was counted before the words were put in is counted again.
        head, _, body = raw.partition(b"\r\n\r\n")
        if b"X-Counted: " in head:
            head = re.sub(rb"X-Counted: \d+", b"Content-Length: %d" % len(body), head)
            raw = head + b"\r\n\r\n" + body
        # Each comes from an address of its own, so that none is refused for what another did.
        address = f"198.18.{self.sent // 250}.{self.sent % 250 + 1}".encode()
        raw = raw.replace(
            b"\r\nConnection: close\r\n", b"\r\nConnection: close\r\nX-Forwarded-For: " + address + b"\r\n", 1
        )
        received = b""
        with socket.create_connection(("127.0.0.1", self.served.port), timeout=8) as connection:
            # It may answer before it has read everything.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(raw)
            try:
                while part := connection.recv(65536):
                    received += part
            except (ConnectionResetError, TimeoutError):
                pass
        return received

    @staticmethod
    def _browser(handle) -> tuple[str, str]:
        client = handle.signed_in("owner")
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/admin/features/streams").text)
        assert token
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        return cookies, token[1]


@pytest.fixture(scope="module")
def target(served: Served) -> Target:
    return Target(served)


def status_of(answer: bytes) -> int:
    found = re.match(rb"HTTP/1\.[01] (\d{3}) ", answer)
    return int(found[1]) if found else CLOSED


@pytest.mark.parametrize("attack", attacks(), ids=str)
def test_a_hostile_message_gets_the_answer_that_is_documented(attack: Attack, target: Target) -> None:
    answer = target.send(attack.message)
    assert status_of(answer) in attack.answers, answer[:600]
    assert not NEVER.search(answer), answer[:2000]
    for foreign in target.foreign:
        assert foreign not in answer, answer[:2000]
    head = answer.partition(b"\r\n\r\n")[0].lower()
    assert b"access-control-allow-origin" not in head
    assert b"\r\nset-cookie: x=1" not in head
    if status_of(answer) in (301, 302, 303, 307):
        location = re.search(rb"\r\nlocation: ([^\r]*)", head)
        assert location
        host = target.words["ONE"].encode()
        assert location[1].startswith((b"/", b"https://" + host)), location
        assert not location[1].startswith((b"//", b"/\\")), location


@pytest.mark.parametrize("pair", PAIRS, ids=[name for name, *_ in PAIRS])
def test_what_one_may_not_view_is_answered_as_what_is_missing(pair: tuple[str, ...], target: Target) -> None:
    _, forbidden, missing, who = pair
    answers = [told(target, path, who) for path in (forbidden, missing)]
    assert answers[0] == answers[1]


def told(target: Target, path: str, who: str) -> tuple[list[bytes], bytes]:
    """Return an answer without what differs in any two, and without the name that was asked for."""
    head, _, body = target.send(message("GET", path, who)).partition(b"\r\n\r\n")
    name = path
    for word, value in target.words.items():
        name = name.replace(f"@{word}@", value)
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(VARYING)]
    both = b"\r\n".join(lines) + b"\r\n\r\n" + body
    for part in sorted({name, *name.strip("/").split("/")} - {"api", "admin"}, key=len, reverse=True):
        both = both.replace(part.encode(), b"NAME")
    both = re.sub(rb'name="csrf_token" value="[^"]*"', b"CSRF", both)
    both = re.sub(rb"NAME(%2F|/)(NAME(%2F|/)?)*", b"NAME", both)
    head, _, body = IDS.sub(b"ID", both).partition(b"\r\n\r\n")
    return head.split(b"\r\n"), body


ANSWERS = {
    "a page": ("/", ""),
    "a missing page": ("/nobodys-page", ""),
    "the sign-in": ("/account/@@sign-in", ""),
    "the API": ("/api/pages", TOKEN),
    "an error of the API": ("/api/pages?limit=0", TOKEN),
    "a refusal of the API": ("/api/pages", ""),
    "a screen": ("/admin/audit", "Cookie: @SESSION@"),
    "a file": ("/static/nobodys.css", ""),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_every_kind_of_answer_tells_the_browser_to_be_careful(kind: str, target: Target) -> None:
    path, who = ANSWERS[kind]
    head = target.send(message("GET", path, who)).partition(b"\r\n\r\n")[0].decode("latin-1")
    headers = {
        name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])
    }
    seconds = re.search(r"max-age=(\d+)", headers["strict-transport-security"])
    assert seconds
    assert int(seconds[1]) >= 365 * 86_400
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "referrer-policy" in headers
    policy = {
        name: values
        for name, *values in (part.split() for part in headers["content-security-policy"].split(";"))
    }
    assert policy["frame-ancestors"] in (["'none'"], ["'self'"])
    assert "'unsafe-inline'" not in str(policy)
    assert "'unsafe-eval'" not in str(policy)
    assert policy.get("script-src", policy["default-src"]) in (["'self'"], ["'none'"])
    assert "server" not in headers


def test_after_all_of_it_the_server_lives_and_its_log_has_no_traceback(target: Target) -> None:
    assert status_of(target.send(message("GET", "/healthz"))) == 200
    assert status_of(target.send(message("GET", "/api/pages", "Authorization: Bearer @TOKEN@"))) == 200
    assert len(target.served.children()) == 2
    assert "Traceback" not in target.served.log.read_text(errors="replace")


def test_a_message_behind_a_refused_one_is_not_answered(target: Target) -> None:
    smuggled = b"GET /api/pages HTTP/1.1\r\nHost: @ONE@\r\nAuthorization: Bearer @TOKEN@\r\n\r\n"
    first = (
        b"POST / HTTP/1.1\r\nHost: @ONE@\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    )
    answer = target.send(first + smuggled)
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert b'"data"' not in answer


def test_at_least_two_hundred_messages_are_tried_and_the_page_lists_them() -> None:
    assert len(attacks()) >= 200
    text = PAGE.read_text()
    written = text.partition(BEGIN)[2].partition(END)[0].strip()
    assert written == table(), (
        f"Write it anew: {Path(sys.executable).name} -m tests.functional.served.test_attacker"
    )


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{rest.partition(END)[2]}")
