"""Facts about the policy."""

from dataclasses import dataclass

from insula.events.interfaces import Event


@dataclass(frozen=True)
class PolicyPublished(Event):
    """A version of the policy was put in force."""

    name = "policy.published"
    number: int
    message: str
