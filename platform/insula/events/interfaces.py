"""What the events room promises: facts, their listeners' deliveries, and records that are never lost."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol
from uuid import UUID

from insula.kit.commands import is_running

if TYPE_CHECKING:
    from insula.records.interfaces import NewRecord, Stream

Durability = Literal["store", "outbox"]
COMMAND_LINE = "command line"
"""The actor of what a command does."""


@dataclasses.dataclass(frozen=True)
class Event:
    """A fact that happened; each kind of fact is a frozen subclass with its own `name` and plain JSON fields.

    >>> @dataclasses.dataclass(frozen=True)
    ... class PagePublished(Event):
    ...     name = "page.published"
    ...     page_id: str
    >>> PagePublished("p-1").payload()
    {'page_id': 'p-1'}
    """

    name: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        noun, _, verb = cls.name.partition(".")
        if not (noun and verb):
            raise TypeError(f"{cls.__qualname__} needs a class attribute `name` such as 'page.published'.")

    def payload(self) -> dict[str, Any]:
        """Return the fields as a dictionary that JSON can hold."""
        return dict(vars(self))


@dataclasses.dataclass(frozen=True)
class Delivery:
    """One event on its way to one consumer; `id` stays the same however often it is delivered."""

    id: UUID
    tenant_id: UUID
    event: str
    payload: Mapping[str, Any]
    actor: str | None
    at: datetime
    request_id: str | None
    origin: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Where the act came from, as far as is known: `address`, `scheme`, `operator`."""
    kept: Mapping[str, Any] | None = None
    """What the consumer has kept with this delivery at an earlier attempt."""


class Work(Protocol):
    """What a listener works with: a request, or the stand-in that `db.work` makes outside of HTTP."""

    db: Any
    registry: Any

    @property
    def tenant_id(self) -> UUID: ...

    def find_service(self, iface: Any = ..., context: Any = ..., name: str = ...) -> Any: ...


class Subscriber(Protocol):
    """Runs inside the transaction that caused the event; may write to it and refuses by raising."""

    def __call__(self, event: Any, work: Any, /) -> None: ...


class Consumer(Protocol):
    """Is fed after the commit, at least once, so it has to be idempotent on `delivery.id`."""

    def __call__(self, delivery: Delivery, work: Any, /) -> None: ...


class BatchConsumer(Protocol):
    """Is fed several deliveries of one tenant at once; when it raises, each of them comes again alone."""

    def __call__(self, deliveries: Sequence[Delivery], work: Any, /) -> None: ...


class DeliveryNotes(Protocol):
    """What consumers keep with their deliveries, so that an attempt finds what an earlier one has decided.

    It belongs to the transaction of the session it was found through, and is gone when the delivery is acknowledged.
    """

    def of(self, ids: Collection[UUID]) -> Mapping[UUID, Mapping[str, Any] | None]:
        """Return what is kept with each of these deliveries that still waits; those taken since are left out."""

    def keep(self, notes: Mapping[UUID, Mapping[str, Any]]) -> None:
        """Keep something with each of these deliveries."""

    def waiting(self, consumer: str) -> list[Mapping[str, Any]]:
        """Return what is kept with deliveries that wait for a consumer or were put aside, in no order."""


class Events(Protocol):
    """Where services report what happened."""

    def emit(self, event: Event, *, actor: str | None = None) -> None:
        """Run the subscribers now and leave an outbox row per interested consumer, in this transaction.

        Without an actor it is whoever `actor_of` finds.
        """

    def emit_all(self, events: Iterable[Event], *, actor: str | None = None) -> None:
        """Emit several events, whose rows are written together."""


class DurableRecords(Protocol):
    """Appends records so that an answer of success is never followed by their loss."""

    def append(self, stream: Stream, rows: Sequence[NewRecord]) -> Durability:
        """Put the rows into the store or, while it is down, into the outbox; say which of the two holds them.

        Raises `kit.errors.Unavailable` when the store is down and the tenant's share of the outbox is full.
        """


@dataclasses.dataclass(frozen=True)
class Backlog:
    """How much waits in the outbox."""

    waiting: int
    dead: int
    oldest: datetime | None


@dataclasses.dataclass(frozen=True)
class DrainReport:
    """What one pass of the relay did."""

    delivered: int = 0
    retried: int = 0
    buried: int = 0

    def __add__(self, other: DrainReport) -> DrainReport:
        return DrainReport(
            self.delivered + other.delivered, self.retried + other.retried, self.buried + other.buried
        )


def actor_of(work: Any) -> str | None:
    """Return who acts in a request or a piece of work: the id of the account as text, the command line, or nobody.

    Asked when something is written and not before: finding the identity may itself need a service that emits.
    """
    identity = getattr(work, "identity", None)
    if identity is not None:
        return str(identity.account_id)
    return COMMAND_LINE if is_running() else None


def origin_of(work: Any) -> dict[str, str]:
    """Return where an act comes from, as far as a request or a piece of work knows it."""
    identity = getattr(work, "identity", None)
    known = {
        "address": getattr(work, "remote_addr", None),
        "scheme": getattr(identity, "scheme", None),
        "operator": getattr(identity, "operator", None),
    }
    return {name: value for name, value in known.items() if value}
