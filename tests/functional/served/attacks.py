"""What an attacker sends, and what is answered: one table for the test and for `docs/explanation/security.md`.

In a message, `@ONE@` is the host of the attacked tenant, `@TWO@` another tenant's; `@TOKEN@` a token of the first one's
owner, `@AUTHOR@` one of its author, `@OTHER@` one of the second one's owner; `@SESSION@` the cookie of a signed-in owner
and `@CSRF@` its token; `@PAGE@`, `@STREAM@`, `@ENTRY@`, `@DECISION@` and `@CURSOR@` are things of the first tenant, and the
same with `2` before the last sign those of the second. `@NONE@` is an id that nobody has.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass

CLOSED = 0
"""The answer of a server that hangs up without a word."""

TOKEN = "Authorization: Bearer @TOKEN@"
AUTHOR = "Authorization: Bearer @AUTHOR@"
JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"
ORIGIN = "Origin: https://@ONE@"
ONE = "Host: @ONE@"


@dataclass(frozen=True)
class Attack:
    """One message and the statuses that are a right answer to it."""

    group: str
    name: str
    message: bytes
    answers: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"

    @property
    def said(self) -> str:
        """The answer as people read it."""
        return " or ".join("closed" if answer == CLOSED else str(answer) for answer in self.answers)


def message(
    method: str, target: str, *headers: str, body: bytes | str = b"", host: str = ONE, end: str = "\r\n"
) -> bytes:
    """Return one request as it goes over the wire."""
    body = body.encode() if isinstance(body, str) else body
    lines = [f"{method} {target} HTTP/1.1", host, "X-Forwarded-Proto: https", "Connection: close", *headers]
    length = any(line.lower().startswith(("content-length", "transfer-encoding")) for line in headers)
    if body and not length:
        # Counted when the words have been put in.
        lines.append(f"X-Counted: {len(body)}")
    return end.join([*(line for line in lines if line), "", ""]).encode("latin-1", "surrogateescape") + body


def get(target: str, *headers: str) -> bytes:
    """Return a GET."""
    return message("GET", target, *headers)


def post(target: str, body: object, *headers: str, method: str = "POST") -> bytes:
    """Return a request with a JSON body, given as text or as what it says."""
    text = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return message(method, target, JSON, *headers, body=text)


def _lines() -> Iterator[tuple[str, bytes, tuple[int, ...]]]:
    """Request lines and framing: what makes two servers see two different requests."""
    smuggled = "GET /admin HTTP/1.1\r\nHost: @TWO@\r\n\r\n"
    path = "/account/@@sign-in"
    yield "no host", message("GET", "/", host=""), (400,)
    yield "two hosts", message("GET", "/", "Host: @TWO@"), (400,)
    yield "an absolute target of another tenant", get("https://@TWO@/"), (400,)
    yield (
        "length and chunked",
        message("POST", path, "Content-Length: 4", "Transfer-Encoding: chunked", body="0\r\n\r\n" + smuggled),
        (400,),
    )
    yield (
        "two lengths",
        message("POST", path, "Content-Length: 4", "Content-Length: 5", body="abcd" + smuggled),
        (400,),
    )
    yield "a length in a list", message("POST", path, "Content-Length: 4, 4", body="abcd"), (400,)
    yield "a negative length", message("POST", path, "Content-Length: -1", body="abcd"), (400,)
    yield "a length with a sign", message("POST", path, "Content-Length: +4", body="abcd"), (400,)
    yield "a length in hexadecimal", message("POST", path, "Content-Length: 0x4", body="abcd"), (400,)
    yield "a length with a space inside", message("POST", path, "Content-Length: 4 4", body="abcd"), (400,)
    yield (
        "a length of a thousand digits",
        message("POST", path, f"Content-Length: {'9' * 1000}", body="abcd"),
        (400, 413),
    )
    yield "an unknown coding", message("POST", path, "Transfer-Encoding: xchunked", body="0\r\n\r\n"), (501,)
    yield (
        "chunked twice",
        message("POST", path, "Transfer-Encoding: chunked, chunked", body="0\r\n\r\n"),
        (400, 501),
    )
    yield (
        "chunked and identity",
        message("POST", path, "Transfer-Encoding: chunked, identity", body="0\r\n\r\n"),
        (400, 501),
    )
    yield (
        "a chunk of a bad size",
        message("POST", path, "Transfer-Encoding: chunked", body="zz\r\nabcd\r\n0\r\n\r\n"),
        (400,),
    )
    yield (
        "a chunk with a negative size",
        message("POST", path, "Transfer-Encoding: chunked", body="-1\r\nabcd\r\n0\r\n\r\n"),
        (400,),
    )
    yield (
        "a chunk longer than it says",
        message("POST", path, "Transfer-Encoding: chunked", body="2\r\nabcdef\r\n0\r\n\r\n"),
        (400,),
    )
    yield (
        "a chunk extension with a bare line feed",
        message("POST", path, "Transfer-Encoding: chunked", body="4;a\nb\r\nabcd\r\n0\r\n\r\n"),
        (400,),
    )
    yield "a space before the colon", message("GET", "/", "Content-Length : 4"), (400,)
    yield "a folded header", message("GET", "/", "X-A: b\r\n c"), (200, 400, 404)
    yield "a header without a colon", message("GET", "/", "nonsense"), (400,)
    yield "a null byte in a header's name", message("GET", "/", "X-\x00: 1"), (400,)
    yield "a null byte in a header's value", message("GET", "/", "X-A: \x00"), (400, 404)
    yield "bare line feeds", message("GET", "/", "X-A: 1", end="\n"), (CLOSED, 400)
    yield "bare carriage returns", message("GET", "/", "X-A: 1\rX-B: 2"), (400,)
    yield "a header of 40,000 characters", message("GET", "/", "X-A: " + "a" * 40_000), (431,)
    yield (
        "a thousand headers of 40 characters",
        message("GET", "/", *(f"X-{n}: {'a' * 40}" for n in range(1000))),
        (431,),
    )
    yield "a target of 40,000 characters", get("/" + "a" * 40_000), (431,)
    yield "HTTP/9.9", b"GET / HTTP/9.9\r\nHost: @ONE@\r\n\r\n", (400,)
    chunked = b"POST / HTTP/1.0\r\nHost: @ONE@\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    yield "HTTP/1.0 with a coding", chunked, (400,)
    yield "HTTP/0.9", b"GET /\r\n\r\n", (400,)
    yield "no version", b"GET / HTTP/\r\nHost: @ONE@\r\n\r\n", (400,)
    yield "a space in the target", b"GET /a b HTTP/1.1\r\nHost: @ONE@\r\n\r\n", (400,)
    yield "TLS instead of HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", (400,)
    yield "HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 404, 405)


def _hosts() -> Iterator[tuple[str, bytes, tuple[int, ...]]]:
    """Host headers and those that pretend to be one."""
    for name, host in (
        ("an unknown host", "nobody.example"),
        ("a list of hosts", "@ONE@,@TWO@"),
        ("a path in the host", "@ONE@/admin"),
        ("a user in the host", "x@@ONE@"),
        ("a port that is no number", "@ONE@:http"),
        ("a port too large", "@ONE@:99999"),
        ("a script in the host", "<script>alert(1)</script>"),
        ("SQL in the host", "' OR '1'='1"),
        ("a template in the host", "{{7*7}}.localhost"),
        ("a host of 5,000 characters", "a" * 5000),
    ):
        yield name, message("GET", "/", host=f"Host: {host}"), (404,) if name == "an unknown host" else (400,)
    for header in ("X-Forwarded-Host", "X-Host", "X-Original-Host", "Forwarded"):
        value = "host=@TWO@" if header == "Forwarded" else "@TWO@"
        yield f"`{header}` names another tenant", get("/api/", TOKEN, f"{header}: {value}"), (200, 400)
    for header in ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Prefix"):
        yield f"`{header}` names the administration", get("/nobodys-page", f"{header}: /admin"), (404,)
    yield "a sign-in link poisoned by the host", get("/admin", "X-Forwarded-Host: evil.example"), (303, 401)


def _methods() -> Iterator[tuple[str, bytes, tuple[int, ...]]]:
    """Methods nobody asked for."""
    for method in ("TRACE", "TRACK", "PROPFIND", "CONNECT", "DEBUG", "get", "A" * 500):
        yield f"`{method[:10]}` on a page", message(method, "/"), (400, 404, 405, 501)
        yield f"`{method[:10]}` on the API", message(method, "/api/pages", TOKEN), (400, 404, 405, 501)
    override = "X-HTTP-Method-Override: DELETE"
    yield "a method in a header", get("/api/pages/@PAGE@", TOKEN, override), (200,)
    yield "a method in the query", get("/api/pages/@PAGE@?_method=DELETE", TOKEN), (200, 400)
    yield "a GET with a body", message("GET", "/api/pages", TOKEN, JSON, body='{"title":"x"}'), (200,)


def _paths() -> Iterator[tuple[str, bytes, tuple[int, ...]]]:
    """Paths that lead astray."""
    for name, path, answers in (
        ("up and out", "/../../etc/passwd", (404,)),
        ("up and out, encoded", "/%2e%2e/%2e%2e/etc/passwd", (404,)),
        ("up and out, twice encoded", "/%252e%252e/etc/passwd", (404,)),
        ("up and out of the static files", "/static/../../../../etc/passwd", (404,)),
        ("up and out of the static files, encoded", "/static/%2e%2e%2f%2e%2e%2fetc%2fpasswd", (404,)),
        ("back slashes", "/..\\..\\windows\\win.ini", (404,)),
        ("a null byte", "/page%00.html", (400, 404)),
        ("a null byte in a static file", "/static/admin.css%00.png", (400, 404)),
        ("bytes that are no UTF-8", "/%ff%fe", (400,)),
        ("an overlong slash", "/%c0%af", (400,)),
        ("a lone surrogate", "/%ed%a0%80", (400,)),
        ("a line break", "/%0d%0aSet-Cookie:%20x=1", (404,)),
        ("a script", "/%3Cscript%3Ealert(1)%3C/script%3E", (404,)),
        ("a template", "/%7B%7B7*7%7D%7D", (404,)),
        ("right to left", "/%E2%80%AEgpj.exe", (404,)),
        ("2,000 segments", "/a" * 2000, (404, 414)),
        ("a segment of 10,000 characters", "/" + "a" * 10_000, (404, 414)),
        ("a path parameter", "/admin;jsessionid=1", (404,)),
        ("two slashes to another host", "//evil.example/x", (404,)),
        ("two slashes, and up again", "//evil.example/%2e%2e", (200, 404)),
        ("two slashes before the administration", "//admin", (303, 401, 404)),
        ("the administration in capitals", "/ADMIN", (404,)),
        ("the administration, encoded", "/%61dmin", (303, 401)),
        ("a view nobody made", "/@@debug", (404,)),
        ("Python's attributes", "/__class__/__init__", (404,)),
        ("the code", "/insula/app.py", (404,)),
        ("the settings", "/production.ini", (404,)),
        ("the repository", "/.git/config", (404,)),
        ("the environment", "/.env", (404,)),
        ("Pyramid's debugger", "/_debug_toolbar/", (404,)),
        ("details of the health", "/readyz?details=1", (200, 503)),
        ("a wild card", "/*", (404,)),
    ):
        yield name, get(path), answers
    for name, path in (
        ("an id that is none", "/api/pages/1%20OR%201=1"),
        ("an id with a null byte", "/api/pages/%00"),
        ("an id that is no UTF-8", "/api/pages/%ff"),
        ("an id in capitals with braces", "/api/pages/%7B@NONE@%7D"),
        ("an id of 10,000 digits", "/api/pages/" + "1" * 10_000),
        ("a token with a null byte in its id", "/api/tokens/a%00b"),
        ("a person with a null byte in their id", "/api/people/%00"),
        ("a version that is no number", "/api/policy/versions/1e3"),
        ("a version of 5,000 digits", "/api/policy/versions/" + "9" * 5000),
        ("a version in other digits", "/api/policy/versions/%D9%A1"),
        ("a decision that is none", "/api/decisions/x-1"),
        ("an entry that is none", "/api/audit/x"),
        ("a system stream by the tenants' door", "/api/streams/_audit/records"),
        ("a stream of another shape", "/api/streams/..%2f_audit"),
    ):
        yield name, get(path, TOKEN), (400, 404)
    for path in (
        "/admin/tokens/a%00b",
        "/admin/people/a%00b",
        "/admin/tenants/a%00b",
        "/admin/plans/a%00b",
        "/operator/a%00b/authorize",
    ):
        yield f"`{path}`, signed in", get(path, "Cookie: @SESSION@"), (404,)


def _queries() -> Iterator[tuple[str, bytes, tuple[int, ...]]]:
    """Queries that no form makes."""
    for name, query in (
        ("a limit of zero", "limit=0"),
        ("a negative limit", "limit=-1"),
        ("a limit too large", "limit=1000000"),
        ("a limit of 5,000 digits", "limit=" + "9" * 5000),
        ("a limit in other digits", "limit=%D9%A1"),
        ("a limit that is SQL", "limit=1;DROP%20TABLE%20page"),
        ("a limit that is not a number", "limit=NaN"),
        ("a parameter given twice", "limit=1&limit=2"),
        ("a parameter in brackets", "limit[]=1"),
        ("a parameter nobody knows", "tenant_id=@NONE@"),
        ("an empty cursor", "after="),
        ("a cursor that is none", "after=AAAA"),
        ("a cursor that is no base64", "after=%00%ff"),
    ):
        yield name, get(f"/api/pages?{query}", TOKEN), (400,)
    for name, query in (
        ("a time that is none", "time[gte]=yesterday"),
        ("a time in the year 0", "time[gte]=0000-01-01T00:00:00Z"),
        ("a time in the year 99999", "time[lt]=99999-01-01T00:00:00Z"),
        ("a time without an offset", "time[gte]=2010-01-01T00:00:00"),
        ("an operator nobody knows", "time[regex]=.*"),
        ("a sort by something else", "sort=password"),
        ("a sort that is SQL", "sort=time;--"),
        ("a cursor with a flipped bit", "after=@FLIPPED@"),
    ):
        yield name, get(f"/api/streams/@STREAM@/records?{query}", TOKEN), (400, 422)
    yield "a series that is SQL", get("/api/streams/@STREAM@/records?series='%20OR%201=1--", TOKEN), (200,)
    yield "a series with a null byte", get("/api/streams/@STREAM@/records?series=%00", TOKEN), (400,)
    for path in ("/api/people?find=%00", "/api/tokens?find=%00", "/api/audit?find=a%00b"):
        yield f"`{path}`", get(path, TOKEN), (400,)
    for path in ("/admin/people?find=a%00b", "/admin/tokens?find=a%00b", "/?x=a%00b"):
        yield f"`{path}`, signed in", get(path, "Cookie: @SESSION@"), (400,)
    yield (
        "a series of 10,000 characters",
        get("/api/streams/@STREAM@/records?series=" + "a" * 10_000, TOKEN),
        (200, 400, 422),
    )
    yield (
        "another tenant's cursor",
        get("/api/streams/@STREAM@/records?limit=1&after=@CURSOR2@", TOKEN),
        (400,),
    )
    yield "a cursor of another list", get("/api/audit?limit=1&after=@CURSOR@", TOKEN), (400,)
    yield "a search of 10,000 characters", get("/api/audit?find=" + "a" * 10_000, TOKEN), (400,)
    yield "a search that is a pattern", get("/api/audit?find=(a%2B)%2B%24", TOKEN), (200,)
    yield "a network that is none", get("/api/audit?address=10.0.0.0/99", TOKEN), (400,)
    yield "3,000 parameters", get("/api/pages?" + "&".join(f"p{n}=1" for n in range(3000)), TOKEN), (400,)
    yield "a query that is no UTF-8", get("/api/pages?limit=%ff", TOKEN), (400,)
    yield "a query that is no UTF-8 on a page", get("/?x=%ff"), (200, 400, 404)
    yield "a script in a sign-in notice", get("/account/@@sign-in?next=%22%3E%3Cscript%3E"), (200,)


def _who() -> Iterator[tuple[str, bytes, tuple[int, ...]]]:
    """Tokens and cookies that do not hold."""
    for name, value in (
        ("an empty token", "Bearer "),
        ("no token at all", "Bearer"),
        ("a token that is none", "Bearer x"),
        ("a token of another tenant", "Bearer @OTHER@"),
        ("a token cut short", "Bearer @CUT@"),
        ("a token with its checksum changed", "Bearer @BADSUM@"),
        ("two tokens in one header", "Bearer @TOKEN@, Bearer @AUTHOR@"),
        ("a token with a null byte", "Bearer @TOKEN@\x00"),
        ("a token with letters beyond ASCII", "Bearer \xf6\xe4\xfc"),
        ("a token of 20,000 characters", "Bearer " + "a" * 20_000),
        ("a JWT without a signature", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJvd25lciJ9."),
        ("a password instead of a token", "Basic YWRtaW46YWRtaW4="),
        ("digest", 'Digest username="admin"'),
        ("a scheme nobody knows", "Negotiate AAAA"),
        ("SQL instead of a token", "Bearer ' OR '1'='1"),
    ):
        yield name, get("/api/pages", f"Authorization: {value}"), (400, 401)
    yield "two Authorization headers", get("/api/pages", TOKEN, "Authorization: Bearer @OTHER@"), (400, 401)
    yield "a token in the query", get("/api/pages?access_token=@TOKEN@"), (401,)
    yield "a token for the administration's screens", get("/admin/", TOKEN), (303, 401, 200)
    for name, value in (
        ("a session that is none", "__Host-insula-session=x"),
        ("an empty session", "__Host-insula-session="),
        ("a session of 15,000 characters", "__Host-insula-session=" + "a" * 15_000),
        ("two sessions", "__Host-insula-session=x; __Host-insula-session=y"),
        ("a session with a null byte", "__Host-insula-session=\x00"),
        ("a session in the development's cookie", "insula-session=@RAWSESSION@"),
        ("another tenant's session", "@SESSION2@"),
        ("a thousand cookies", "; ".join(f"c{n}=1" for n in range(1000))),
        ("a cookie that is no pair", ";;;=;=,"),
        ("a pickle", "__Host-insula-session=gASVIAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAJpZJSFlFKULg=="),
    ):
        yield name, get("/admin/", f"Cookie: {value}"), (303, 400, 401)


def _forgeries() -> Iterator[tuple[str, bytes, tuple[int, ...]]]:
    """Requests that another site makes a browser send."""
    target, session = "/api/pages", "Cookie: @SESSION@"
    page = {"path": "/forged", "title": "Forged", "blocks": []}
    evil = "Origin: https://evil.example"
    yield "a session without a CSRF token", post(target, page, session, ORIGIN), (400, 403)
    yield (
        "a session with a wrong CSRF token",
        post(target, page, session, ORIGIN, "X-CSRF-Token: x"),
        (400, 403),
    )
    yield (
        "a session from another origin",
        post(target, page, session, evil, "X-CSRF-Token: @CSRF@"),
        (400, 403),
    )
    yield (
        "a session from the origin null",
        post(target, page, session, "Origin: null", "X-CSRF-Token: @CSRF@"),
        (400, 403),
    )
    yield (
        "a session from another tenant's origin",
        post(target, page, session, "Origin: https://@TWO@", "X-CSRF-Token: @CSRF@"),
        (400, 403),
    )
    yield (
        "a session from our origin by http",
        post(target, page, session, "Origin: http://@ONE@", "X-CSRF-Token: @CSRF@"),
        (400, 403),
    )
    yield (
        "a session from a host that ends like ours",
        post(target, page, session, "Origin: https://evil-@ONE@", "X-CSRF-Token: @CSRF@"),
        (400, 403),
    )
    yield (
        "a session with another site's referrer",
        post(target, page, session, "Referer: https://evil.example/", "X-CSRF-Token: @CSRF@"),
        (400, 403),
    )
    yield (
        "a session with its CSRF token and neither origin nor referrer, as programs send",
        post(target, page, session, "X-CSRF-Token: @CSRF@"),
        (201,),
    )
    yield (
        "another tenant's CSRF token",
        post(target, page, session, ORIGIN, "X-CSRF-Token: @CSRF2@"),
        (400, 403),
    )
    yield (
        "the CSRF token in the query",
        post(f"{target}?csrf_token=@CSRF@", page, session, ORIGIN),
        (400, 403),
    )
    yield (
        "a form that pretends to be JSON",
        message("POST", target, "Content-Type: text/plain", session, evil, body=json.dumps(page)),
        (400, 403, 415),
    )
    yield (
        "a form that signs in without a CSRF token",
        message("POST", "/account/@@sign-in", FORM, ORIGIN, body="email=a%40b.c&password=x"),
        (400, 403),
    )
    yield (
        "a form that signs in from another origin",
        message("POST", "/account/@@sign-in", FORM, evil, body="email=a%40b.c&password=x&csrf_token=x"),
        (400, 403),
    )
    yield "a link that signs out", get("/account/@@sign-out", session), (404, 405)
    yield "a link that publishes", get("/api/pages/@PAGE@/publish", session), (404, 405)
    yield (
        "a preflight from another site",
        message("OPTIONS", target, evil, "Access-Control-Request-Method: POST"),
        (401, 403, 404, 405),
    )
    yield "a question from another site", get("/api/pages", TOKEN, evil), (200,)
    yield "a question from the origin null", get("/api/pages", TOKEN, "Origin: null"), (200,)
    for name, following in (
        ("to another site", "https://evil.example/"),
        ("to another site without a scheme", "//evil.example/"),
        ("to another site with back slashes", "/\\evil.example"),
        ("to a script", "javascript:alert(1)"),
        ("with a line break", "/%0d%0aSet-Cookie:x=1"),
        ("with a tab", "/%09/evil.example"),
    ):
        yield f"a sign-in that leads on {name}", get(f"/account/@@sign-in?next={following}"), (200,)


def _bodies() -> Iterator[tuple[str, bytes, tuple[int, ...]]]:
    """Bodies that are bombs, lies, or more than was asked for."""
    pages, streams, records = "/api/pages", "/api/streams", "/api/streams/@STREAM@/records"
    for name, body in (
        ("no JSON", "{"),
        ("an empty body", ""),
        ("100,000 brackets", "[" * 100_000),
        ("100,000 objects in each other", '{"a":' * 100_000 + "1" + "}" * 100_000),
        ("a list for an object", "[]"),
        ("a text for an object", '"x"'),
        ("a number of 100,000 digits", '{"title":' + "9" * 100_000 + "}"),
        ("an exponent of a million", '{"title":1e1000000}'),
        ("NaN", '{"title":NaN}'),
        ("a key twice", '{"path":"/x","path":"/y","title":1}'),
        ("a lone surrogate", '{"path":"/x","title":"\\ud800"}'),
        ("bytes that are no UTF-8", b'{"path":"/x","title":"\xff"}'),
        ("UTF-16", '{"path":"/x"}'.encode("utf-16")),
        ("a comment", '{"path":"/x"/**/}'),
        ("a null byte in a path", '{"path":"/x\\u0000","title":"x"}'),
        ("a path that goes up", '{"path":"/../x","title":"x"}'),
        ("a path that is reserved", '{"path":"/admin","title":"x"}'),
        ("a path of 100,000 characters", json.dumps({"path": "/" + "a" * 100_000, "title": "x"})),
        ("a title that is an object", '{"path":"/x","title":{"$ne":null}}'),
        ("another tenant's id in the body", '{"path":"/x","title":"x","tenant_id":"@NONE@"}'),
        ("an id of one's own choice", '{"path":"/x","title":"x","id":"@NONE@"}'),
        ("a prototype", '{"path":"/x","title":"x","__proto__":{"admin":true}}'),
        ("a block nobody knows", '{"path":"/x","title":"x","blocks":[{"type":"exec","code":"1"}]}'),
        ("10,000 blocks", json.dumps({"path": "/x", "title": "x", "blocks": [{"type": "text"}] * 10_000})),
    ):
        yield name, post(pages, body, TOKEN), (400, 413, 415, 422)
    for name, path, field in (
        ("a token's label", "/admin/tokens/@@new", "label=a%00b&days=1&scopes=view"),
        ("what publishing says", "/admin/policy/@@publish", "message=a%00b&expected=1"),
        ("the name of a field", "/admin/tokens/@@new", "label=x&a%00b=1"),
        ("a password", "/account/@@sign-in", "email=a%40b.c&password=a%00b"),
    ):
        form = message("POST", path, FORM, ORIGIN, "Cookie: @SESSION@", body=f"csrf_token=@CSRF@&{field}")
        yield f"a form with a null byte in {name}", form, (400,)
    yield (
        "a form without a type with a null byte",
        message("POST", "/account/@@sign-in", ORIGIN, body="email=a%00b&password=x"),
        (400,),
    )
    yield (
        "XML",
        message(
            "POST",
            pages,
            TOKEN,
            "Content-Type: application/xml",
            body='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        ),
        (400, 415),
    )
    yield "no type", message("POST", pages, TOKEN, body="{}"), (400, 415, 422)
    yield (
        "a type that is none",
        message("POST", pages, TOKEN, "Content-Type: ;;;", body="{}"),
        (400, 415, 422),
    )
    yield (
        "another alphabet",
        message("POST", pages, TOKEN, "Content-Type: application/json; charset=utf-7", body="{}"),
        (400, 415, 422),
    )
    yield (
        "a body larger than the limit says",
        message("POST", pages, TOKEN, JSON, "Content-Length: 999999999", body="{}"),
        (413,),
    )
    yield (
        "a body that never comes",
        message("POST", pages, TOKEN, JSON, "Content-Length: 50", body="{}"),
        (CLOSED, 400, 408),
    )
    bomb = gzip.compress(b"0" * 200_000_000, 9)
    yield (
        "a bomb of 200 MB in gzip",
        message(
            "POST", records, TOKEN, "Content-Type: application/x-ndjson", "Content-Encoding: gzip", body=bomb
        ),
        (413, 415),
    )
    yield (
        "gzip that is none",
        message("POST", records, TOKEN, JSON, "Content-Encoding: gzip", body="[]"),
        (400, 415, 422),
    )
    yield (
        "gzip that is cut short",
        message(
            "POST", records, TOKEN, JSON, "Content-Encoding: gzip", body=gzip.compress(b"[{}]" * 100)[:20]
        ),
        (400, 415, 422),
    )
    yield (
        "a coding nobody knows",
        message("POST", records, TOKEN, JSON, "Content-Encoding: br", body="[]"),
        (400, 415),
    )
    yield (
        "records that are 100,000 lists",
        post(records, "[" * 100_000 + "]" * 100_000, TOKEN),
        (400, 413, 422),
    )
    yield "a record with an id that is none", post(records, [{"id": "1", "value": 1}], TOKEN), (422,)
    yield (
        "a record with an id of the year 6000",
        post(records, [{"id": "ffffffff-ffff-7fff-bfff-ffffffffffff", "value": 1}], TOKEN),
        (422,),
    )
    yield (
        "a schema with a pattern that explodes",
        post(
            streams,
            {
                "name": "evil1",
                "schema": {"type": "object", "properties": {"a": {"type": "string", "pattern": "(a+)+$"}}},
            },
            TOKEN,
        ),
        (201, 422),
    )
    yield (
        "a schema that reads a file",
        post(streams, {"name": "evil2", "schema": {"$ref": "file:///etc/passwd"}}, TOKEN),
        (422,),
    )
    yield (
        "a schema that asks another server",
        post(streams, {"name": "evil3", "schema": {"$ref": "http://127.0.0.1:1/x"}}, TOKEN),
        (422,),
    )
    yield (
        "a schema that refers to itself",
        post(streams, {"name": "evil4", "schema": {"$ref": "#"}}, TOKEN),
        (201, 422),
    )
    yield (
        "a schema 3,000 levels deep",
        post(
            streams,
            '{"name":"evil5","schema":' + '{"properties":{"a":' * 3000 + "{}" + "}}" * 3000 + "}",
            TOKEN,
        ),
        (400, 413, 422),
    )
    yield "a stream with the name of a system stream", post(streams, {"name": "_audit"}, TOKEN), (422,)
    yield (
        "a key of 10,000 characters",
        post(records, [{"value": 1}], TOKEN, f"Idempotency-Key: {'k' * 10_000}"),
        (400, 422),
    )
    yield (
        "an If-Match that is none",
        post("/api/pages/@PAGE@", {"title": "x"}, TOKEN, "If-Match: x", method="PATCH"),
        (400, 412),
    )
    yield (
        "a change without If-Match",
        post("/api/pages/@PAGE@", {"title": "x"}, TOKEN, method="PATCH"),
        (428,),
    )
    yield (
        "a patch of what cannot be changed",
        post(
            "/api/pages/@PAGE@", {"id": "@NONE@", "tenant_id": "@NONE@"}, TOKEN, "If-Match: *", method="PATCH"
        ),
        (400, 422),
    )
    form = "/account/@@sign-in"
    yield (
        "a form of 50,000 fields",
        message("POST", form, FORM, ORIGIN, body="&".join(f"f{n}=1" for n in range(50_000))),
        (400, 403, 413),
    )
    yield (
        "a form of 3 MB",
        message("POST", form, FORM, ORIGIN, body="email=" + "a" * 3_000_000),
        (400, 403, 413),
    )
    yield (
        "a form that is no UTF-8",
        message("POST", form, FORM, ORIGIN, body="email=%ff&csrf_token=%ff"),
        (400, 403),
    )
    yield (
        "a form in parts without a boundary",
        message("POST", form, "Content-Type: multipart/form-data", ORIGIN, body="x"),
        (400, 403, 415),
    )
    parts = "".join(f'--b\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\n1\r\n' for n in range(20_000))
    yield (
        "a form of 20,000 parts",
        message(
            "POST", form, "Content-Type: multipart/form-data; boundary=b", ORIGIN, body=parts + "--b--\r\n"
        ),
        (400, 403, 413),
    )


def _policies() -> Iterator[tuple[str, bytes, tuple[int, ...]]]:
    """Policies that would break the engine or the house."""
    for name, text in (
        (
            "5,000 brackets",
            "permit(principal, action, resource) when { " + "(" * 5000 + "true" + ")" * 5000 + " };",
        ),
        ("no policy", "permit("),
        ("a role nobody has", 'permit(principal in Role::"nosuch", action, resource);'),
        ("a template", "permit(principal == ?principal, action, resource);"),
        ("a comment that never ends", "permit(principal, action, resource); /*"),
        ("a megabyte", "//" + "a" * 1_000_000),
    ):
        yield (
            f"a policy of {name}",
            post("/api/policy/check", {"text": text}, TOKEN),
            (200, 400, 403, 404, 405, 413, 422),
        )
        yield (
            f"publishing {name}",
            post("/api/policy/publish", {"text": text, "message": "x"}, TOKEN, "If-Match: *"),
            (400, 403, 404, 405, 413, 422),
        )


def _others() -> Iterator[tuple[str, bytes, tuple[int, ...]]]:
    """Things of another tenant, asked for by their right ids."""
    for path in (
        "/api/pages/@PAGE2@",
        "/api/streams/@STREAM2@",
        "/api/streams/@STREAM2@/records",
        "/api/streams/@STREAM2@/latest",
        "/api/decisions/@DECISION2@",
        "/api/audit/@ENTRY2@",
    ):
        yield f"GET `{_shown(path)}`", get(path, TOKEN), (404,)
        for method in ("PATCH", "DELETE", "PUT"):
            yield (
                f"{method} `{_shown(path)}`",
                post(path, {"title": "x"}, TOKEN, "If-Match: *", method=method),
                (404, 405),
            )
    yield (
        "publishing another tenant's page",
        post("/api/pages/@PAGE2@/publish", {}, TOKEN, "If-Match: *"),
        (404,),
    )
    yield (
        "records into another tenant's stream",
        post("/api/streams/@STREAM2@/records", [{"value": 1}], TOKEN),
        (404,),
    )
    yield "another tenant's page among the screens", get("/admin/audit/@ENTRY2@", "Cookie: @SESSION@"), (404,)
    yield (
        "another tenant's decision among the screens",
        get("/admin/policy/decisions/@DECISION2@", "Cookie: @SESSION@"),
        (404,),
    )


def _shown(path: str) -> str:
    for word, meaning in (
        ("PAGE2", "page"),
        ("STREAM2", "stream"),
        ("DECISION2", "decision"),
        ("ENTRY2", "entry"),
    ):
        path = path.replace(f"@{word}@", f"another's {meaning}")
    return path


GROUPS = {
    "Request lines and framing": _lines,
    "Hosts": _hosts,
    "Methods": _methods,
    "Paths": _paths,
    "Queries and cursors": _queries,
    "Tokens and cookies": _who,
    "Forgeries": _forgeries,
    "Bodies": _bodies,
    "Policies": _policies,
    "Another tenant's things": _others,
}


def attacks() -> list[Attack]:
    """Return the whole table."""
    return [Attack(group, *row) for group, rows in GROUPS.items() for row in rows()]


# What one may not view and what does not exist: name, the one, the other, and the header that says who asks.
PAIRS = (
    ("a page of another tenant", "/api/pages/@PAGE2@", "/api/pages/@NONE@", TOKEN),
    ("a stream of another tenant", "/api/streams/@STREAM2@", "/api/streams/nobodys", TOKEN),
    (
        "the records of a stream of another tenant",
        "/api/streams/@STREAM2@/records",
        "/api/streams/nobodys/records",
        TOKEN,
    ),
    ("a decision of another tenant", "/api/decisions/@DECISION2@", "/api/decisions/@NONE@-1", TOKEN),
    ("an entry of another tenant", "/api/audit/@ENTRY2@", "/api/audit/@NONE@", TOKEN),
    ("an entry that an author may not view", "/api/audit/@ENTRY@", "/api/audit/@NONE@", AUTHOR),
    (
        "a decision that an author may not view",
        "/api/decisions/@DECISION@",
        "/api/decisions/@NONE@-1",
        AUTHOR,
    ),
    ("the trail that an author may not view", "/api/audit", "/api/nobodys", AUTHOR),
    ("the policy that an author may not view", "/api/policy", "/api/nobodys", AUTHOR),
    ("a page for a visitor", "/@DRAFT@", "/nobodys-page-at-all", ""),
    ("a name below the API for a visitor", "/api/pages/@PAGE@", "/api/nobodys", ""),
    ("a name below the administration for a visitor", "/admin/audit", "/admin/nobodys", ""),
)


def table() -> str:
    """Return the table as the page of the documentation has it."""
    lines = [f"{len(attacks())} messages and {len(PAIRS)} pairs."]
    for group, rows in GROUPS.items():
        lines += [
            "",
            f"### {group}",
            "",
            (rows.__doc__ or "").strip(),
            "",
            "| sent | answered |",
            "|---|---|",
        ]
        lines += [f"| {attack.name} | {attack.said} |" for attack in attacks() if attack.group == group]
    lines += [
        "",
        "### Missing and forbidden",
        "",
        "Each pair is answered alike, byte for byte, but for the request's id, the date, and the name that was asked for.",
    ]
    lines += ["", "| forbidden | missing |", "|---|---|"]
    lines += [
        f"| {name} | `{missing.replace('@NONE@', 'an id nobody has')}` |" for name, _, missing, _ in PAIRS
    ]
    return "\n".join(lines)
