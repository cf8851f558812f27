"""An import of the command line: a transaction for each batch, and a mark of how far it came in the same one."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from pyramid.registry import Registry
from sqlalchemy import delete

from insula.collections.interfaces.entries import Entries
from insula.collections.interfaces.schemas import Collection, Collections
from insula.collections.models import EntryImport
from insula.collections.transfer.formats import Format, Line, lines_of
from insula.collections.transfer.importing import Importer, Outcome, batches
from insula.db.work import tenant_work
from insula.kit.clock import now

Report = Callable[[int, Outcome], None]
"""Told how many bytes more were read, and what became of the lines so far."""

_CHUNK: Final = 1 << 20


class _NothingKept(Exception):
    """Gives a transaction up behind a dry run."""


@dataclass
class FileImport:
    """A file that is read into one collection of a tenant."""

    registry: Registry
    tenant_id: UUID
    collection: str
    path: Path
    format: Format
    batch: int
    report: Report

    def run(self) -> Outcome:
        """Take the file in, from where an earlier run of the same file was broken off."""
        digest = _digest(self.path)
        with tenant_work(self.registry, self.tenant_id, writing=False) as work:
            info: Collection = work.find_service(Collections).find(self.collection)
            mark = work.db.get(EntryImport, (self.tenant_id, info.id, digest))
            outcome = Outcome(0, mark.created, mark.refused) if mark else Outcome()
            begun = mark.line if mark else 0
        for batch in batches(self._lines(info, behind=begun, outcome=outcome), self.batch):
            with tenant_work(self.registry, self.tenant_id) as work:
                outcome.add(Importer(work.find_service(Entries), self.collection).take(batch))
                work.db.merge(
                    EntryImport(
                        tenant_id=self.tenant_id,
                        collection_id=info.id,
                        digest=digest,
                        line=batch[-1].number,
                        created=outcome.created,
                        refused=outcome.refused,
                        at=now(),
                    )
                )
        with tenant_work(self.registry, self.tenant_id) as work:
            # The same file may be taken in again some day.
            work.db.execute(
                delete(EntryImport).where(EntryImport.collection_id == info.id, EntryImport.digest == digest)
            )
        return outcome

    def rehearse(self) -> Outcome:
        """Return what would become of the file, all in one transaction that is given up."""
        outcome = Outcome()
        with suppress(_NothingKept), tenant_work(self.registry, self.tenant_id) as work:
            info = work.find_service(Collections).find(self.collection)
            importer = Importer(work.find_service(Entries), self.collection)
            for batch in batches(self._lines(info, behind=0, outcome=outcome), self.batch):
                outcome.add(importer.take(batch))
            raise _NothingKept
        return outcome

    def _lines(self, info: Collection, *, behind: int, outcome: Outcome) -> Iterator[Line]:
        def told(file: Any) -> Iterator[bytes]:
            for line in file:
                self.report(len(line), outcome)
                yield line

        with self.path.open("rb") as file:
            for line in lines_of(self.format, told(file), info.fields):
                if line.number > behind:
                    yield line


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()
