"""Streams on pages: a chart of exactly what was measured, a table of the latest, and quiet where there is none."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from insula.features.interfaces import Features
from insula.records.interfaces import StoreUnavailable, store_of
from insula.website.interfaces import PageDraft, Pages
from tests.functional.streams.conftest import Door, let_visitors_view
from tests.makers import TenantHandle

SEATTLE = ZoneInfo("America/Los_Angeles")
CHART = {
    "kind": "chart",
    "stream": "temperature",
    "field": "temp",
    "first_day": "2010-03-13",
    "last_day": "2010-03-15",
    "zone": "America/Los_Angeles",
    "title": "When the clocks change",
    "unit": "°F",
}
LATEST = {"kind": "latest-records", "stream": "temperature", "limit": 3, "zone": "America/Los_Angeles"}


def publish(tenant: TenantHandle, *blocks: dict[str, Any]) -> None:
    with tenant.work() as work:
        pages = work.find_service(Pages)
        page = pages.create(PageDraft("/charts", "Charts", blocks=blocks))
        pages.publish(page.id)


def hours() -> list[tuple[str, str]]:
    """Every hour of three local days, one of which has 23."""
    at = datetime(2010, 3, 13, tzinfo=SEATTLE).astimezone(ZoneInfo("UTC"))
    return [
        ((at + timedelta(hours=n)).astimezone(SEATTLE).isoformat(), f"{40 + n % 13}.{n % 10}")
        for n in range(71)
    ]


@pytest.fixture
def station(door: Door) -> Door:
    """A stream with three days of readings around the change of clocks, open to visitors."""
    door.push_lines(*[f'{{"time":"{at}","temp":{value}}}'.encode() for at, value in hours()])
    let_visitors_view(door.tenant)
    return door


def points(html: str) -> list[tuple[str, str]]:
    return re.findall(r'<circle class="pt[^"]*"[^>]*data-time="([^"]+)" data-value="([^"]+)"', html)


def test_a_chart_shows_every_reading_of_its_days_in_the_stations_own_time(station: Door) -> None:
    publish(station.tenant, CHART)
    page = station.tenant.visitor().get("/charts")
    assert points(page.text) == hours()
    assert page.text.count("<svg") >= 1
    assert page.text.count('<polyline class="ln"') == 1
    assert "style=" not in page.text.partition("<svg class")[2].partition("</svg>")[0]
    assert "13 Mar to 15 Mar 2010" in page.text
    assert "America/Los_Angeles" in page.text
    table = page.text.partition("<tbody>")[2]
    assert [value for _, value in hours()] == re.findall(r'<td class="num">([^<]+)</td>', table)


def test_points_lie_where_their_values_say(station: Door) -> None:
    publish(station.tenant, CHART)
    text = station.tenant.visitor().get("/charts").text
    found = re.findall(r'cx="([\d.]+)" cy="([\d.]+)" r="3" data-time="([^"]+)" data-value="([^"]+)"', text)
    high, low = max(found, key=lambda each: float(each[3])), min(found, key=lambda each: float(each[3]))
    slope = (float(high[1]) - float(low[1])) / (float(high[3]) - float(low[3]))
    for _, y, _, value in found:
        assert abs(float(low[1]) + slope * (float(value) - float(low[3])) - float(y)) < 0.02
    gaps = {round(float(b[0]) - float(a[0]), 1) for a, b in pairwise(found)}
    assert max(gaps) - min(gaps) <= 0.11


def test_a_missing_reading_is_a_gap(station: Door) -> None:
    station.push({"time": "2010-03-16T05:00:00Z", "temp": 1})
    publish(station.tenant, {**CHART, "last_day": "2010-03-15"}, {**CHART, "last_day": "2010-03-16"})
    text = station.tenant.visitor().get("/charts").text
    assert text.count('<polyline class="ln"') >= 2


def test_the_latest_records_are_a_table(station: Door) -> None:
    publish(station.tenant, LATEST)
    text = station.tenant.visitor().get("/charts").text
    assert re.findall(r"<td>([\d.]+)</td>", text) == [value for _, value in hours()[:-4:-1]]
    assert "15 Mar 2010, 23:00" in text


def test_who_may_not_view_the_stream_sees_what_a_missing_one_shows(door: Door) -> None:
    door.push({"time": "2010-03-13T12:00:00Z", "temp": 41.5})
    publish(door.tenant, CHART, LATEST, {**CHART, "stream": "nothing"}, {**LATEST, "stream": "_audit"})
    text = door.tenant.visitor().get("/charts").text
    assert "41.5" not in text
    assert text.count("There is nothing to show here.") == 4


def test_the_same_page_of_another_tenant_shows_its_own_stream(station: Door, other_door: Door) -> None:
    let_visitors_view(other_door.tenant)
    publish(other_door.tenant, CHART, LATEST)
    text = other_door.tenant.visitor().get("/charts").text
    assert points(text) == []
    assert "There are no readings in this time." in text
    assert "There are no records yet." in text


def test_while_the_store_is_down_the_page_stands(station: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_args: object, **_options: object) -> None:
        raise StoreUnavailable

    publish(station.tenant, CHART, LATEST, {"kind": "heading", "text": "Still here"})
    monkeypatch.setattr(type(store_of(station.tenant.installation.registry)), "read", down)
    text = station.tenant.visitor().get("/charts").text
    assert text.count("not available right now") == 2
    assert "Still here" in text


def test_without_the_feature_the_page_stands_without_its_blocks(station: Door) -> None:
    publish(station.tenant, CHART, {"kind": "heading", "text": "Still here"})
    with station.tenant.work() as work:
        work.find_service(Features).change("streams", on=False, actor=None)
    text = station.tenant.visitor().get("/charts").text
    assert '<svg class="chart"' not in text
    assert "Still here" in text


@pytest.mark.parametrize(
    "change",
    [
        {"zone": "Nowhere/City"},
        {"last_day": None},
        {"last_day": "2010-01-01"},
        {"last_day": "9999-12-31"},
        {"first_day": "0001-01-01"},
        {"last_hours": 24},
        {"height": 5},
        {"field": ""},
        {"colour": "red"},
    ],
)
def test_a_block_that_cannot_be_drawn_cannot_be_saved(door: Door, change: dict[str, Any]) -> None:
    from insula.kit.errors import Invalid

    with pytest.raises(Invalid):
        publish(door.tenant, {**CHART, **change})


def test_titles_and_values_are_text_and_no_markup(door: Door) -> None:
    let_visitors_view(door.tenant)
    door.client.post_json("/api/streams", {"name": "texts", "title": "Texts"}, status=201)
    door.push({"note": "<script>alert(1)</script>"}, stream="texts")
    publish(
        door.tenant, {"kind": "latest-records", "stream": "texts", "title": "<b>bold</b>", "fields": ["note"]}
    )
    with door.tenant.work() as work:
        from insula.security.interfaces import Policies

        policies = work.find_service(Policies)
        now = policies.current()
        rule = '\n@id("texts") permit(principal, action == Action::"view", resource == Stream::"texts");'
        policies.publish(now.text + rule, now.grid, None, "texts")
    text = door.tenant.visitor().get("/charts").text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text
    assert "<b>bold" not in text
