"""Rules for single files."""

import ast
import re

from tests.architecture.sources import PACKAGE, PLATFORM, ROOT, rooms, sources

LONGEST = 400


def test_the_source_root_is_not_a_package():
    # A package named platform would shadow the standard library's module and break pip, pytest and much else.
    assert not (PLATFORM / "__init__.py").exists()
    assert [
        each.name for each in PLATFORM.iterdir() if each.is_dir() and not each.name.endswith(".egg-info")
    ] == ["insula"]


def test_no_file_is_longer_than_a_reader_likes():
    long = {source.name: count for source in sources() if (count := len(source.text.splitlines())) > LONGEST}
    assert not long


def test_every_file_says_in_a_sentence_what_it_is():
    silent = [source.name for source in sources() if not ast.get_docstring(source.tree)]
    assert not [name for name in silent if "/migrations/" not in name]


def test_a_rooms_init_imports_nothing_of_the_house_by_itself():
    # Including a room by its dotted name must cost nothing and tie nothing.
    heavy = []
    for room in rooms():
        init = PACKAGE / room / "__init__.py"
        if not init.exists():
            continue
        body = ast.parse(init.read_text(encoding="utf-8")).body
        imported = [ast.unparse(node) for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
        free = ("from __future__", "from typing")
        heavy += [f"{room}: {line}" for line in imported if not line.startswith(free)]
    assert not heavy


def test_every_exception_from_a_check_has_a_code_and_a_reason():
    # The forms: `noqa: CODE - reason`, type: ignore[code]  # reason; pragma: no cover - reason
    # A directive begins its comment; a text that only mentions one, between backticks, is none.
    directive = re.compile(
        r"#\s*(noqa|type:\s*ignore|pragma:\s*no cover)(?P<code>:\s*[A-Z]+\d+[A-Z0-9, ]*|\[[\w, -]+\])?(?P<rest>.*)$"
    )
    lax = []
    files = [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    for path in files:
        if path == ROOT / "tests" / "architecture" / "test_files.py":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = directive.search(line)
            if found is None:
                continue
            coded = found["code"] is not None or found[1].startswith("pragma")
            reasoned = len(re.sub(r"[^a-zA-Z]", "", found["rest"])) >= 6
            if not (coded and reasoned):
                lax.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    assert not lax, "\n".join(lax)


def test_the_locks_carry_hashes_and_no_address():
    for lock in ("run", "dev", "demo"):
        text = (ROOT / "requirements" / f"{lock}.txt").read_text()
        assert "://" not in text
        assert not re.search(r"^\s*(-i|--index|--extra-index|--find-links|-f|--trusted)", text, re.MULTILINE)
        pins = re.findall(r"^[A-Za-z0-9_.\[\],-]+==\S+.*$", text, re.MULTILINE)
        assert pins
        assert all(pin.endswith("\\") for pin in pins), "every pin is followed by its hashes"
