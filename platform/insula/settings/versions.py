"""The version of a feature as an ETag, and the one a request expects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from insula.kit.errors import Stale

if TYPE_CHECKING:
    from insula.features.interfaces import FeatureState

_TAG = re.compile(r'(?:W/)?"(\d{1,9})"')


def etag_of(state: FeatureState) -> str:
    """Return the ETag of a feature."""
    return f'"{state.version}"'


def expected_by_header(request: Any) -> int | None:
    """Return the version that `If-Match` names; None without the header or for `*`."""
    header = request.headers.get("If-Match", "").strip()
    if header in {"", "*"}:
        return None
    found = _TAG.fullmatch(header)
    if found is None:
        raise Stale("If-Match names no version of this feature.")
    return int(found[1])
