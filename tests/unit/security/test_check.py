"""A draft is told every flaw, with line, column and what was probably meant."""

import pytest

from insula.security.cedar.check import check, check_grid
from insula.security.cedar.schema import AREAS
from insula.security.documents import default_text, floor_text
from tests.unit.security.policies import ROLES, SCHEMA

KNOWN = {"Role": ROLES, "Area": AREAS, "Stream": ("temperature", "weather")}


def flaws_of(text):
    return check(text, SCHEMA, KNOWN.get)


@pytest.mark.parametrize("text", [floor_text(), default_text()])
def test_the_texts_of_the_platform_have_no_flaw(text):
    assert flaws_of(text) == ()


@pytest.mark.parametrize(
    ("rule", "word", "message", "suggestion"),
    [
        (
            'permit(principal, action == Action::"publsh", resource is Page);',
            '"publsh"',
            "Unrecognized action",
            "publish",
        ),
        ("permit(principal, action, resource is Pgae);", "Pgae", "Pgae", "Page"),
        (
            "permit(principal, action, resource is Page) when { resource.publishd };",
            "publishd",
            "not found",
            "published",
        ),
        (
            "permit(principal, action, resource is Page) when { resource has autor };",
            "autor",
            "No type",
            "author",
        ),
        ('permit(principal in Role::"edtor", action, resource is Page);', '"edtor"', "no role", "editor"),
        ('permit(principal, action, resource in Area::"sit");', '"sit"', "no area", "site"),
        (
            'permit(principal, action, resource in Stream::"temprature");',
            '"temprature"',
            "no stream",
            "temperature",
        ),
        ("permit(principal, action, resource is Page) when { context.mfaa };", "mfaa", "not found", "mfa"),
        (
            "permit(principal, action, resource) when { resource.published };",
            "published",
            "for every type",
            None,
        ),
        (
            'permit(principal, action, resource is Page) when { resource has author && resource.author.kind == "x" };',
            "kind",
            "not read",
            None,
        ),
    ],
)
def test_what_cedar_says_or_misses_gets_a_place(rule, word, message, suggestion):
    line = '@id("a") ' + rule
    found = flaws_of('// first\n@id("good") permit(principal, action, resource is Page);\n' + line)
    assert len(found) == 1, found
    flaw = found[0]
    assert (flaw.line, flaw.column) == (3, line.index(word) + 1), flaw
    assert flaw.rule == "a"
    assert message in flaw.message
    assert flaw.suggestion == suggestion


def test_flaws_come_in_the_order_of_the_text():
    text = (
        '@id("b") permit(principal in Role::"x", action, resource is Pgae);\n'
        '@id("c") permit(principal in Role::"y", action, resource);'
    )
    places = [(flaw.line, flaw.column) for flaw in flaws_of(text)]
    assert places == sorted(places)
    assert len(places) == 3


def test_a_flaw_reads_as_a_sentence():
    (flaw,) = flaws_of('@id("b") permit(principal in Role::"edtor", action, resource);')
    assert str(flaw) == "Line 1, column 36: There is no role 'edtor'. Did you mean editor?"


def test_a_grid_is_checked_cell_by_cell():
    grid = {
        "editor": {"Page": ["view", "ingest"]},
        "nobody": {"Stream": ["view"]},
        "viewer": {"Nothing": ["view"]},
    }
    assert dict(check_grid(grid, SCHEMA, ROLES)) == {
        "grid.editor.Page": "Page does not take the action 'ingest'.",
        "grid.nobody": "There is no role 'nobody'.",
        "grid.viewer.Nothing": "Nothing does not take the action 'view'.",
    }


def test_one_draft_is_told_the_same_each_time():
    rules = [
        f'@id("r{n}") permit(principal, action, resource) when {{ resource.published }};' for n in range(20)
    ]
    assert len({flaw.message for rule in rules for flaw in flaws_of(rule)}) == 1


def test_a_reason_turns_no_text_around():
    rule = '@id("a") @reason("Ask {} Ann.") forbid(principal, action, resource is Page);'
    (flaw,) = flaws_of(rule.format("\u202e"))
    assert "U+202E" in flaw.message
    assert flaws_of(rule.format("only")) == ()
