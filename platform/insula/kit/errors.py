"""Domain errors: services raise them, each door maps them once to its own format."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong place in what was sent: `path` is a JSON path or a parameter, `line` counts from one."""

    path: str
    detail: str
    line: int | None = None


class InsulaError(Exception):
    """What a caller did or met, in words that name the place and the remedy."""

    status = 500
    slug = "internal"
    title = "Something went wrong on our side"

    def __init__(
        self, detail: str = "", *, errors: Iterable[FieldError] = (), retry_after: int | None = None
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after


class Malformed(InsulaError):
    """The request cannot be read."""

    status, slug, title = 400, "malformed", "The request cannot be read"


class Unauthenticated(InsulaError):
    """Nobody known is asking."""

    status, slug, title = 401, "unauthenticated", "Sign in or send a valid token"


class Refused(InsulaError):
    """The policy does not allow it, and the asker may know."""

    status, slug, title = 403, "refused", "You may not do this"
    decision = ""
    """The number of the decision that refused it, where a policy did."""


class NotFound(InsulaError):
    """It does not exist, or the asker may not know that it does."""

    status, slug, title = 404, "not-found", "There is nothing here"


class Conflict(InsulaError):
    """It does not fit what is already there."""

    status, slug, title = 409, "conflict", "This does not fit what is already there"


class Stale(InsulaError):
    """Somebody changed it since it was read."""

    status, slug, title = 412, "stale", "It was changed since you loaded it"


class TooLarge(InsulaError):
    """More than a limit allows."""

    status, slug, title = 413, "too-large", "This is larger than allowed"


class UnsupportedMedia(InsulaError):
    """A content type or encoding nobody here reads."""

    status, slug, title = 415, "unsupported-media", "This content type is not accepted here"


class Invalid(InsulaError):
    """Readable, but not right: `errors` name each place."""

    status, slug, title = 422, "invalid", "Some values need another look"


class PreconditionRequired(InsulaError):
    """A write without `If-Match` where one is needed."""

    status, slug, title = 428, "precondition-required", "Send the version you are changing in If-Match"


class TooMany(InsulaError):
    """A rate or quota is used up; `retry_after` says for how many seconds."""

    status, slug, title = 429, "too-many", "Too many requests"


class Unavailable(InsulaError):
    """A part that is needed is down; `retry_after` says when to come back, in seconds."""

    status, slug, title = 503, "unavailable", "This part is not available right now"


class ConfigurationError(Exception):
    """The installation's own settings cannot work; the message names the setting and the remedy."""
