"""What is sent to the relational database, counted by whichever way it goes there."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import patch

from sqlalchemy import event

from insula.db import prepared, transactions
from insula.db.engines import engines_of
from insula.db.interfaces import NoSystemRole


@contextmanager
def counted(registry: Any) -> Iterator[list[str]]:
    """Yield the list that fills with all statements but BEGIN and COMMIT, what a session begins with included."""
    statements: list[str] = []
    engines = engines_of(registry)
    begin, send = transactions.begin, prepared.send

    def begun(session: Any, line: Any) -> Any:
        statements.extend(["SELECT set_config"] if session.dialect.name == "postgresql" else [])
        statements.append("SELECT version")
        return begin(session, line)

    def sent(driver: Any, text: str, taken: list[Any]) -> Any:
        statements.append(text)
        return send(driver, text, taken)

    def executed(*arguments: Any) -> None:
        statements.append(arguments[2])

    each = {engines.app}
    with suppress(NoSystemRole):
        each.add(engines.system)
    for engine in each:
        event.listen(engine, "before_cursor_execute", executed)
    try:
        with patch.object(prepared, "send", sent), patch.object(transactions, "begin", begun):
            yield statements
    finally:
        for engine in each:
            event.remove(engine, "before_cursor_execute", executed)
