"""What a process does once it has answered its last request, while threads can still be started."""

from collections.abc import Callable
from typing import Any

_ACTS = "insula.kit.ending"


def at_end(registry: Any, act: Callable[[], object]) -> None:
    """Have `act()` called when the process has served; at the interpreter's exit it is too late for new threads."""
    registry.setdefault(_ACTS, []).append(act)


def end(registry: Any) -> None:
    """Do what has to be done, each once."""
    for act in registry.pop(_ACTS, ()):
        act()
