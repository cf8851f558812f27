"""The same by hand in JavaScript: Express and pg, in one process of Node."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bench.peers.fastapi import HandWritten
from bench.peers.interfaces import Airport
from bench.peers.nodes import modules_with

_PROGRAM = Path(__file__).parent / "programs" / "airports.js"


class Express(HandWritten):
    """Express with pg."""

    name = "Express + pg"
    note = "by hand, PostgreSQL"

    def install(self) -> str:
        """Install both from npm."""
        self._modules = modules_with(self, "express@5", "pg@8")
        told = json.loads((self._modules / "express" / "package.json").read_text())
        return f"{told['version']} on Node {self.run('node', '--version').strip()}"

    def start_program(self, airports: Sequence[Airport]) -> None:
        """Serve with Node."""
        self.serve(
            *("node", str(_PROGRAM)),
            ready="/airports/1",
            NODE_PATH=str(self._modules),
            NODE_ENV="production",
            PORT=str(self.port),
            DATABASE=f"postgresql://postgres@{self.database()}",
        )
