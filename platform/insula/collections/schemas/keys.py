r"""Keys: values as texts that sort as the values do, so that one index serves every type.

A key begins with `0` for no value, else with `1`. Keys of several fields stand side by side, each closed by `\x01`, so
that fields compared for equality and one for a range are one range of keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from insula.collections.interfaces.schemas import FieldDocument

NULL: Final = "0"
CLOSE: Final = "\x01"
PAST: Final = "\x02"
"""What takes the place of `CLOSE` in the upper end of a range of keys that begin alike."""

LONGEST: Final = 255
"""Characters of a text that is indexed."""
LONGEST_TOGETHER: Final = 100
"""Characters of a text that is indexed together with other fields."""

_INTEGER_OFFSET: Final = 1 << 63
_DECIMAL_OFFSET: Final = 1 << 127
# What closes a key sorts before everything in it.
_ESCAPED: Final = str.maketrans({"\x01": "\x02\x02", "\x02": "\x02\x03"})


def key_of(field: FieldDocument, value: Any) -> str:
    """Return the key of one value as it is stored, or of one item of a list.

    >>> state = FieldDocument(name="state", type="text")
    >>> key_of(state, "CA"), key_of(state, None)
    ('1CA', '0')
    """
    return NULL if value is None else _keyed(field)(value)


def keys_of(fields: Sequence[FieldDocument], values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys of an entry in one index, in the order of their positions; there is one at least."""
    return keyed(fields)(values)


def keyed(fields: Sequence[FieldDocument]) -> Callable[[Mapping[str, Any]], tuple[str, ...]]:
    """Return what makes the keys of entries in one index, in the order of their positions."""
    if len(fields) > 1:
        parts = [(field.name, _keyed(field)) for field in fields]
        return lambda values: (
            joined([NULL if (value := values.get(name)) is None else key(value) for name, key in parts]),
        )
    name, one = fields[0].name, _keyed(fields[0])
    if fields[0].type == "list":
        return lambda values: tuple([one(item) for item in values.get(name) or ()]) or (NULL,)
    return lambda values: (NULL if (value := values.get(name)) is None else one(value),)


def joined(keys: Sequence[str]) -> str:
    """Return the key of several fields from the key of each, or how it begins where some are left out."""
    return "".join(f"{key.translate(_ESCAPED)}{CLOSE}" for key in keys)


def _keyed(field: FieldDocument) -> Callable[[Any], str]:
    return _KEYS.get(str(field.items if field.type == "list" else field.type), _text)


def _text(value: Any) -> str:
    return f"1{value}"


def _integer(value: int) -> str:
    return f"1{value + _INTEGER_OFFSET:016x}"


def _decimal(value: str) -> str:
    # All digits of the scale are there, so that without its point the text is the number of the smallest units.
    return f"1{int(value.replace('.', '')) + _DECIMAL_OFFSET:032x}"


def _boolean(value: bool) -> str:  # noqa: FBT001  # it is the value
    return "11" if value else "10"


def _id(value: str | UUID) -> str:
    return f"1{value.replace('-', '') if isinstance(value, str) else value.hex}"


_KEYS: Final[Mapping[str, Callable[[Any], str]]] = {
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "link": _id,
    "file": _id,
}
