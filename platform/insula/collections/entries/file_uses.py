"""Which entries need a file, so that it is not deleted under them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import and_, or_, select

from insula.collections.interfaces.entries import Stage
from insula.collections.interfaces.schemas import Collection, Collections
from insula.collections.models import EntryValue
from insula.files.interfaces import FileUse

_MOST: Final = 100


def uses(work: Any, file_ids: Sequence[UUID]) -> Iterable[FileUse]:
    """Return the entries that lead to these files, whether published, being worked on, or in the trash."""
    named = {info.id: (info, _leading(info)) for info in work.find_service(Collections).all()}
    places = [
        and_(EntryValue.collection_id == each, EntryValue.field.in_(fields))
        for each, (_, fields) in named.items()
        if fields
    ]
    if not places or not file_ids:
        return
    keys = {f"1{file_id.hex}": file_id for file_id in file_ids}
    found = work.db.execute(
        select(EntryValue.key, EntryValue.collection_id, EntryValue.entry_id)
        .where(EntryValue.stage.in_([int(stage) for stage in Stage]), EntryValue.key.in_(keys), or_(*places))
        .distinct()
        .limit(_MOST)
    )
    for key, collection_id, entry_id in found:
        info = named[collection_id][0]
        yield FileUse(
            keys[key],
            f"{info.document.title}, entry {entry_id}",
            f"/admin/collections/{info.name}/{entry_id}",
        )


def _leading(info: Collection) -> list[str]:
    found = [field for field in info.document.fields if "file" in (field.type, field.items)]
    return [
        *(field.name for field in found),
        *(info.moving[field.name] for field in found if field.name in info.moving),
    ]
