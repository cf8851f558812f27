"""The source files of the platform, as the architecture tests read them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PLATFORM = ROOT / "platform"
PACKAGE = PLATFORM / "insula"


@dataclass(frozen=True)
class Source:
    """One Python file of the platform."""

    path: Path

    @property
    def name(self) -> str:
        """The path under the package, for messages."""
        return str(self.path.relative_to(PACKAGE))

    @property
    def room(self) -> str:
        """The room that the file belongs to; a room may be a single file."""
        return self.path.relative_to(PACKAGE).parts[0].removesuffix(".py")

    @property
    def part(self) -> str:
        """The file or folder inside the room, without its ending."""
        parts = self.path.relative_to(PACKAGE).parts
        return parts[1].removesuffix(".py") if len(parts) > 1 else ""

    @cached_property
    def text(self) -> str:
        """The file's content."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text)

    def imports(self) -> Iterator[tuple[int, str]]:
        """Yield line and dotted name of everything that is imported, anywhere in the file."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def strings(self) -> Iterator[tuple[int, str]]:
        """Yield line and value of the string constants, docstrings included."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.lineno, node.value


def sources() -> list[Source]:
    """Return every Python file of the platform."""
    return [Source(path) for path in sorted(PACKAGE.rglob("*.py"))]


def rooms() -> list[str]:
    """Return the rooms that exist."""
    found = {source.room for source in sources()}
    return sorted(found - {"__init__"})
