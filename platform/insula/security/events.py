"""Facts about the policy."""

from dataclasses import dataclass

from insula.events.interfaces import Event


@dataclass(frozen=True)
class PolicyPublished(Event):
    """A version of the policy was put in force."""

    name = "policy.published"
    number: int
    message: str


@dataclass(frozen=True)
class PolicyOnTrial(Event):
    """The version just published goes by itself at a moment, unless somebody confirms it."""

    name = "policy.on-trial"
    number: int
    until: str
    returns_to: int


@dataclass(frozen=True)
class PolicyConfirmed(Event):
    """A version on trial stays."""

    name = "policy.confirmed"
    number: int


@dataclass(frozen=True)
class PolicyReturned(Event):
    """A version on trial has gone, and the one before it is in force again, under a new number."""

    name = "policy.returned"
    number: int
    tried: int
    returns_to: int


@dataclass(frozen=True)
class PolicyTestChanged(Event):
    """A test case was added, changed or removed."""

    name = "policy.test-changed"
    test: str
    change: str


@dataclass(frozen=True)
class DecisionsForgotten(Event):
    """The recorded decisions about one account were erased."""

    name = "decisions.forgotten"
    account: str
    erased: int
