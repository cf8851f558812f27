r"""Keys: values as texts that sort as the values do, so that one index serves every type.

A key begins with `0` for no value, else with `1`. Keys of several fields stand side by side, each closed by `\x01`, so
that fields compared for equality and one for a range are one range of keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    if value is None:
        return NULL
    kind = field.items if field.type == "list" else field.type
    if kind == "integer":
        return f"1{value + _INTEGER_OFFSET:016x}"
    if kind == "decimal":
        # All digits of the scale are there, so that without its point the text is the number of the smallest units.
        return f"1{int(value.replace('.', '')) + _DECIMAL_OFFSET:032x}"
    if kind == "boolean":
        return "11" if value else "10"
    if kind in ("link", "file"):
        return f"1{UUID(value).hex if isinstance(value, str) else value.hex}"
    return f"1{value}"


def keys_of(fields: Sequence[FieldDocument], values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys of an entry in one index, in the order of their positions; there is one at least."""
    if len(fields) > 1:
        return (joined([key_of(field, values.get(field.name)) for field in fields]),)
    field = fields[0]
    value = values.get(field.name)
    if field.type == "list":
        return tuple(key_of(field, item) for item in value) if value else (NULL,)
    return (key_of(field, value),)


def joined(keys: Sequence[str]) -> str:
    """Return the key of several fields from the key of each, or how it begins where some are left out."""
    return "".join(f"{key.translate(_ESCAPED)}{CLOSE}" for key in keys)
