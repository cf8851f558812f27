"""Every view, reached as its own tenant and then replayed as another, who learns nothing from it.

The list of views comes from the application itself. What lies in something that only the first tenant has must
answer the second exactly as if it did not exist; everything else must not show a word of the first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyramid.interfaces import IExceptionResponse

from tests.functional.replay.places import CONSOLE, FOR_PEOPLE, NOBODYS, PLACES, Names, furnish
from tests.functional.replay.tracking import REACHED
from tests.installations import KINDS, Installation, install
from tests.makers import TenantHandle

CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
CSRF = re.compile(r'name="csrf_token" value="[^"]*"')
VARYING = {"X-Request-ID", "Set-Cookie", "Date", "Content-Length"}


@dataclass(frozen=True)
class View:
    """One view and method of the application."""

    context: str
    name: str
    method: str
    callable: Any
    console: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.context}{'/' + self.name if self.name else ''}"

    def path(self, names: Names) -> str:
        """Return the address of this view among a tenant's names."""
        base = PLACES[self.context][0].format(**vars(names))
        return f"{base.rstrip('/')}/@@{self.name}" if self.name else base

    @property
    def owned(self) -> bool:
        """Tell whether it lies in something that only one tenant has."""
        return PLACES[self.context][1]


@dataclass
class Scene:
    """Two tenants of one installation, each furnished."""

    installation: Installation
    one: TenantHandle
    two: TenantHandle
    names: Names
    others: Names
    operators: TenantHandle

    def owner_of(self, view: View) -> TenantHandle:
        """Return the tenant that has this view."""
        return self.operators if view.console else self.one


