"""The demonstration passwords: made once, kept in a file that only its owner reads."""

import os
import secrets
from pathlib import Path

_WORDS = [
    "harbour",
    "lantern",
    "pebble",
    "thistle",
    "copper",
    "willow",
    "meadow",
    "kettle",
    "marble",
    "puffin",
    "orchard",
    "saddle",
    "violet",
    "anchor",
    "bramble",
    "cedar",
    "drizzle",
    "ember",
    "fathom",
    "garnet",
    "hollow",
    "island",
    "juniper",
    "linen",
    "mallow",
    "nettle",
    "otter",
    "plover",
    "quarry",
    "ripple",
    "sparrow",
]


class PasswordFile:
    """Lines of `address password`, in the order they were made."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, email: str) -> str:
        """Return the password of this address, made and kept at the first time."""
        known = self.all()
        if email not in known:
            known[email] = "-".join(
                [*(secrets.choice(_WORDS) for _ in range(4)), str(secrets.randbelow(9000) + 1000)]
            )
            self._write(known)
        return known[email]

    def all(self) -> dict[str, str]:
        """Return address → password."""
        if not self._path.exists():
            return {}
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return dict(line.split(maxsplit=1) for line in lines if line.strip() and not line.startswith("#"))

    def _write(self, known: dict[str, str]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        text = "# Passwords of the demonstration tenants.\n"
        text += "".join(f"{email} {password}\n" for email, password in known.items())
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        fresh.replace(self._path)
