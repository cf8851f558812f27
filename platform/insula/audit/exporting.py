"""The trail as a file: CSV for spreadsheets, NDJSON for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from pyramid.response import Response

from insula.accounts.interfaces import Accounts, actor_names
from insula.audit.cursors import after_of, seal
from insula.audit.filters import search_of
from insula.audit.interfaces import AuditTrail
from insula.audit.shapes import as_csv, as_ndjson

FORMATS = {"csv": (as_csv, "text/csv"), "ndjson": (as_ndjson, "application/x-ndjson")}
MAX_ENTRIES = 5_000
"""How many entries one file holds; the rest is behind its `Link` header."""


def export(request: Any, kind: str, given: Mapping[str, str]) -> Response:
    """Return what is searched for, newest first, and where it goes on if there is more."""
    search = search_of(given)
    page = request.find_service(AuditTrail).page(
        limit=MAX_ENTRIES, after=after_of(request, given, search), search=search
    )
    names = actor_names(request.find_service(Accounts), {entry.actor for entry in page.entries})
    write, content_type = FORMATS[kind]
    answer = Response(b"".join(write(page.entries, names)), content_type=content_type, charset="utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="audit-{request.tenant.name}.{kind}"'
    after = seal(request, page.after, search)
    if after is not None:
        query = urlencode([*((n, v) for n, v in request.GET.items() if n != "after"), ("after", after)])
        answer.headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    return answer
