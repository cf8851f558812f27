"""Joins the residuals of all rules to the one condition under which a row is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import true

from insula.security.interfaces.rows import NO_ROW, RowFilter
from insula.security.rows.compiler import Compiler
from insula.security.rows.shapes import Rows
from insula.security.rows.terms import all_of, any_of

NOTHING = RowFilter(NO_ROW, exact=True)


def joined(rules: Iterable[Mapping[str, Any]], rows: Rows, *, widen: bool = True) -> RowFilter:
    """Return the condition of some residuals; with `widen` an upper bound where SQL cannot say it, else a lower one.

    A row is allowed that some permit certainly allows and that no forbid may forbid: a forbid that errs forbids, as in
    a single decision, so what is asked of it is that it does not apply, never that it applies.
    """
    compiler = Compiler(rows, widen=widen)
    permits, forbids = [], []
    for rule in rules:
        truth = compiler.rule(rule["conditions"])
        if rule["effect"] == "permit":
            permits.append(truth.yes)
        else:
            forbids.append(truth.no)
    where = all_of(any_of(*permits), *forbids)
    if where is False:
        return NOTHING
    return RowFilter(true() if where is True else where, compiler.exact)
