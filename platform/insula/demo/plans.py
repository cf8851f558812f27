"""What each demonstration tenant consists of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from insula.demo.sources import Row, airports, lines, temperatures, weather


@dataclass(frozen=True)
class StreamPlan:
    """A stream and where its records come from."""

    name: str
    title: str
    file: str
    rows: Callable[[str], Iterator[Row]]
    schema: Mapping[str, Any]
    time_field: str | None = "time"
    series_field: str | None = None


@dataclass(frozen=True)
class CollectionPlan:
    """A collection and where its entries come from."""

    name: str
    document: Mapping[str, Any]
    file: str
    rows: Callable[[str], Iterator[Mapping[str, str]]]


@dataclass(frozen=True)
class PagePlan:
    """A page: `{address}` in a text becomes the public address of the site."""

    path: str
    title: str
    summary: str
    blocks: Sequence[Mapping[str, Any]]
    position: int | None = None
    label: str | None = None


@dataclass(frozen=True)
class TenantPlan:
    """A tenant, its people, its pages and its streams."""

    name: str
    title: str
    site: Mapping[str, Any] = field(default_factory=dict)
    people: Sequence[str] = ("owner",)
    streams: Sequence[StreamPlan] = ()
    pages: Sequence[PagePlan] = ()
    public_streams: Sequence[str] = ()
    rules: str = ""
    console: bool = False
    collections: Sequence[CollectionPlan] = ()

    @property
    def host(self) -> str:
        """The host it answers on."""
        return f"{self.name}.localhost"


def text(name: str) -> dict[str, Any]:
    """Return the Markdown block with the text of this name."""
    return {
        "kind": "markdown",
        "text": files("insula.demo").joinpath("texts", f"{name}.md").read_text(encoding="utf-8"),
    }


def chart(title: str, first_day: str, last_day: str, **options: Any) -> dict[str, Any]:
    """Return a chart block of a stretch of days in the station's own time."""
    station = {"stream": "temperature", "field": "temperature", "unit": "°F", "zone": "America/Los_Angeles"}
    return {
        "kind": "chart",
        "title": title,
        "first_day": first_day,
        "last_day": last_day,
        **station,
        **options,
    }


def _properties(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(properties),
        "properties": properties,
        "additionalProperties": False,
    }


_MOMENT = {"type": "string", "format": "date-time", "title": "Time"}


def _number(title: str) -> dict[str, Any]:
    return {"type": "number", "title": title}


def _word(title: str) -> dict[str, Any]:
    return {"type": "string", "maxLength": 200, "title": title}


_TEMPERATURE = _properties(
    time=_MOMENT, temperature={"type": "number", "title": "°F", "minimum": -150, "maximum": 150}
)
_WEATHER = _properties(
    time=_MOMENT,
    precipitation=_number("Rain, mm"),
    temp_max=_number("High, °C"),
    temp_min=_number("Low, °C"),
    wind=_number("Wind, m/s"),
    weather=_word("Weather"),
)
_AIRPORT = _properties(
    iata=_word("Code"),
    name=_word("Name"),
    city=_word("City"),
    state=_word("State"),
    country=_word("Country"),
    latitude=_number("Latitude"),
    longitude=_number("Longitude"),
)

_AIRPORTS: Mapping[str, Any] = {
    "title": "Airports",
    "description": "The airports of the United States.",
    "drafts": False,
    "display": "{iata}, {name}",
    "order": "iata",
    "fields": [
        {"name": "iata", "type": "text", "title": "Code", "required": True, "unique": True, "max_length": 4},
        {"name": "name", "type": "text", "title": "Name", "required": True, "searchable": True},
        {"name": "city", "type": "text", "title": "City", "searchable": True},
        {"name": "state", "type": "text", "title": "State", "indexed": True},
        {"name": "country", "type": "text", "title": "Country"},
        {"name": "latitude", "type": "decimal", "title": "Latitude", "scale": 8, "min": "-90", "max": "90"},
        {"name": "longitude", "type": "decimal", "title": "Longitude", "scale": 8},
    ],
    "indexes": [["state", "latitude"]],
}

