"""No text that could harm the process reaches the parser, and every refusal names its place."""

import subprocess
import sys

import pytest

from insula.security.cedar.gate import MAX_BYTES, MAX_DEPTH, MAX_RULES, MAX_TOKENS, gate
from insula.security.cedar.tokens import CedarRefused
from tests.unit.security.policies import ask, compiled, page

GOOD = '@id("a") permit(principal, action, resource);'


def flaws_of(text):
    with pytest.raises(CedarRefused) as caught:
        gate(text)
    return caught.value.flaws


def rule(condition, name="a"):
    return f'@id("{name}") permit(principal, action, resource) when {{ {condition} }};'


def test_a_good_text_gives_its_rules_by_name():
    statements = gate(GOOD + '\n// a comment; with ( brackets and "\n' + GOOD.replace('"a"', '"b"'))
    assert [statement.id for statement in statements] == ["a", "b"]


def test_an_empty_text_has_no_rules():
    assert gate("// nothing\n") == ()


@pytest.mark.parametrize("bracket", ["(", "[", "{", "!(", "-(", "if ("])
def test_five_thousand_open_brackets_are_refused_and_the_process_lives(bracket):
    program = (
        "from insula.security.cedar.gate import gate\n"
        "from insula.security.cedar.tokens import CedarRefused\n"
        f"text = '@id(\"a\") permit(principal, action, resource) when {{ ' + {bracket!r} * 5000\n"
        "try:\n    gate(text)\nexcept CedarRefused as refused:\n    print(refused)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert f"Brackets nest at most {MAX_DEPTH} deep." in done.stdout


@pytest.mark.parametrize(
    "body",
    [
        "if true then true else " * 6000 + "true",
        " || ".join(["true"] * 5000),
        "true" + " && true" * 3000,
        "1" + " + 1" * 3000 + " == 1",
    ],
)
def test_chains_without_brackets_are_refused_for_their_length(body):
    (flaw,) = flaws_of(rule(body))
    assert "at most" in flaw.message


@pytest.mark.parametrize("words", [40, 60, 70, 90, 99, 101, 300, 380])
@pytest.mark.parametrize("chain", ["if true then true else ", "true || ", "true && "])
def test_what_passes_the_gate_can_be_compiled(chain, words):
    """The way back from JSON takes fewer levels than the parser, so a text could pass and then fail for ever."""
    try:
        policy = compiled(rule(chain * words + "true"))
    except CedarRefused as refused:
        flaws = refused.flaws
        told = words > 60 and flaws[0].rule == "a"
    else:
        told = policy.decide(ask("view", page(), "viewer")).allowed
    assert told


def test_depth_up_to_the_limit_passes():
    deep = MAX_DEPTH - 2
    assert gate(rule("(" * deep + "true" + ")" * deep))


def test_a_text_has_a_size():
    (flaw,) = flaws_of("// " + "x" * MAX_BYTES)
    assert "64 KiB" in flaw.message


def test_a_policy_has_a_number_of_rules():
    text = "".join(GOOD.replace('"a"', f'"r{number}"') + "\n" for number in range(MAX_RULES + 1))
    (flaw,) = flaws_of(text)
    assert (flaw.line, flaw.column) == (MAX_RULES + 1, 1)
    assert len(gate("".join(text.splitlines(keepends=True)[:MAX_RULES]))) == MAX_RULES


def test_a_rule_has_a_number_of_words():
    assert str(MAX_TOKENS) in flaws_of("a " * (MAX_TOKENS + 1))[0].message.replace(",", "")


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("permit(principal, action, resource);", 1, 1, "begins with its name"),
        ('@id("") permit(principal, action, resource);', 1, 5, "name is"),
        ('@id("a:b") permit(principal, action, resource);', 1, 5, "name is"),
        ('@id("grid/editor") permit(principal, action, resource);', 1, 5, "name is"),
        ("@id permit(principal, action, resource);", 1, 1, "name is"),
        ("@id(7) permit(principal, action, resource);", 1, 5, "name is"),
        (GOOD + "\n" + GOOD, 2, 1, "Another rule is named 'a'"),
        ('@id("a")\npermit(principal == ?principal, action, resource);', 2, 21, "Templates"),
        (rule('unknown("resource")'), 1, 53, "unknown()"),
        ('@id("a") permit(principal, action, resource)', 1, 44, "semicolon"),
        ('@id("a") permit(principal, action, resource) when { "abc };', 1, 53, "never closed"),
        ('@id("a") permit(principal, action, resource) when { (true };', 1, 59, "closes nothing"),
        ('@id("a") permit(principal, action, resource;', 1, 16, "never closed"),
        ('@id("a") permit(principal, action, resource) when { true', 1, 51, "never closed"),
        (GOOD + "\n\x00", 2, 1, "Control characters"),
        (GOOD + "\n§", 2, 1, "has no meaning"),
        (GOOD + "\u2028" + GOOD, 1, 46, "has no meaning"),
        (rule("'x'"), 1, 53, "has no meaning"),
        (rule('"\ud800" == "x"'), 1, 54, "character pair"),
    ],
)
def test_a_refusal_says_where(text, line, column, message):
    flaw = flaws_of(text)[0]
    assert (flaw.line, flaw.column) == (line, column), flaw
    assert message in flaw.message


@pytest.mark.parametrize(
    ("text", "line", "column", "suggestion"),
    [
        ('@id("a")\nprmit(principal, action, resource);', 2, 1, "permit"),
        ('@id("a")\nforbidd(principal, action, resource);', 2, 1, "forbid"),
        ('@id("a")\npermit(principal, action, resource)\n  wen { true };', 3, 3, "when"),
        ('@id("a")\npermit(principl, action, resource);', 2, 8, "principal"),
        (rule("context.mfa = true"), 1, 65, None),
        (rule("resource.x.foo(1)"), 1, 64, None),
    ],
)
def test_the_parsers_own_refusals_get_a_place_and_a_suggestion(text, line, column, suggestion):
    flaw = flaws_of(text)[0]
    assert (flaw.line, flaw.column, flaw.suggestion) == (line, column, suggestion), flaw
    assert flaw.rule == "a"


def test_all_flaws_are_told_at_once():
    text = "\n".join(['@id("a") prmit(principal, action, resource);', GOOD, rule("unknown(1)", "c")])
    assert [flaw.line for flaw in flaws_of(text)] == [1, 3]


def test_a_comment_is_never_read_by_the_parser():
    text = '@id("a") // unknown("x")\npermit(principal, action, resource) // ) ] }\n;'
    assert "unknown" not in gate(text)[0].source
