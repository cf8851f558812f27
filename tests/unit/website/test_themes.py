"""Themes can be read: their pairs of colours keep the contrast of WCAG AA, light and dark."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

PAIRS = {
    "harbour": [
        ("ink", "paper", 4.5),
        ("ink", "sky", 4.5),
        ("ink", "surface", 4.5),
        ("ink-2", "paper", 4.5),
        ("ink-2", "sky", 4.5),
        ("ink-2", "surface", 4.5),
        ("accent", "paper", 4.5),
        ("accent", "surface", 4.5),
        ("accent-strong", "paper", 4.5),
        ("on-accent", "accent", 4.5),
        ("on-accent", "accent-strong", 4.5),
        ("on-sea", "sea", 4.5),
        ("on-sea-2", "sea", 4.5),
        ("s1", "surface", 3),
    ],
    "bay": [
        ("ink", "paper", 4.5),
        ("ink", "fog", 4.5),
        ("ink-2", "paper", 4.5),
        ("ink-2", "fog", 4.5),
        ("accent", "paper", 4.5),
        ("accent", "fog", 4.5),
        ("accent-strong", "paper", 4.5),
        ("paper", "ink", 4.5),
        ("paper", "accent-strong", 4.5),
        ("on-bridge", "bridge", 4.5),
        ("on-bridge-2", "bridge", 4.5),
        ("s1", "fog", 3),
    ],
}


def css(theme):
    return files("insula.website").joinpath(f"static/{theme}.css").read_text()


def tokens(theme):
    found = {}
    for name, light, dark, single in re.findall(
        r"--([a-z0-9-]+): (?:light-dark\((#\w+), (#\w+)\)|(#\w+));", css(theme)
    ):
        found[name] = (light or single, dark or single)
    return found


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("theme", "pair"), [(theme, pair) for theme, pairs in PAIRS.items() for pair in pairs]
)
def test_text_stands_out_from_its_ground(theme, pair, mode):
    ink, ground, least = pair
    found = tokens(theme)
    high, low = sorted((luminance(found[ink][mode]), luminance(found[ground][mode])), reverse=True)
    assert (high + 0.05) / (low + 0.05) >= least


@pytest.mark.parametrize("theme", sorted(PAIRS))
def test_a_theme_loads_nothing_from_elsewhere_and_prints(theme):
    text = css(theme)
    assert "url(" not in text
    assert "@import" not in text
    assert "@media print" in text
    assert "forced-colors" in text


@pytest.mark.parametrize("theme", sorted(PAIRS))
@pytest.mark.parametrize("name", ["base", "page", "error"])
def test_a_theme_has_no_inline_style_or_script(theme, name):
    text = files("insula.website").joinpath(f"themes/{theme}/{name}.jinja2").read_text()
    assert "<script" not in text
    assert "<style" not in text
    assert " style=" not in text
    assert not re.search(r"\son\w+=", text)
