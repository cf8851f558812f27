"""The numbered steps by which a store's tables come about, read from files and compared by checksum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from string import Template

from insula.kit.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Step:
    """One file: its checksum is that of the file, whatever the installation puts into it."""

    name: str
    checksum: str
    text: str

    @property
    def statements(self) -> list[str]:
        """The statements one by one: a semicolon ends a line, and comments have lines of their own."""
        lines = [line for line in self.text.splitlines() if not line.lstrip().startswith("--")]
        parts = "\n".join(lines).split(";\n")
        return [part.strip().rstrip(";") for part in parts if part.strip()]


def load(kind: str, **values: object) -> list[Step]:
    """Return the steps for `sqlite`, `postgresql` or `cql`, with the installation's values filled in."""
    folder = files("insula.records").joinpath("migrations", kind)
    found = sorted(
        (entry for entry in folder.iterdir() if entry.name[:4].isdigit()), key=lambda entry: entry.name
    )
    steps = []
    for entry in found:
        source = entry.read_text(encoding="utf-8")
        checksum = sha256(source.encode()).hexdigest()
        steps.append(Step(entry.name.rsplit(".", 1)[0], checksum, Template(source).substitute(values)))
    return steps


def outstanding(steps: Iterable[Step], applied: Mapping[str, str]) -> list[Step]:
    """Return the steps not applied yet; refuse to go on where an applied file has changed since."""
    waiting = []
    for step in steps:
        if step.name not in applied:
            waiting.append(step)
        elif applied[step.name] != step.checksum:
            raise ConfigurationError(
                f"The record store has applied {step.name} in another form than this release brings. "
                "Run the release that the store was migrated with, or ask whoever changed the file."
            )
    return waiting
