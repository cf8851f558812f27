"""What acts tell of what whoever asks may not see, and do to it: nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from insula.collections.schemas.check import Checked, checked
from insula.kit.errors import Conflict, FieldError, Invalid, NotFound, Refused

if TYPE_CHECKING:
    from insula.collections.interfaces.entries import Entry, Permit
    from insula.collections.interfaces.schemas import Collection

_ALONG: Final = "Other entries would go or change along that you may not delete or change."
_UNFIT: Final = "A field that you may not write is needed, or does not fit."


def fitting(info: Collection, values: Mapping[str, Any], permit: Permit | None) -> Checked:
    """Return the values of a new entry; raises Invalid, which names only fields that may be written."""
    with naming(info, permit, values):
        return checked(info, values)


@contextmanager
def naming(info: Collection, permit: Permit | None, given: Iterable[str] = ()) -> Iterator[None]:
    """Have what is raised within name no other fields than those that were given, or may be written.

    What is wrong with the entry as a whole names none, and is said as it is.
    """
    try:
        yield
    except (Invalid, Conflict) as error:
        if permit is None or not error.errors:
            raise
        named = permit.fields(info).union(given, [""])
        shown = [each for each in error.errors if each.path.partition(".")[0] in named]
        if len(shown) < len(error.errors):
            shown.append(FieldError("", _UNFIT))
        raise type(error)(error.detail, errors=shown) from None


def demand_along(permit: Permit | None, action: str, info: Collection, entries: Sequence[Entry]) -> None:
    """Raise Conflict, which says no more, unless this may be done to what an act takes along."""
    if permit is None or not entries:
        return
    try:
        permit.check(action, info, entries)
    except (NotFound, Refused):
        raise Conflict(_ALONG) from None


def may_name(
    permit: Permit | None, info: Collection, field: str, entries: Callable[[], Sequence[Entry]]
) -> bool:
    """Tell whether an error may say that these entries lead somewhere by this field."""
    if permit is None:
        return True
    try:
        if field not in permit.fields(info):
            return False
        permit.check("view", info, entries())
    except (NotFound, Refused):
        return False
    return True
