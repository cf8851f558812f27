"""What one writes by hand in an afternoon: FastAPI, pydantic and SQLAlchemy, with uvicorn."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bench.peers.interfaces import NUMBER, Airport, Call, Peer
from bench.peers.pythons import python_with

_PROGRAM = Path(__file__).parent / "programs"
_JSON = {"Content-Type": "application/json"}


class HandWritten(Peer):
    """A program with the same five addresses and no rules, history or tenants."""

    remark = "ETag with If-Match; no rules, no history"

    def start_program(self, airports: Sequence[Airport]) -> None:
        """Start the program; it makes its own table."""
        raise NotImplementedError

    def start(self, airports: Sequence[Airport]) -> None:
        """Serve and fill."""
        self.start_program(airports)
        self.fill(airports)
        self._some = self.sent("GET", "/airports?state=TX")

    def call(self, line: str) -> Call:
        """Return the request of a line."""
        one = [f"/airports/{each['id']}" for each in self._some]
        if line == "list 20":
            return Call("GET", ["/airports?state=CA&latitude_gt=37&sort=-latitude&limit=20"])
        if line == "create":
            airport = {**self._some[0], "iata": f"X{NUMBER}"}
            return Call("POST", ["/airports"], _JSON, json.dumps(airport))
        if line == "update":
            fresh = [str(self.sent("GET", path)["version"]) for path in one]
            return Call("PATCH", one, _JSON, f'{{"name": "Named {NUMBER}"}}', [f'"{each}"' for each in fresh])
        return Call("GET", one)

    def bulk(self, airports: Sequence[Airport]) -> None:
        """Create many with one request."""
        self.sent("POST", "/airports/bulk", json=[dict(each) for each in airports])


class FastAPI(HandWritten):
    """FastAPI with one worker of uvicorn."""

    name = "FastAPI + SQLAlchemy"
    note = "by hand, PostgreSQL"

    def install(self) -> str:
        """Install it from PyPI."""
        self._python = python_with(self, "fastapi", "uvicorn[standard]", "sqlalchemy>=2", "psycopg[binary]")
        show = "from importlib.metadata import version as v; print(v('fastapi'), '+', v('sqlalchemy'))"
        return self.run(self._python, "-c", show).strip()

    def start_program(self, airports: Sequence[Airport]) -> None:
        """Serve with uvicorn."""
        where = ("--app-dir", str(_PROGRAM), "--port", str(self.port), "--log-level", "warning")
        self.serve(
            *(self._python, "-m", "uvicorn", "airports:app", *where),
            ready="/airports/1",
            DATABASE=f"postgresql+psycopg://postgres@{self.database()}",
        )