SEATTLE = TenantPlan(
    "seattle",
    "Elliott Bay Weather Station",
    {
        "title": "Elliott Bay Weather Station",
        "tagline": "Hourly readings from the Seattle waterfront",
        "theme": "harbour",
    },
    ("owner", "editor", "author"),
    (
        StreamPlan("temperature", "Air temperature by the hour", "seattle-temps.csv", temperatures, _TEMPERATURE),
        StreamPlan("weather", "Weather by the day", "seattle-weather.csv", weather, _WEATHER),
    ),
    (
        PagePlan(
            "/",
            "Elliott Bay Weather Station",
            "What the thermometer on the pier said, hour by hour, and what became of the day.",
            (
                text("seattle-home"),
                chart("The warmest week of 2010", "2010-07-26", "2010-08-01"),
                {"kind": "heading", "text": "The last days we looked up"},
                {
                    "kind": "latest-records",
                    "stream": "weather",
                    "title": "Weather by the day",
                    "zone": "America/Los_Angeles",
                    "fields": ["weather", "temp_max", "temp_min", "precipitation", "wind"],
                    "limit": 7,
                },
                text("seattle-home-end"),
            ),
            0,
            "Today's board",
        ),
        PagePlan(
            "/year",
            "A year by the water",
            "Four weeks of 2010, one of each season, in the station's own time.",
            (
                text("seattle-year"),
                chart("Winter: the first week of January", "2010-01-01", "2010-01-07", height=220),
                chart("Spring: the second week of April", "2010-04-08", "2010-04-14", height=220),
                chart("Summer: the third week of July", "2010-07-15", "2010-07-21", height=220),
                chart("Autumn: the third week of October", "2010-10-15", "2010-10-21", height=220),
            ),
            1,
            "The year",
        ),
        PagePlan(
            "/about", "About the station", "Who reads the thermometer, and how.",
            (text("seattle-about"),), 2, "About",
        ),
        PagePlan(
            "/about/method", "How the figures are made", "From a reading to a point on the chart.",
            (text("seattle-method"),),
        ),
    ),
    ("temperature", "weather"),
)  # fmt: skip

BAY = TenantPlan(
    "bay",
    "Bay Fog Almanac",
    {
        "title": "Bay Fog Almanac",
        "tagline": "San Francisco, measured one cool hour at a time",
        "theme": "bay",
    },
    ("owner", "editor"),
    (StreamPlan("temperature", "Air temperature by the hour", "sf-temps.csv", temperatures, _TEMPERATURE),),
    (
        PagePlan(
            "/",
            "The coldest winter is a summer here",
            "A year of San Francisco temperatures, and why July wears a coat.",
            (
                text("bay-home"),
                chart("Three days in July", "2010-07-01", "2010-07-03"),
                text("bay-home-end"),
                chart("Three days in September", "2010-09-20", "2010-09-22"),
            ),
            0,
            "Almanac",
        ),
        PagePlan(
            "/fog",
            "How to read the fog",
            "Three signs, none of them on a telephone.",
            (text("bay-fog"),),
            1,
            "Fog",
        ),
    ),
    ("temperature",),
    """
@id("the-api-is-for-the-house")
@reason("The almanac's API answers inside its own network only.")
forbid(principal, action, resource in Area::"api")
  unless { context.ip.isInRange(ip("127.0.0.0/8")) || context.ip.isInRange(ip("10.0.0.0/8")) };
""",
)

FLIGHTS = TenantPlan(
    "flights",
    "Flights",
    {"title": "Flights", "tagline": "3,376 airports behind one API", "theme": "harbour"},
    ("owner",),
    (
        StreamPlan(
            "airports", "Airports of the United States", "airports.csv", airports, _AIRPORT,
            time_field=None, series_field="state",
        ),
    ),
    (
        PagePlan(
            "/",
            "Airports, by API",
            "Where to find 3,376 airports, and how to ask for them.",
            (
                text("flights-home"),
                {
                    "kind": "latest-records",
                    "stream": "airports",
                    "series": "CA",
                    "title": "A few Californian ones",
                    "times": False,
                    "fields": ["iata", "name", "city", "latitude", "longitude"],
                    "limit": 8,
                },
            ),
            0,
            "Start",
        ),
    ),
    ("airports",),
    collections=(CollectionPlan("airports", _AIRPORTS, "airports.csv", lines),),
)  # fmt: skip

CONSOLE = TenantPlan("console", "Operators", people=("owner",), console=True)

PLANS = (SEATTLE, BAY, FLIGHTS, CONSOLE)
