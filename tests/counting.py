"""What a thread sends to the relational database, counted by whichever way it goes there."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import get_ident
from typing import Any
from unittest.mock import patch

from sqlalchemy import event

from insula.db import prepared, transactions
from insula.db.engines import engines_of
from insula.db.interfaces import NoSystemRole


@contextmanager
def counted(registry: Any) -> Iterator[list[str]]:
    """Yield the list that fills with all statements but BEGIN and COMMIT, what a session begins with included.

    What other threads of the process write behind the backs of requests is none of it.
    """
    statements: list[str] = []
    mine = get_ident()

    def add(*texts: str) -> None:
        if get_ident() == mine:
            statements.extend(texts)

    engines = engines_of(registry)
    begin, send = transactions.begin, prepared.send

    def begun(session: Any, line: Any) -> Any:
        add(*(["SELECT set_config"] if session.dialect.name == "postgresql" else []), "SELECT version")
        return begin(session, line)

    def sent(driver: Any, text: str, taken: list[Any]) -> Any:
        add(text)
        return send(driver, text, taken)

    def executed(*arguments: Any) -> None:
        add(arguments[2])

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
