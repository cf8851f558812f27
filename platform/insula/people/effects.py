"""What a role means, in words: the rules of the policy in force that name it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from insula.security.interfaces import Explain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from insula.security.interfaces import RuleText

_NAMED: Final = re.compile(r'\bRole\s*::\s*"([^"\\]*)"')
_AIMED: Final = re.compile(r'\(\s*principal\s+(?:is\s+\w+\s+)?in\s+Role\s*::\s*"([^"\\]*)"')
_GRID: Final = re.compile(r"grid/([^/]+)/")


@dataclass(frozen=True)
class Effect:
    """One rule that names a role: its words, whether it permits or forbids, and what decisions call it."""

    sentence: str
    effect: str
    rule: str
    aimed: bool
    """Whether the rule is for this role alone; else it names the role among its conditions, or for an exception."""


def effects_of(request: Any) -> dict[str, list[Effect]]:
    """Return the rules that name a role, by the role's name; one that no rule names is left out."""
    found: dict[str, list[Effect]] = {}
    rules: Sequence[RuleText] = request.find_service(Explain).rules()
    for rule in rules:
        text = _bare(rule.text)
        aims = {*_AIMED.findall(text), *_GRID.findall(rule.name)}
        for role in dict.fromkeys([*_NAMED.findall(text), *_GRID.findall(rule.name)]):
            effect = Effect(sentence(rule), rule.effect, rule.name, role in aims)
            found.setdefault(role, []).append(effect)
    # What a role may do is read first; the floor, which binds everybody, comes last.
    return {
        role: sorted(each, key=lambda one: (one.effect != "permit", not one.aimed))
        for role, each in found.items()
    }


def sentence(rule: RuleText) -> str:
    """Return what a rule says, as far as its name tells: names are written as sentences.

    >>> from insula.security.interfaces import RuleText
    >>> sentence(RuleText("tenant:editors-work-on-pages", "permit", "permit(…);"))
    'Editors work on pages'
    """
    owner, _, name = rule.name.partition(":")
    if name.startswith("grid/"):
        return rule.text.removeprefix("Table of roles: ").rstrip(".")
    words = re.sub(r"[-_.]+", " ", name or owner).strip()
    return words[:1].upper() + words[1:]


def _bare(text: str) -> str:
    """Return a rule without its comments, so that a role that is only mentioned does not count as named."""
    return re.sub(r'("(?:[^"\\]|\\.)*")|//[^\n]*', lambda found: found[1] or "", text)
