"""The documentation names what exists, all of it, and its links lead somewhere."""

import dataclasses
import importlib
import json
import re
import shlex
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from pyramid.static import static_view

from insula.cli.main import main
from insula.cli.reference import reference, settings_page
from insula.cli.serve import serve
from insula.cli.start import start
from insula.events.interfaces import Event
from insula.kit.commands import commands_of
from insula.kit.errors import InsulaError
from insula.security.compiled import schema_of
from insula.security.permissions import ACTIONS
from tests.architecture.sources import PACKAGE, ROOT, sources
from tests.architecture.test_views import is_error_view, views

DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
EXPLANATIONS = sorted((DOCS / "explanation").glob("*.md"))
KINDS = {"tutorials", "how-to", "reference", "explanation", "adr"}

FENCE = re.compile(r"^ *```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!\w+:)(?P<path>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
# Commands of the program: at the beginning of a line, after a pipe or in a substitution.
CALL = re.compile(r"(?:^\s*|\|\s*|\$\()(?:\.venv/bin/)?insula\s(?P<words>[^|#)\n]*)", re.MULTILINE)
PLACEHOLDER = re.compile(r"…|\.\.\.|^[A-Z]{4,}$|^\[")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def cells(page: str) -> list[list[str]]:
    """Return the cells of every table row of a reference page."""
    lines = (REFERENCE / page).read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


def ticked(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


# Links, and names of files.


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_between_pages_leads_somewhere(page: Path) -> None:
    broken = []
    for link in LINK.finditer(prose(page)):
        target = (page.parent / link["path"]).resolve() if link["path"] else page
        if not target.exists() or (link["anchor"] and link["anchor"] not in anchors(target)):
            broken.append(link[0])
    assert not broken


def test_every_page_is_of_one_kind_and_stands_in_the_index() -> None:
    index = DOCS / "README.md"
    linked = {(DOCS / link["path"]).resolve() for link in LINK.finditer(prose(index))}
    pages = {page for page in DOCS.rglob("*.md") if page != index}
    assert {page.relative_to(DOCS).parts[0] for page in pages} <= KINDS
    assert not {named(page) for page in pages - linked}


@pytest.mark.parametrize("page", EXPLANATIONS, ids=named)
def test_explanations_name_files_that_exist(page: Path) -> None:
    files = set(re.findall(r"`((?:[a-z_0-9]+/)+[a-z_0-9]+\.(?:py|cedar))`", prose(page)))
    places = (ROOT, ROOT / "platform", PACKAGE)
    assert not [path for path in files if not any((place / path).exists() for place in places)]


@pytest.mark.parametrize("page", EXPLANATIONS, ids=named)
def test_explanations_name_tests_that_exist(page: Path) -> None:
    missing, file = [], ROOT
    for path, name in re.findall(r"`(tests/[\w/]+\.py|…(?=::))(?:::(\w+))?`", prose(page)):
        # An ellipsis stands for the file that was named last.
        file = file if path == "…" else ROOT / path
        if not file.is_file() or f"def {name}" not in file.read_text(encoding="utf-8"):
            missing.append(f"{path}::{name}")
    assert not missing


def test_the_way_of_a_request_names_functions_that_are_there() -> None:
    # Written as `name` (`room/file.py`) or `name` in `room/file.py`.
    page = prose(DOCS / "explanation" / "one-request.md")
    found = re.findall(r"`([A-Za-z_.]+)(?:\(\))?`(?: \(| in )`([a-z_]+/[a-z_/]+\.py)`", page)
    assert len(found) > 30
    missing = []
    for name, path in found:
        text = (PACKAGE / path).read_text(encoding="utf-8")
        last = name.rpartition(".")[2]
        if not re.search(
            rf"(?:def|class) {last}\b|^\s*(?:request\.)?{last}\b|\"{last}\"", text, re.MULTILINE
        ):
            missing.append(f"{name} in {path}")
    assert not missing


# Commands.


def problem_of(words: list[str], registry: Any) -> str | None:
    """Say what is wrong with a command line, as the program's own parser sees it."""
    command: click.Command = main
    own = {"serve": serve, "start": start, "reference": reference, **commands_of(registry)}
    while words and words[0] in {"-c", "--set"}:
        words = words[2:]
    path = "insula"
    while words and (command is main or isinstance(command, click.Group)):
        known = own if command is main else getattr(command, "commands", {})
        if words[0] not in known:
            told = words[0] == "--help" or PLACEHOLDER.search(words[0])
            return None if told else f"{path} {words[0]}: no such command"
        command, path, words = known[words[0]], f"{path} {words[0]}", words[1:]
    options = {flag for each in command.params for flag in (*each.opts, *each.secondary_opts)}
    used = [word.partition("=")[0].strip("[]") for word in words if word.strip("[]").startswith("--")]
    wrong = [flag for flag in used if flag not in options | {"--help"}]
    return f"{path}: no such option {', '.join(wrong)}" if wrong else None


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_command_on_a_page_exists(page: Path, registry: Any) -> None:
    text = page.read_text(encoding="utf-8")
    indented = "\n".join(line.strip() for line in text.splitlines() if line.startswith("    "))
    wrong = []
    for fence in [*(found["text"] for found in FENCE.finditer(text)), indented]:
        for call in CALL.finditer(fence.replace("\\\n", " ")):
            words = shlex.split(call["words"].split("&&")[0].split("<")[0].replace("'", "'\"'\"'"))
            wrong.append(problem_of(words, registry))
    assert not [each for each in wrong if each]


@pytest.mark.parametrize("page", sorted((DOCS / "tutorials").glob("*.md")), ids=named)
def test_json_in_a_tutorial_is_json(page: Path) -> None:
    for fence in FENCE.finditer(page.read_text(encoding="utf-8")):
        if fence["language"] == "json":
            json.loads(fence["text"])


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_python_on_a_page_can_be_compiled_and_imports_what_exists(page: Path) -> None:
    for fence in FENCE.finditer(page.read_text(encoding="utf-8")):
        if fence["language"] != "python":
            continue
        text = textwrap.dedent(fence["text"])
        compile(text.replace("…", "..."), named(page), "exec")
        for module, name in re.findall(r"^from (insula[\w.]*) import (\w+)$", text, re.MULTILINE):
            assert hasattr(importlib.import_module(module), name), f"{module}.{name}"


# The reference is complete, and lists nothing that is gone.


def documented_views() -> set[str]:
    return {name for row in cells("addresses.md") if len(row) == 5 for name in ticked(row[-1])}


def test_every_view_has_a_reference_entry(registry: Any) -> None:
    real = {
        name
        for name, context, called, _ in views(registry)
        if not is_error_view(context) and not isinstance(called, static_view)
    }
    own = {name for name in real if name.startswith("insula.")}
    assert documented_views() == own


def test_the_reference_of_views_names_their_methods_and_permissions(registry: Any) -> None:
    told: dict[str, set[str]] = {}
    for row in cells("addresses.md"):
        if len(row) == 5 and ticked(row[4]):
            told[ticked(row[4])[0]] = {row[1], *ticked(row[2])}
    for entry in registry.introspector.get_category("views"):
        view = entry["introspectable"]
        called = view["callable"]
        name = f"{getattr(called, '__module__', '')}.{getattr(called, '__qualname__', called)}"
        if name not in told:
            continue
        methods = view["request_methods"]
        method = methods if isinstance(methods, str) else methods[0]
        asked = {str(each["value"]) for each in entry["related"] if each.category_name == "permissions"}
        assert told[name] == {method, *(each for each in asked if not each.startswith("__"))}, name


def event_classes() -> list[type[Event]]:
    for source in sources():
        # Loading every file would start what only servers need; those that declare events name their base.
        if "(Event)" in source.text and source.room != "demo" and "interfaces" not in source.part:
            dotted = source.name.removesuffix(".py").replace("/", ".")
            importlib.import_module(f"insula.{dotted}")
    found = [each for each in Event.__subclasses__() if each.__module__.startswith("insula.")]
    return sorted(found, key=lambda each: each.name)


def test_every_event_has_a_reference_entry_with_its_fields() -> None:
    told = {}
    for row in cells("events.md"):
        if len(row) == 4 and ticked(row[0]):
            # What a field holds stands behind it in brackets.
            fields = re.sub(r"\([^)]*\)", "", row[2])
            told[ticked(row[0])[0]] = (f"insula.{ticked(row[1])[0]}", ticked(fields))
    real = {
        each.name: (
            f"{each.__module__}.{each.__qualname__}",
            [field.name for field in dataclasses.fields(each)],
        )
        for each in event_classes()
    }
    assert told == real


def test_every_type_and_action_has_a_reference_entry(registry: Any) -> None:
    table = [row for row in cells("permissions.md") if len(row) == len(ACTIONS) + 2]
    assert [ticked(cell)[0] for cell in table[0][1:-1]] == list(ACTIONS)
    told = {
        (ticked(row[0])[0], action)
        for row in table[2:]
        for action, mark in zip(ACTIONS, row[1:-1], strict=True)
        if mark
    }
    types = schema_of(registry).types
    assert told == {(name, action) for name, kind in types.items() for action in kind.actions}


def problems() -> Iterator[str]:
    waiting = [InsulaError]
    for source in sources():
        if "slug" in source.text and source.part == "interfaces":
            importlib.import_module(f"insula.{source.room}.interfaces")
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        if error.__module__.startswith("insula."):
            yield error.slug


def test_every_type_of_problem_has_a_reference_entry() -> None:
    told = {found.removeprefix("/problems/") for row in cells("http-api.md") for found in ticked(row[0])}
    # These two are made in the door itself, from what is no domain error.
    assert {
        slug for slug in told if (REFERENCE / "http-api.md").read_text().count(f"`/problems/{slug}`")
    } == {
        *problems(),
        "method-not-allowed",
        "http",
    }


def test_every_feature_has_a_reference_entry_with_its_settings(registry: Any) -> None:
    page = (REFERENCE / "features.md").read_text(encoding="utf-8")
    missing = []
    for entry in registry.introspector.get_category("insula features"):
        declaration = entry["introspectable"]["declaration"]
        names = [declaration.name, *(f"{declaration.name}.{name}" for name in declaration.model.model_fields)]
        missing += [name for name in names if f"`{name}`" not in page]
    assert not missing


def test_the_reference_of_settings_is_as_its_command_makes_it(registry: Any) -> None:
    made = "\n".join(settings_page(registry))
    assert (REFERENCE / "settings.md").read_text(encoding="utf-8").rstrip() == made, "run `make reference`"


# News.


def test_every_fragment_of_news_is_one_sentence_of_a_known_kind() -> None:
    kinds = {"feature", "change", "fix", "security", "removal"}
    for fragment in sorted((ROOT / "changes").iterdir()):
        _, kind, ending = fragment.name.rsplit(".", 2)
        text = fragment.read_text(encoding="utf-8").strip()
        assert ending == "md", fragment.name
        assert kind in kinds, fragment.name
        assert text.endswith("."), fragment.name
        assert "\n" not in text, fragment.name
        assert not re.search(r"[.!?] [A-Z]", text), fragment.name
