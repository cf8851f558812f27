"""Bounds of settings: narrowed from the outermost inwards, and what they make of a value.

Values are plain ones, as JSON has them. Where two bounds contradict each other the outer one holds, so that nothing an
inner document says can lead out of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, TypeGuard

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    model_validator,
)

Number = StrictInt | Annotated[StrictFloat, Field(allow_inf_nan=False)]
Scalar = StrictBool | StrictInt | StrictFloat | StrictStr
Side = Literal["at_least", "at_most", "one_of"]

WHO = {"installation": "the installation", "plan": "your plan"}
"""Who sets a bound, in the words of a screen."""


class Bound(BaseModel):
    """What a setting may be: a number within a range, or one of some values (each entry, of a list)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: Number | None = None
    at_most: Number | None = None
    one_of: tuple[Scalar, ...] | None = Field(None, min_length=1, max_length=200)

    @model_validator(mode="after")
    def _fits_together(self) -> "Bound":
        if self.one_of is not None and (self.at_least is not None or self.at_most is not None):
            raise ValueError("Use either one_of, or at_least and at_most.")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least {said(self.at_least)} is more than at_most {said(self.at_most)}.")
        return self


@dataclass(frozen=True)
class Limit:
    """What binds one setting in all, and who sets each side of it."""

    bound: Bound
    set_by: Mapping[Side, str] = field(default_factory=dict)
    empty_is_all: bool = False
    """Whether an empty list leaves everything open, which is more than a choice of some."""

    def clamped(self, value: Any, default: Any = None) -> Any:
        """Return the value, or the nearest that lies within."""
        if isinstance(value, list):
            return self._entries(value)
        low, high, one_of = self.bound.at_least, self.bound.at_most, self.bound.one_of
        if one_of is not None:
            return value if _among(value, one_of) else _nearest(value, default, one_of)
        if value is None:
            # Null is a number without limit.
            return high
        if not _is_number(value):
            return value
        if high is not None and value > high:
            return high
        return low if low is not None and value < low else value

    def refusal(self, value: Any) -> str | None:
        """Return why a value may not be set, or None where it may."""
        if _same(self.clamped(value), value):
            return None
        low = self.bound.at_least
        side: Side = "one_of" if self.bound.one_of is not None else "at_most"
        if side == "at_most" and low is not None and value is not None and value < low:
            side = "at_least"
        return self._says(side)

    def words(self) -> tuple[str, ...]:
        """Return what binds the setting, a sentence for each side."""
        sides: tuple[Side, ...] = ("at_least", "at_most", "one_of")
        return tuple(self._says(side) for side in sides if getattr(self.bound, side) is not None)

    def _says(self, side: Side) -> str:
        value = getattr(self.bound, side)
        by = f"set by {WHO.get(self.set_by.get(side, ''), 'the installation')}."
        if side == "one_of":
            if len(value) == 1 and isinstance(value[0], bool):
                return f"Always {'on' if value[0] else 'off'}, {by}"
            return f"Only {', '.join(said(one) for one in value)}, {by}"
        return f"{'At least' if side == 'at_least' else 'At most'} {said(value)}, {by}"

    def _entries(self, value: list[Any]) -> list[Any]:
        one_of = self.bound.one_of
        if one_of is None:
            return value
        kept = [one for one in value if _among(one, one_of)]
        if not kept and self.empty_is_all:
            return list(one_of)
        return value if len(kept) == len(value) else kept


def narrowed(layers: Iterable[tuple[str, Bound]], *, empty_is_all: bool = False) -> Limit:
    """Return what bounds make together, each given with who sets it, outermost first."""
    limit = Limit(Bound())
    for who, bound in layers:
        if bound.one_of is not None:
            limit = _chosen(limit, who, bound.one_of)
        if bound.at_least is not None:
            limit = _ranged(limit, who, "at_least", bound.at_least)
        if bound.at_most is not None:
            limit = _ranged(limit, who, "at_most", bound.at_most)
    return replace(limit, empty_is_all=empty_is_all)


def said(value: Any) -> str:
    """Return a bound's value in words."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:,}" if _is_number(value) else str(value)


def _chosen(outer: Limit, who: str, one_of: Sequence[Any]) -> Limit:
    within = tuple(one for one in one_of if _same(outer.clamped(one), one))
    if not within or within == outer.bound.one_of:
        return outer
    return Limit(Bound(one_of=within), {"one_of": who})


def _ranged(outer: Limit, who: str, side: Literal["at_least", "at_most"], number: float) -> Limit:
    if outer.bound.one_of is not None:
        fits = [one for one in outer.bound.one_of if _is_number(one) and _on(side, one, number)]
        return _chosen(outer, who, fits)
    inner = outer.clamped(number)
    present = getattr(outer.bound, side)
    if present is not None and _on(side, present, inner):
        return outer
    return Limit(outer.bound.model_copy(update={side: inner}), {**outer.set_by, side: who})


def _on(side: str, one: float, number: float) -> bool:
    return one >= number if side == "at_least" else one <= number


def _nearest(value: Any, default: Any, one_of: Sequence[Any]) -> Any:
    if _is_number(value) and all(_is_number(one) for one in one_of):
        return min(one_of, key=lambda one: abs(one - value))
    return default if _among(default, one_of) else one_of[0]


def _among(value: Any, one_of: Sequence[Any]) -> bool:
    return any(_same(value, one) for one in one_of)


def _same(one: Any, other: Any) -> bool:
    # True and 1 are equal to Python, and are two values to everybody else.
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
