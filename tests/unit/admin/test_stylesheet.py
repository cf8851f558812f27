"""The stylesheet's colours meet WCAG 2.2 AA on every surface they are used on, and the file stays small."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

import insula.admin

CSS = (Path(insula.admin.__file__).parent / "static" / "admin.css").read_text()
PAIR = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{3,6}), ?(#[0-9a-f]{3,6})\)")
TOKENS = {name: (light, dark) for name, light, dark in PAIR.findall(CSS)}

SURFACES = ("bg", "surface", "sunken")
TEXT = [
    *(("ink", surface, 4.5) for surface in (*SURFACES, "warn-soft", "bad-soft", "ok-soft", "accent-soft")),
    *(("ink-2", surface, 4.5) for surface in (*SURFACES, "warn-soft", "accent-soft")),
    *(("ink-3", surface, 4.5) for surface in ("bg", "surface")),
    *(("accent", surface, 4.5) for surface in SURFACES),
    ("accent-strong", "accent-soft", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-accent", "accent-strong", 4.5),
    *((name, f"{name}-soft", 4.5) for name in ("ok", "warn", "bad")),
    *((name, "surface", 4.5) for name in ("ok", "warn", "bad")),
    *((name, "surface", 4.5) for name in ("key", "str", "num")),
    *(("control", surface, 3.0) for surface in ("bg", "surface", "sunken")),
    *((name, "surface", 3.0) for name in ("s1", "s2", "s3")),
]


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("front", "back", "least"), TEXT)
def test_every_pair_of_colours_can_be_told_apart(front, back, least, theme):
    assert contrast(TOKENS[front][theme], TOKENS[back][theme]) >= least


def test_the_stylesheet_is_within_its_budget():
    assert len(gzip.compress(CSS.encode())) <= 12 * 1024


def test_the_stylesheet_asks_nobody_else_for_anything():
    assert "url(" not in CSS
    assert "@import" not in CSS
