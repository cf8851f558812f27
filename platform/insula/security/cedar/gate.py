"""What a policy text has to pass before the parser may see it.

The parser is compiled code that ends the process, with no exception, on a few hundred nested brackets; it also accepts
templates that do nothing and an `unknown()` that means one thing for a single decision and another for a list. So a
text is measured with words of our own first, and parsed one statement at a time, which also gives errors a place.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from cedarpy import PolicySet, policies_to_json_str, policies_to_pst, pst

from insula.security.cedar.tokens import CLOSING, OPENING, CedarRefused, Places, Token, words
from insula.security.interfaces import Flaw

MAX_BYTES: Final = 64 * 1024
MAX_DEPTH: Final = 50
MAX_TOKENS: Final = 2_000
MAX_RULES: Final = 500
MAX_REASON: Final = 200
ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}\Z")

_KEYWORDS: Final = (
    "permit",
    "forbid",
    "principal",
    "action",
    "resource",
    "context",
    "when",
    "unless",
    "is",
    "in",
)
_FUNCTIONS: Final = (
    *(
        "has",
        "like",
        "if",
        "then",
        "else",
        "true",
        "false",
        "contains",
        "containsAll",
        "containsAny",
        "isEmpty",
    ),
    *("ip", "isInRange", "isIpv4", "isIpv6", "isLoopback", "isMulticast", "decimal", "datetime", "duration"),
    *("offset", "durationSince", "toDate", "toTime", "lessThan", "lessThanOrEqual", "greaterThan"),
)


@dataclass(frozen=True)
class Statement:
    """One rule of a text: its name, its words, its tree and the JSON that sets are built of."""

    id: str
    tokens: tuple[Token, ...]
    source: str
    tree: pst.Template
    rule: dict[str, Any]


@lru_cache(maxsize=32)
def gate(text: str) -> tuple[Statement, ...]:
    """Return the rules of a text that is safe and well formed, or raise CedarRefused with every flaw found."""
    places = Places(text)
    _measure(text, places)
    sentences = _sentences(list(words(text, places)), places)
    if len(sentences) > MAX_RULES:
        raise CedarRefused(
            places.flaw(sentences[MAX_RULES][0].start, f"A policy has at most {MAX_RULES} rules.")
        )
    rules: list[Statement] = []
    flaws: list[Flaw] = []
    for tokens in sentences:
        try:
            rules.append(_statement(text, tokens, places))
        except CedarRefused as refused:
            flaws.extend(refused.flaws)
    flaws.extend(_doubled(rules, places))
    if flaws:
        raise CedarRefused(*sorted(flaws, key=lambda flaw: (flaw.line, flaw.column)))
    return tuple(rules)


def closest(word: str, vocabulary: Iterable[str]) -> str | None:
    """Return the known word that this one was probably meant to be."""
    return next((near for near in difflib.get_close_matches(word, list(vocabulary), 1) if near != word), None)


def _measure(text: str, places: Places) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise CedarRefused(places.flaw(error.start, "This half of a character pair stands alone.")) from None
    if size > MAX_BYTES:
        raise CedarRefused(
            places.flaw(0, f"A policy has at most {MAX_BYTES // 1024} KiB; this one has {size} bytes.")
        )
    control = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text)
    if control:
        raise CedarRefused(places.flaw(control.start(), "Control characters are not allowed."))


def _sentences(tokens: list[Token], places: Places) -> list[list[Token]]:
    """Split at semicolons, refusing what nests too deeply, is too long or is not closed."""
    sentences: list[list[Token]] = []
    sentence: list[Token] = []
    open_: list[Token] = []
    for token in tokens:
        sentence.append(token)
        if len(sentence) > MAX_TOKENS:
            raise CedarRefused(places.flaw(token.start, f"A rule has at most {MAX_TOKENS} words."))
        if token.kind == "sign":
            _nest(token, open_, places)
            if token.text == ";":
                _closed(open_, places)
                sentences.append(sentence)
                sentence = []
    _closed(open_, places)
    if sentence:
        raise CedarRefused(places.flaw(sentence[-1].end - 1, "The last rule does not end with a semicolon."))
    return sentences


def _nest(token: Token, open_: list[Token], places: Places) -> None:
    if token.text == "?":
        raise CedarRefused(
            places.flaw(token.start, "Templates are not supported: name a principal or a resource.")
        )
    if token.text in OPENING:
        open_.append(token)
        if len(open_) > MAX_DEPTH:
            raise CedarRefused(places.flaw(token.start, f"Brackets nest at most {MAX_DEPTH} deep."))
    elif token.text in CLOSING:
        if not open_ or OPENING[open_[-1].text] != token.text:
            raise CedarRefused(places.flaw(token.start, f"This {token.text} closes nothing."))
        open_.pop()


def _closed(open_: list[Token], places: Places) -> None:
    if open_:
        raise CedarRefused(places.flaw(open_[-1].start, f"This {open_[-1].text} is never closed."))


def _statement(text: str, tokens: list[Token], places: Places) -> Statement:
    name = _name(tokens, places)
    for here, following in pairwise(tokens):
        if here.text == "unknown" and following.text == "(":
            raise CedarRefused(places.flaw(here.start, "unknown() is not available in a policy.", rule=name))
    source = _without_comments(tokens)
    try:
        parsed = policies_to_pst(source)
    except ValueError as error:
        at, message = _place(tokens, source, str(error))
        word = next((token.bare for token in tokens if token.start == at), "")
        known = _KEYWORDS if tokens[0].start == at or "." not in source else (*_KEYWORDS, *_FUNCTIONS)
        suggestion = None if word in known else closest(word, known)
        raise CedarRefused(places.flaw(at, message, rule=name, suggestion=suggestion)) from None
    if parsed.templates or len(parsed.static_policies) != 1:
        raise CedarRefused(places.flaw(tokens[0].start, "Only plain rules are supported.", rule=name))
    tree = next(iter(parsed.static_policies.values()))
    if len(tree.annotations.get("reason", "")) > MAX_REASON:
        raise CedarRefused(
            places.flaw(tokens[0].start, f"A reason has at most {MAX_REASON} characters.", rule=name)
        )
    return Statement(name, tuple(tokens), source, tree, _as_json(source, tokens, places, name))


def _as_json(source: str, tokens: list[Token], places: Places, name: str) -> dict[str, Any]:
    """Return the rule as sets are built of it.

    The way back from JSON takes fewer levels than the parser: sixty alternatives in a chain can be too many. What
    passes here can be compiled, so that no published text ever fails later.
    """
    try:
        rule: dict[str, Any] = json.loads(policies_to_json_str(source))["staticPolicies"]["policy0"]
        PolicySet.from_json_str(policy_set_json({name: rule}))
    except (ValueError, RecursionError):
        message = "This rule has too many levels or alternatives. Split it into several."
        raise CedarRefused(places.flaw(tokens[0].start, message, rule=name)) from None
    return rule


def policy_set_json(rules: Mapping[str, dict[str, Any]]) -> str:
    """Write rules as the set that the engine reads, under names of our own."""
    return json.dumps({"staticPolicies": rules, "templates": {}, "templateLinks": []})


def _name(tokens: list[Token], places: Places) -> str:
    """Read the `@id`, before parsing, so that every later error can name the rule."""
    at = 0
    while at + 1 < len(tokens) and tokens[at].text == "@":
        label, words_ = tokens[at + 1].text, [token.text for token in tokens[at + 2 : at + 5]]
        annotated = len(words_) == 3 and words_[0] == "(" and words_[2] == ")"
        if label == "id":
            value = tokens[at + 3] if annotated else tokens[at]
            if not annotated or value.kind != "string" or not ID.match(value.bare):
                message = "A rule's name is 1 to 80 letters, digits, dashes, dots and underscores in quotes."
                raise CedarRefused(places.flaw(value.start, message))
            return value.bare
        at += 5 if annotated else 2
    raise CedarRefused(
        places.flaw(tokens[0].start, 'Every rule begins with its name, as in @id("editors-publish").')
    )


def _doubled(rules: list[Statement], places: Places) -> list[Flaw]:
    seen: set[str] = set()
    flaws = []
    for rule in rules:
        if rule.id in seen:
            flaws.append(
                places.flaw(rule.tokens[0].start, f"Another rule is named {rule.id!r}.", rule=rule.id)
            )
        seen.add(rule.id)
    return flaws


def _without_comments(tokens: list[Token]) -> str:
    """Return the statement with every gap between two words as blanks of the same length.

    What the parser takes for a comment can then not differ from what we took for one.
    """
    parts, at = [], tokens[0].start
    for token in tokens:
        parts.append(" " * (token.start - at))
        parts.append(token.text)
        at = token.end
    return "".join(parts)


def _place(tokens: list[Token], source: str, message: str) -> tuple[int, str]:
    """Find the word an error is about: the parser names words at best, never places."""
    start = tokens[0].start
    if message.startswith("unexpected"):
        low, high = 0, len(tokens) - 1
        while low < high:
            middle = (low + high) // 2
            if "unexpected token" in _error(source[: tokens[middle].end - start]):
                high = middle
            else:
                low = middle + 1
        named = re.search(r"unexpected token `(.+)`", message)
        candidates = [t for t in tokens[: low + 1] if named and t.text == named[1]]
        culprit = candidates[-1] if candidates else tokens[low]
        return culprit.start, f"{culprit.text} is not expected here."
    for quoted, last in re.findall(r"[`']([^`']+)[`']|: (\S+)$", message):
        word = (quoted or last).split("(")[0].strip('"')
        for token in tokens:
            if word in (token.text, token.bare):
                return token.start, _sentence(message)
    return start, _sentence(message)


def _error(source: str) -> str:
    try:
        policies_to_pst(source)
    except ValueError as error:
        return str(error)
    return ""


def _sentence(message: str) -> str:
    return message[:1].upper() + message[1:].rstrip(".") + "."
