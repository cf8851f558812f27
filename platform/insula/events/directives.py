"""The directives by which a room listens: `add_event_subscriber` and `add_consumer`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry

from insula.events.interfaces import Event
from insula.kit.errors import ConfigurationError

_KEY = "insula.events.listeners"
EVERY = "*"


@dataclass
class Listeners:
    """Who hears which event, in the order in which the rooms were included."""

    subscribers: list[tuple[str, Callable[..., None]]] = field(default_factory=list)
    consumers: dict[str, tuple[frozenset[str], Callable[..., None]]] = field(default_factory=dict)
    batched: set[str] = field(default_factory=set)
    upkeep: dict[str, tuple[float, Callable[[Registry], object]]] = field(default_factory=dict)

    def subscribers_of(self, event: str) -> list[Callable[..., None]]:
        """Return the callables that run inside the transaction."""
        return [listener for wanted, listener in self.subscribers if wanted in (event, EVERY)]

    def consumers_of(self, event: str) -> list[str]:
        """Return the names of the consumers that get a delivery."""
        return [name for name, (wanted, _) in self.consumers.items() if EVERY in wanted or event in wanted]


def listeners_of(registry: Registry) -> Listeners:
    """Return the listeners of this application."""
    found: Listeners = registry.setdefault(_KEY, Listeners())
    return found


def add_event_subscriber(
    config: Configurator, event: str | type[Event], subscriber: str | Callable[..., None]
) -> None:
    """Directive: run `subscriber(event, work)` in the transaction of each event of this class or name."""
    name = _event_name(config, event)
    listener = config.maybe_dotted(subscriber)
    label = f"{name} -> {listener.__module__}.{listener.__qualname__}"
    introspectable = config.introspectable("insula event subscribers", label, label, "event subscriber")
    introspectable["event"], introspectable["subscriber"] = name, listener

    def register() -> None:
        listeners_of(config.registry).subscribers.append((name, listener))

    config.action(("insula event subscriber", label), register, introspectables=(introspectable,))


def add_consumer(
    config: Configurator,
    name: str,
    consumer: str | Callable[..., None],
    *,
    events: Sequence[str | type[Event]] = (EVERY,),
    batch: bool = False,
) -> None:
    """Directive: feed `consumer(delivery, work)` after the commit, at least once, with these events.

    With `batch` it is `consumer(deliveries, work)`, with as many of one tenant as the relay has at hand.
    """
    wanted = frozenset(_event_name(config, event) for event in events)
    listener = config.maybe_dotted(consumer)
    introspectable = config.introspectable("insula event consumers", name, name, "event consumer")
    introspectable["name"], introspectable["consumer"] = name, listener
    introspectable["events"] = tuple(sorted(wanted))

    def register() -> None:
        listeners = listeners_of(config.registry)
        listeners.consumers[name] = (wanted, listener)
        if batch:
            listeners.batched.add(name)

    config.action(("insula event consumer", name), register, introspectables=(introspectable,))


def add_upkeep(
    config: Configurator, name: str, upkeep: str | Callable[[Registry], object], *, every: float
) -> None:
    """Directive: let one relay of the installation call `upkeep(registry)` every so many seconds.

    It delays deliveries while it runs, so it does a little at a time.
    """
    step = config.maybe_dotted(upkeep)
    introspectable = config.introspectable("insula upkeep", name, name, "upkeep")
    introspectable["name"], introspectable["upkeep"], introspectable["every"] = name, step, every

    def register() -> None:
        listeners_of(config.registry).upkeep[name] = (every, step)

    config.action(("insula upkeep", name), register, introspectables=(introspectable,))


def _event_name(config: Configurator, event: Any) -> str:
    # Event names are lower case and class names are not, which tells `page.published` from a dotted class.
    if isinstance(event, str) and not event.rpartition(".")[2][:1].isupper():
        return event
    cls = config.maybe_dotted(event)
    if not (isinstance(cls, type) and issubclass(cls, Event)):
        raise ConfigurationError(f"{event!r} is neither an event class nor the name of an event.")
    return cls.name
