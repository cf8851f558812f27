"""Which version of a feature or section a client has: its own, and that of what binds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from insula.api.interfaces import check_if_match, etag_of

if TYPE_CHECKING:
    from insula.features.interfaces import FeatureState, SectionState


def tagged(request: Any, state: FeatureState | SectionState) -> None:
    """Set the answer's ETag."""
    etag_of(request, *_parts(request, state))


def check(request: Any, state: FeatureState | SectionState) -> None:
    """Raise PreconditionRequired or Stale unless `If-Match` names what is changed, by its own version at least."""
    if not request.headers.get("If-Match") or str(state.version) not in request.if_match:
        check_if_match(request, *_parts(request, state))


def _parts(request: Any, state: FeatureState | SectionState) -> tuple[int, ...]:
    plan = request.db.versions.get("plan", 0)
    return (state.version, plan) if plan else (state.version,)
