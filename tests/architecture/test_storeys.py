"""The storeys: what import-linter checks, and that its contract names the rooms there are."""

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

from insula.app import ROOMS
from tests.architecture.sources import PACKAGE, PLATFORM, ROOT, rooms, sources

PUBLIC_PARTS = {"interfaces", "events", "permissions", "settings"}
# Rooms that offer more than that: kit is all helpers; db hands out its bases, types, walls and units of work, and
# observability its logger and the state that a health check returns.
OPEN_ROOMS = {"kit"}
PUBLIC_BESIDES = {
    "db.models",
    "db.types",
    "db.ddl",
    "db.prepared",
    "db.work",
    "observability.health",
    "observability.log",
}


def contract(section: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter")
    return parser[f"importlinter:contract:{section}"]


def storeys() -> list[list[str]]:
    return [re.split(r"\s*\|\s*", line) for line in contract("storeys")["layers"].strip().splitlines()]


def test_a_room_imports_only_from_storeys_below_its_own():
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [program, "--no-cache", "--config", ROOT / ".importlinter"],
        cwd=PLATFORM,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_contract_names_every_room_once():
    named = [room for line in storeys() for room in line]
    assert sorted(named) == rooms()


def test_the_application_includes_the_rooms_from_bottom_to_top():
    height = {room: -number for number, line in enumerate(storeys()) for room in line}
    heights = [height[room] for room in ROOMS if room != "demo"]
    assert heights == sorted(heights)


def test_the_application_includes_every_room():
    assert set(rooms()) - set(ROOMS) == {"app", "cli", "kit"}


def test_every_room_but_their_owner_is_kept_from_the_driver_and_from_cedar():
    for section, owner in (("driver", "records"), ("cedar", "security")):
        named = [
            line.removeprefix("insula.") for line in contract(section)["source_modules"].strip().splitlines()
        ]
        assert sorted({*named, owner}) == rooms(), section


def is_public(room: str, part: str) -> bool:
    return room in OPEN_ROOMS or part in PUBLIC_PARTS or f"{room}.{part}" in PUBLIC_BESIDES


def exists(room: str, part: str) -> bool:
    return (PACKAGE / room / f"{part}.py").exists() or (PACKAGE / room / part / "__init__.py").exists()


def test_no_room_imports_the_private_files_of_another():
    trespasses = []
    for source in sources():
        for line, name in source.imports():
            package, _, rest = name.partition(".")
            room, _, below = rest.partition(".")
            part = below.partition(".")[0]
            if package == "insula" and room not in {source.room, ""} and not is_public(room, part):
                trespasses.append(f"{source.name}:{line} imports {name}")
    assert not trespasses, "\n".join(trespasses)


def test_no_room_names_the_private_files_of_another():
    dotted = re.compile(r"insula\.(\w+)\.(\w+)(\.\w+)*")
    trespasses = []
    for source in sources():
        if source.room == "app":
            continue
        for line, value in source.strings():
            found = dotted.fullmatch(value)
            # The name of an ini setting looks like that of a module; only a module has a file.
            if not found or found[1] == source.room or not exists(found[1], found[2]):
                continue
            if not is_public(found[1], found[2]):
                trespasses.append(f"{source.name}:{line} names {value}")
    assert not trespasses, "\n".join(trespasses)


# Doors open resources and services, services know models; never the other way round.
ORDER = {
    "models": 0,
    "services": 1,
    "resources": 2,
    **dict.fromkeys(("views", "api", "admin", "commands", "subscribers", "consumers"), 3),
}


def test_in_a_room_doors_come_before_resources_before_services_before_models():
    climbs = []
    for source in sources():
        own = ORDER.get(source.part)
        for line, name in source.imports():
            parts = name.split(".")
            if own is None or parts[:2] != ["insula", source.room] or len(parts) < 3:
                continue
            if ORDER.get(parts[2], -1) > own:
                climbs.append(f"{source.name}:{line} imports {name}")
    assert not climbs, "\n".join(climbs)


def test_services_take_sessions_and_values_but_never_a_request():
    # The factory beside the class does, and is typed with these two.
    typing = {"pyramid.request.Request", "pyramid.registry.Registry"}
    wrong = []
    for source in sources():
        if source.part != "services":
            continue
        wrong += [
            f"{source.name}:{line} imports {name}"
            for line, name in source.imports()
            if name.split(".")[0] in {"pyramid", "webob"} and name not in typing
        ]
        for made in (node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef)):
            for verb in (node for node in made.body if isinstance(node, ast.FunctionDef)):
                names = {argument.arg for argument in (*verb.args.args, *verb.args.kwonlyargs)}
                if "request" in names:
                    wrong.append(f"{source.name}:{verb.lineno} {made.name}.{verb.name} takes a request")
    assert not wrong, "\n".join(wrong)
