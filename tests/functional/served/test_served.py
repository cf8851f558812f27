"""What only a real server can show: sockets, processes, signals, and requests no honest client sends."""

import json
import os
import re
import signal
import socket
import time
from pathlib import Path

import pytest

from insula.features.interfaces import Sections
from tests.functional.served.conftest import Served
from tests.hostile_hosts import FORWARDED, HOSTILE
from tests.makers import PASSWORD, TenantHandle

SCHEMA = {"type": "object", "properties": {"value": {"type": "number"}}, "required": ["value"]}


@pytest.fixture(scope="module")
def one(served: Served) -> TenantHandle:
    return served.installation.tenant("one")


@pytest.fixture(scope="module")
def two(served: Served) -> TenantHandle:
    return served.installation.tenant("two")


def api(
    served: Served, handle: TenantHandle, path: str, method: str = "GET", body: object = None, **headers: str
):  # type: ignore[no-untyped-def]  # an Answer
    sent = {"Authorization": f"Bearer {handle.token('owner')}", "Content-Type": "application/json", **headers}
    return served.ask(handle.host, path, method, None if body is None else json.dumps(body), sent)


def test_somebody_signs_in_and_out_behind_the_proxy(served: Served, one: TenantHandle) -> None:
    person = one.person("editor")
    form = served.ask(one.host, "/account/@@sign-in")
    token = re.search(rb'name="csrf_token" value="([^"]+)"', form.body)[1].decode()
    cookie = form.headers["Set-Cookie"].split(";")[0]
    fields = {"csrf_token": token, "email": person.email, "password": PASSWORD}
    origin = {"Origin": f"https://{one.host}"}
    answer = served.ask(one.host, "/account/@@sign-in", "POST", fields, {"Cookie": cookie, **origin})
    assert answer.status == 303
    session = next(value for value in answer.headers.get_all("Set-Cookie") if "insula-session" in value)
    assert session.startswith("__Host-")
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= {
        part.strip().lower() for part in session.split(";")
    }
    assert "domain" not in session.lower()
    signed_in = {"Cookie": session.split(";")[0]}
    assert served.ask(one.host, "/admin/", headers=signed_in).status == 200
    evil = {**signed_in, "Origin": "https://evil.example"}
    assert served.ask(one.host, "/account/@@sign-out", "POST", {"csrf_token": "x"}, evil).status in (400, 403)
    page = served.ask(one.host, "/account/@@password", headers=signed_in)
    token = re.search(rb'name="csrf_token" value="([^"]+)"', page.body)[1].decode()
    out = served.ask(one.host, "/account/@@sign-out", "POST", {"csrf_token": token}, {**signed_in, **origin})
    assert out.status == 303
    assert served.ask(one.host, "/admin/", headers=signed_in).status in (303, 401)


def test_a_page_is_made_published_and_shown_on_its_host_only(
    served: Served, one: TenantHandle, two: TenantHandle
) -> None:
    made = api(served, one, "/api/pages", "POST", {"path": "/hello", "title": "Hello there", "blocks": []})
    assert made.status == 201
    assert served.ask(one.host, "/hello").status == 404
    etag = {"If-Match": "*"}
    assert api(served, one, f"/api/pages/{made.json['id']}/publish", "POST", {}, **etag).status == 200
    shown = served.ask(one.host, "/hello")
    assert shown.status == 200
    assert b"Hello there" in shown.body
    assert shown.headers["Strict-Transport-Security"]
    assert served.ask(two.host, "/hello").status == 404


def test_records_go_in_and_come_back_by_cursor(served: Served, one: TenantHandle) -> None:
    assert (
        api(
            served, one, "/api/streams", "POST", {"name": "served", "title": "Served", "schema": SCHEMA}
        ).status
        == 201
    )
    pushed = api(served, one, "/api/streams/served/records", "POST", [{"value": n} for n in range(250)])
    assert pushed.status == 201
    assert pushed.json["accepted"] == 250
    assert pushed.json["durable"] == "store"
    seen: list[str] = []
    path = "/api/streams/served/records?limit=100"
    while True:
        page = api(served, one, path).json
        seen += [record["id"] for record in page["data"]]
        if "after" not in page:
            break
        path = f"/api/streams/served/records?limit=100&after={page['after']}"
    assert len(seen) == len(set(seen)) == 250


def test_a_process_that_is_killed_is_replaced_and_nobody_notices(served: Served, one: TenantHandle) -> None:
    before = served.children()
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    answers = [served.ask(one.host, "/account/@@sign-in").status for _ in range(60)]
    assert answers == [200] * 60
    deadline = time.monotonic() + 40
    while len(served.children()) < 2 or before[0] in served.children():
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert before[1] in served.children()


