"""Facts about the trail itself."""

from dataclasses import dataclass

from insula.events.interfaces import Event


@dataclass(frozen=True)
class AuditEntryRedacted(Event):
    """The body of an entry was erased for good; its place in the chain stays."""

    name = "audit.redacted"
    entry_id: str