@pytest.fixture(scope="module", params=KINDS)
def scene(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    kind = request.param
    postgres = request.getfixturevalue("postgres_server") if kind != "sqlite" else None
    cassandra = request.getfixturevalue("cassandra_server") if kind == "cassandra" else None
    folder: Path = tmp_path_factory.mktemp(f"replay-{kind}")
    tracking = {"pyramid.includes": "tests.functional.replay.tracking"}
    made = install(kind, folder, postgres, cassandra, **tracking)
    one, two = made.tenant("one"), made.tenant("two")
    yield Scene(made, one, two, furnish(one), furnish(two), made.tenant("console", console=True))
    made.close()


def views_of(installation: Installation) -> list[View]:
    """Return every view of the tree, once for each of its methods."""
    found = []
    for item in installation.registry.introspector.get_category("views") or ():
        view = item["introspectable"]
        context = view["context"]
        if view["route_name"] or context is IExceptionResponse:
            continue  # Static files have no tenant; exception views are what the others answer with.
        if isinstance(context, type) and issubclass(context, Exception):
            continue
        methods = view["request_methods"] or ("GET", "POST")
        found += [
            View(
                context.__name__,
                view["name"],
                method,
                view["callable"],
                bool(view.get("console")) or context.__name__ in CONSOLE,
            )
            for method in ((methods,) if isinstance(methods, str) else methods)
        ]
    return found


def client_for(view: View, handle: TenantHandle) -> Any:
    """Return a client that may do everything at this view's door; one that ends sessions gets its own."""
    door = PLACES[view.context][0].split("/")[1]
    if door not in ("api", "admin", "account", "operator") or view.name == "sign-in":
        return handle.visitor()
    if (view.context, view.name) in FOR_PEOPLE:
        door = "admin"
    make = handle.api if door == "api" else handle.signed_in
    if door == "account" and view.method == "POST":
        return make("owner")
    clients = handle.__dict__.setdefault("clients", {})
    if door not in clients:
        clients[door] = make("owner")
    return clients[door]


def ask(client: Any, view: View, path: str) -> Any:
    """Send the request; what is wrong with its body is for the view to say."""
    if view.method in ("GET", "HEAD"):
        return getattr(client, view.method.lower())(path, expect_errors=True)
    if path.startswith("/api"):
        send = getattr(client, f"{view.method.lower()}_json")
        headers = {"If-Match": "*"}
        if (view.context, view.name) in FOR_PEOPLE:
            headers["X-CSRF-Token"] = token_of(client)
        return send(path, {}, headers=headers, expect_errors=True)
    token = token_of(client, "/account/@@sign-in" if view.name == "sign-in" else "/account/@@password")
    return client.post(path, {"csrf_token": token}, expect_errors=True)


def token_of(client: Any, page: str = "/account/@@password") -> str:
    """Return the token that a form of this client carries."""
    token = re.search(r'name="csrf_token" value="([^"]*)"', client.get(page).text)
    assert token
    return token[1]


def told(response: Any, *names: Names) -> tuple[int, str, dict[str, str]]:
    """Return what an answer tells, without what differs from request to request, and without the asked names."""
    text = CSRF.sub("", response.text)
    for given in names:
        own = (given.page_id, given.page, given.stream, given.decision, given.token, given.service)
        for value in (
            *own,
            given.account,
            given.group,
            given.desk,
            given.invitation,
            given.role,
            given.collection,
        ):
            text = text.replace(value, "NAME") if value else text
    headers = {name: value for name, value in response.headers.items() if name not in VARYING}
    return response.status_int, CHANGING.sub("ID", text), headers


def test_every_view_is_reached_by_its_own_tenant_and_tells_another_nothing(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    # What deletes comes last, the innermost thing first: each has to be there for the others.
    views = sorted(views_of(scene.installation), key=deleting)
    assert len(views) > 40
    problems = []
    for view in views:
        if view.context not in PLACES:
            problems.append(f"{view}: no address known; add its context to places.py")
            continue
        REACHED.clear()
        own = ask(client_for(view, scene.owner_of(view)), view, view.path(scene.names))
        if view.callable not in REACHED:
            problems.append(f"{view}: not reached as its own tenant ({own.status})")
            continue
        problems += replayed(scene, view)
    with capsys.disabled():
        print(f"\n{len(views)} views and methods reached as their own tenant and replayed as another:")
        for place, methods in by_place(views).items():
            print(f"  {place:40} {' '.join(methods)}")
    assert not problems, "\n".join(problems)


def deleting(view: View) -> tuple[bool, int]:
    deletes = "delete" in (view.name, view.method.lower())
    place = PLACES.get(view.context, ("", False))[0].rstrip("/")
    return deletes, -f"{place}/{view.name}".rstrip("/").count("/") if deletes else 0


def by_place(views: list[View]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for view in views:
        found.setdefault(f"{view.context}{'/' + view.name if view.name else ''}", []).append(view.method)
    return dict(sorted(found.items()))


def replayed(scene: Scene, view: View) -> Iterator[str]:
    foreign = ask(client_for(view, scene.two), view, view.path(scene.names))
    if scene.names.marker in foreign.text.replace(view.path(scene.names), "") and not view.owned:
        yield f"{view}: shows another tenant's marker"
    if view.owned:
        missing = ask(client_for(view, scene.two), view, view.path(NOBODYS))
        if told(foreign, scene.names) != told(missing, NOBODYS):
            yield f"{view}: another tenant's differs from a missing one: {told(foreign)} / {told(missing)}"
        if foreign.status_int != 404:
            yield f"{view}: another tenant's answers {foreign.status}"


def test_a_token_of_one_tenant_is_no_token_at_another(scene: Scene) -> None:
    foreign, garbage = scene.two.visitor(), scene.two.visitor()
    foreign.authorization = ("Bearer", scene.one.token("owner"))
    garbage.authorization = ("Bearer", "insula_" + "x" * 60)
    for path in ("/api/", "/api/streams", f"/api/streams/{scene.others.stream}/records", "/api/pages"):
        answers = [told(client.get(path, expect_errors=True)) for client in (foreign, garbage)]
        assert answers[0] == answers[1]
        assert answers[0][0] == 401


def test_a_session_of_one_tenant_is_no_session_at_another(scene: Scene) -> None:
    signed_in = scene.one.signed_in("owner")
    cookies = "; ".join(f"{name}={value}" for name, value in signed_in.cookies.items())
    stranger = scene.two.visitor()
    for path in ("/admin/", "/account/", f"/{scene.others.page}", f"/{scene.names.page}"):
        foreign = stranger.get(path, headers={"Cookie": cookies}, expect_errors=True)
        nobody = scene.two.visitor().get(path, expect_errors=True)
        assert foreign.status_int == nobody.status_int
        assert told(foreign)[1] == told(nobody)[1]


def test_a_cursor_of_one_tenant_is_refused_at_another_like_garbage(scene: Scene) -> None:
    for path, other in (
        (
            f"/api/streams/{scene.names.stream}/records?limit=2",
            f"/api/streams/{scene.others.stream}/records?limit=2",
        ),
        ("/api/audit?limit=2", "/api/audit?limit=2"),
    ):
        after = scene.one.api("owner").get(path).json["after"]
        reader = scene.two.api("owner")
        foreign = reader.get(f"{other}&after={after}", expect_errors=True)
        garbage = reader.get(f"{other}&after={'x' * 60}", expect_errors=True)
        assert told(foreign) == told(garbage)
        assert foreign.status_int == 400
        assert len(reader.get(other).json["data"]) == 2