def test_a_reload_replaces_every_process_without_a_failed_request(served: Served, one: TenantHandle) -> None:
    served.wait()
    before = set(served.children())
    served.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 240
    while before & set(served.children()):
        assert served.ask(one.host, "/account/@@sign-in").status == 200
        assert time.monotonic() < deadline, served.log.read_text()[-3000:]
    assert len(served.children()) == 2


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_host_is_refused_over_a_raw_socket(name: str, served: Served, one: TenantHandle) -> None:
    host = HOSTILE[name].format(host=one.host).encode("latin-1")
    answer = raw(served, b"GET /hello HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
    status = int(answer.split(b" ", 2)[1]) if answer else 400
    # A server strips the space around a header's value, and so does the standard.
    allowed = {200, 303, 404} if name in ("a leading space", "a trailing space", "a tab") else {400}
    assert status in allowed, answer[:300]


@pytest.mark.parametrize(
    "message",
    [
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: {one}\r\nHost: {two}\r\nConnection: close\r\n\r\n",
        b"GET http://{two}/ HTTP/1.1\r\nHost: nobody.example\r\nConnection: close\r\n\r\n",
        b"POST /account/@@sign-in HTTP/1.1\r\nHost: {one}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /account/@@sign-in HTTP/1.1\r\nHost: {one}\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
        b"POST /account/@@sign-in HTTP/1.1\r\nHost: {one}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: {one}\r\nX: " + b"a" * 40000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\nHost: {one}\nX-\x00: 1\n\n",
    ],
    ids=[
        "no host",
        "two hosts",
        "absolute form",
        "length and chunked",
        "two lengths",
        "odd coding",
        "huge",
        "null name",
    ],
)
def test_an_ambiguous_request_is_refused(
    message: bytes, served: Served, one: TenantHandle, two: TenantHandle
) -> None:
    answer = raw(served, message.replace(b"{one}", one.host.encode()).replace(b"{two}", two.host.encode()))
    assert not answer or int(answer.split(b" ", 2)[1]) in (400, 404, 431, 501), answer[:200]
    assert two.tenant.title.encode() not in answer


@pytest.mark.parametrize("header", FORWARDED)
def test_a_forwarded_header_does_not_choose_the_tenant(
    header: str, served: Served, one: TenantHandle, two: TenantHandle
) -> None:
    value = FORWARDED[header].format(other=two.host)
    answer = api(served, one, "/api/", **{header: value})
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert answer.json["tenant"]["name"] == one.tenant.name


def raw(served: Served, message: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall(message)
        received = b""
        try:
            while part := connection.recv(65536):
                received += part
                if b"\r\n\r\n" in received and b"Connection: close" not in message:
                    break
        except (ConnectionResetError, TimeoutError):
            pass
        return received


def test_thirty_megabytes_come_and_go_without_being_in_memory(served: Served, one: TenantHandle) -> None:
    path, sent = "/api/files?name=large.txt&public=true", {"Content-Type": "text/plain"}
    upload = {"Authorization": f"Bearer {one.token('owner')}", **sent}
    with one.work() as work:
        work.find_service(Sections).change("files", settings={"largest_megabytes": 30}, actor="a test")
    for _ in range(4):
        small = served.ask(one.host, path, "POST", b"x" * 100_000, upload)
    assert small.status == 201, small.body
    served.ask(one.host, small.json["url"])
    before = sum(map(peak, served.children()))
    body = b"0123456789" * 3_000_000
    large = served.ask(one.host, path, "POST", body, upload)
    assert (large.status, large.json["size"]) == (201, len(body))
    assert served.ask(one.host, large.json["url"]).body == body
    part = served.ask(one.host, large.json["url"], headers={"Range": "bytes=29999995-"})
    assert (part.status, part.body) == (206, b"56789")
    assert sum(map(peak, served.children())) - before < 15_000_000


def test_an_upload_that_breaks_off_leaves_no_file(served: Served, two: TenantHandle) -> None:
    head = (
        f"POST /api/files?name=half.txt HTTP/1.1\r\nHost: {two.host}\r\nX-Forwarded-Proto: https\r\n"
        f"Authorization: Bearer {two.token('owner')}\r\nContent-Type: text/plain\r\nContent-Length: 9000000\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        connection.sendall(head.encode() + b"half of it" * 100_000)
    assert api(served, two, "/api/files").json == {"data": []}


def peak(process: int) -> int:
    """Return the most bytes that a process had in memory at any time."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))
