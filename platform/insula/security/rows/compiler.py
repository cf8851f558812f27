"""Turns one residual of the policy, an expression over the row, into a condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import case, false, literal, not_, null, true

from insula.security.interfaces.documents import LARGEST, SMALLEST
from insula.security.rows.shapes import Rows
from insula.security.rows.terms import (
    Fails,
    Truth,
    Untranslatable,
    Value,
    all_of,
    any_of,
    canonical,
    constant,
    extension,
)

MOST_ATOMS: Final = 1_000
"""Atoms in one condition; what is larger is decided row by row. SQLite refuses deeper expressions."""

_ROW: Final = {"unknown": [{"Value": "resource"}]}
_FAR: Final = 2**62
_WHOLE: Final = ("Long", "datetime", "duration")
_ORDER: Final = {
    "<": (_WHOLE, True, False),
    "<=": (_WHOLE, False, False),
    "lessThan": (("decimal",), True, False),
    "lessThanOrEqual": (("decimal",), False, False),
    "greaterThan": (("decimal",), True, True),
    "greaterThanOrEqual": (("decimal",), False, True),
}
"""Operator → kinds it takes, whether it is strict, whether its sides change places."""


class Compiler:
    """Compiles the conditions of rules.

    An atom that SQL cannot express becomes `widen` on both sides: True gives an upper bound of the rows, False a lower
    one. `exact` says afterwards whether there was none.
    """

    def __init__(self, rows: Rows, *, widen: bool) -> None:
        self._rows = rows
        self._unsure = Truth(widen, widen)
        self.exact = True

    def rule(self, conditions: Sequence[Mapping[str, Any]]) -> Truth:
        """Return whether a rule applies to a row; neither side holds where the rule errs."""
        found = [Truth(True, False, 0, 0)]
        for condition in conditions:
            truth = self.truth(condition["body"])
            found.append(truth if condition["kind"] == "when" else truth.negated())
            if found[-1].yes is False:
                break
        try:
            return self._fold(found)
        except Untranslatable:
            self.exact = False
            return self._unsure

    def truth(self, node: Any) -> Truth:
        """Return a boolean expression with its two sides."""
        try:
            return self._truth(node)
        except Fails:
            return Truth(False, False)
        except Untranslatable:
            self.exact = False
            return self._unsure

    def _truth(self, node: Any) -> Truth:
        ((operator, given),) = node.items()
        if operator in _ORDER:
            return self._order(operator, given)
        verb = _VERBS.get(operator)
        return verb(self, given) if verb else self._as_truth(self._value(node))

    def _as_truth(self, value: Value) -> Truth:
        if value.kind != "Bool":
            raise Fails("not a boolean")
        if value.truth is not None:
            return value.truth
        if value.sql is None:
            return Truth(value.constant, not value.constant)
        return Truth(value.sql == true(), value.sql == false())

    def _chain(self, operator: str, given: Any) -> list[Any]:
        """Flatten `a && b && c`, so that the condition grows with n log n rather than with n squared."""
        nodes: list[Any] = []
        for node in (given["left"], given["right"]):
            nodes += self._chain(operator, node[operator]) if operator in node else [node]
        return nodes

    def _and(self, given: Any) -> Truth:
        found = []
        for node in self._chain("&&", given):
            found.append(self.truth(node))
            if found[-1].yes is False:
                # Cedar goes no further, and what follows must not count as untranslatable.
                break
        return self._fold(found)

    def _or(self, given: Any) -> Truth:
        found = []
        for node in self._chain("||", given):
            found.append(self.truth(node).negated())
            if found[-1].yes is False:
                break
        return self._fold(found).negated()

    def _fold(self, found: list[Truth]) -> Truth:
        """Join truths by `&&`, halving, so that nested conditions stay shallow; `||` comes here mirrored."""
        if len(found) == 1:
            return found[0]
        left, right = self._fold(found[: len(found) // 2]), self._fold(found[len(found) // 2 :])
        atoms_yes = left.atoms_yes + right.atoms_yes
        atoms_no = left.atoms_no + left.atoms_yes + right.atoms_no
        if atoms_yes + atoms_no > MOST_ATOMS:
            raise Untranslatable("too large")
        return Truth(
            all_of(left.yes, right.yes), any_of(left.no, all_of(left.yes, right.no)), atoms_yes, atoms_no
        )

    def _not(self, given: Any) -> Truth:
        return self.truth(given["arg"]).negated()

    def _choice(self, given: Any) -> Truth:
        when, then, other = (self.truth(given[part]) for part in ("if", "then", "else"))
        asked = when.atoms_yes + when.atoms_no
        atoms_yes, atoms_no = then.atoms_yes + other.atoms_yes, then.atoms_no + other.atoms_no
        if 2 * asked + atoms_yes + atoms_no > MOST_ATOMS:
            raise Untranslatable("too large")
        return Truth(
            any_of(all_of(when.yes, then.yes), all_of(when.no, other.yes)),
            any_of(all_of(when.yes, then.no), all_of(when.no, other.no)),
            asked + atoms_yes,
            asked + atoms_no,
        )

    def _is(self, given: Any) -> Truth:
        value = self._value(given["left"])
        if not value.is_entity:
            raise Fails("is")
        return _fixed(value.present, answer=value.kind == given["entity_type"])

    def _has(self, given: Any) -> Truth:
        if given["left"] != _ROW:
            raise Untranslatable("has, of something else than the row")
        if not self._rows.has(given["attr"]):
            return Truth(False, True)
        value = self._rows.attribute(given["attr"])
        return Truth(value.sql.is_not(None), value.sql.is_(None))

    def _equal(self, given: Any) -> Truth:
        left, right = self._value(given["left"]), self._value(given["right"])
        if left.kind != right.kind:
            return Truth(False, all_of(left.present, right.present))
        if left.kind == "Bool":
            one, two = self._as_truth(left), self._as_truth(right)
            return Truth(
                any_of(all_of(one.yes, two.yes), all_of(one.no, two.no)),
                any_of(all_of(one.yes, two.no), all_of(one.no, two.yes)),
                one.atoms_yes + one.atoms_no + two.atoms_yes + two.atoms_no,
                one.atoms_yes + one.atoms_no + two.atoms_yes + two.atoms_no,
            )
        if left.kind in {"Set", "ipaddr"}:
            raise Untranslatable("equality of sets or addresses")
        x, y = self._sides(left, right)
        return Truth(x == y, x != y)

    @staticmethod
    def _sides(left: Value, right: Value) -> tuple[Any, Any]:
        """Bring both to forms that compare; at most one is a Python constant."""
        if left.sql is None and right.sql is None:
            return left.constant, right.constant
        if left.kind == "datetime":
            if left.sql is not None and right.sql is not None:
                if left.shift != right.shift:
                    raise Untranslatable("two shifted datetimes")
                return left.sql, right.sql
            if right.sql is None:
                return left.sql, literal(canonical(right.constant - left.shift))
            return literal(canonical(left.constant - right.shift)), right.sql
        if left.kind == "duration":
            raise Untranslatable("a duration of the row")
        if left.sql is not None and right.sql is not None:
            return left.sql, right.sql
        if right.sql is None:
            return left.sql, left.beside(right.constant)
        return right.beside(left.constant), right.sql

    def _order(self, operator: str, given: Any) -> Truth:
        kinds, strict, swapped = _ORDER[operator]
        pair = (given["left"], given["right"]) if isinstance(given, dict) else given
        left, right = map(self._value, pair)
        if left.kind != right.kind or left.kind not in kinds:
            raise Fails("kinds that have no order")
        x, y = self._sides(right, left) if swapped else self._sides(left, right)
        return Truth(x < y, x >= y) if strict else Truth(x <= y, x > y)

    def _like(self, given: Any) -> Truth:
        value = self._value(given["left"])
        if value.kind != "String":
            raise Fails("like")
        if value.sql is None:
            raise Untranslatable("a constant like something")
        pattern = [None if part == "Wildcard" else part["Literal"] for part in given["pattern"]]
        met = self._rows.like(value.sql, pattern)
        return Truth(met, all_of(value.sql.is_not(None), not_(met)))

    def _contains(self, given: Any) -> Truth:
        return self._member(self._value(given["left"]), self._value(given["right"]))

    def _member(self, whole: Value, one: Value) -> Truth:
        if whole.kind != "Set":
            raise Fails("contains")
        return self._among(whole, one) if whole.sql is None else self._inside(whole, one)

    @staticmethod
    def _among(whole: Value, one: Value) -> Truth:
        """Say whether something of the row is among constants."""
        if one.sql is None or one.kind in {"Set", "Bool", "datetime", "duration", "ipaddr"}:
            raise Untranslatable("such a member")
        if any(each.sql is not None or each.truth is not None for each in whole.constant):
            raise Untranslatable("a computed set")
        values = [one.beside(each.constant) for each in whole.constant if each.kind == one.kind]
        return (
            Truth(one.sql.in_(values), one.sql.not_in(values))
            if values
            else _fixed(one.present, answer=False)
        )

    @staticmethod
    def _inside(whole: Value, one: Value) -> Truth:
        """Say whether a constant is in a set of the row."""
        plain = whole.member in {"Long", "String"} or Value(whole.member).is_entity
        if one.sql is not None or one.truth is not None or not plain or whole.holds is None:
            raise Untranslatable("a computed member")
        if one.kind != whole.member:
            return _fixed(whole.present, answer=False)
        met = whole.holds(one.constant)
        return Truth(all_of(whole.present, met), all_of(whole.present, not_(met)))

    def _each(self, given: Any) -> tuple[Any, list[Truth]]:
        whole, those = self._value(given["left"]), self._value(given["right"])
        if whole.kind != "Set" or those.kind != "Set":
            raise Fails("sets")
        if those.sql is not None:
            raise Untranslatable("a computed set")
        # Every operand is read before anything is compared, so one that is missing is an error.
        here = all_of(whole.present, *(each.present for each in those.constant))
        return here, [self._member(whole, each) for each in those.constant]

    def _contains_all(self, given: Any) -> Truth:
        here, found = self._each(given)
        return Truth(
            all_of(here, *(each.yes for each in found)), all_of(here, any_of(*(each.no for each in found)))
        )

    def _contains_any(self, given: Any) -> Truth:
        here, found = self._each(given)
        return Truth(
            all_of(here, any_of(*(each.yes for each in found))), all_of(here, *(each.no for each in found))
        )

    def _in(self, given: Any) -> Truth:
        right = self._value(given["right"])
        targets = right.constant if right.kind == "Set" and right.sql is None else [right]
        if any(each.sql is not None or not each.is_entity for each in targets):
            raise Untranslatable("in something computed")
        uids = {(each.kind, each.constant) for each in targets}
        if given["left"] == _ROW:
            met = any_of(*(self._rows.lie_in(uid) for uid in sorted(uids)))
            return Truth(met, not met if isinstance(met, bool) else not_(met))
        one = self._value(given["left"])
        if not one.is_entity or one.sql is None or one.kind == self._rows.shape.type:
            # A link to the same type may lead to the very row.
            raise Untranslatable("in, of such a thing")
        above = (
            uid for uid, ancestors in self._rows.known.items() if uid[0] == one.kind and ancestors & uids
        )
        ids = [one.beside(id_) for id_ in sorted({uid[1] for uid in (*uids, *above) if uid[0] == one.kind})]
        return Truth(one.sql.in_(ids), one.sql.not_in(ids)) if ids else _fixed(one.present, answer=False)

    def _value(self, node: Any) -> Value:
        ((operator, given),) = node.items()
        if operator == "if-then-else":
            self._refuse_choice_of_values(given)
        if operator in _VERBS or operator in _ORDER:
            return Value("Bool", truth=self.truth(node))
        match operator:
            case "Value":
                return constant(given)
            case "Set":
                return Value("Set", constant=[self._value(each) for each in given])
            case "decimal" | "datetime" | "duration" if "Value" in given[0]:
                return extension(operator, given[0]["Value"])
            case "." if given["left"] == _ROW:
                return self._rows.attribute(given["attr"])
            case "unknown" if node == _ROW:
                return self._rows.itself
            case "Var":
                # What cannot but raise comes back as it was written.
                raise Fails("left over")
            case "." if "Var" in given["left"]:
                raise Fails("left over")
            case "offset":
                return self._offset(self._value(given[0]), self._value(given[1]))
            case "+" | "-":
                return self._sum(self._value(given["left"]), self._value(given["right"]), operator)
        raise Untranslatable(operator)

    def _refuse_choice_of_values(self, given: Any) -> None:
        try:
            kinds = {self._value(given["then"]).kind, self._value(given["else"]).kind}
        except Fails:
            kinds = set()
        if kinds != {"Bool"}:
            raise Untranslatable("a choice of values")

    @staticmethod
    def _offset(at: Value, by: Value) -> Value:
        if (at.kind, by.kind) != ("datetime", "duration"):
            raise Fails("offset")
        if by.constant is None or abs(by.constant) > _FAR:
            raise Untranslatable("offset")
        if at.sql is None:
            return replace(at, constant=at.constant + by.constant)
        return replace(at, shift=at.shift + by.constant)

    @staticmethod
    def _sum(left: Value, right: Value, operator: str) -> Value:
        """Add or take away a constant; beyond 64 bits there is NULL, because Cedar raises there."""
        if (left.kind, right.kind) != ("Long", "Long"):
            raise Fails("a sum of something else")
        if (left.sql is None) == (right.sql is None):
            raise Untranslatable("a sum of two attributes")
        if right.sql is None:
            sql, number = left.sql, right.constant
            lowest, highest = (SMALLEST - number, LARGEST - number)
            if operator == "-":
                lowest, highest = (SMALLEST + number, LARGEST + number)
            result = sql + number if operator == "+" else sql - number
        else:
            sql, number = right.sql, left.constant
            lowest, highest = (SMALLEST - number, LARGEST - number)
            if operator == "-":
                lowest, highest = (number - LARGEST, number - SMALLEST)
            result = number + sql if operator == "+" else literal(number) - sql
        fits = sql.between(max(lowest, SMALLEST), min(highest, LARGEST))
        return Value("Long", sql=case((fits, result), else_=null()))


def _fixed(present: Any, *, answer: bool) -> Truth:
    """Return a fixed answer wherever there is a value."""
    return Truth(present, False) if answer else Truth(False, present)


_VERBS: Final = {
    "&&": Compiler._and,  # noqa: SLF001  # the table of the class itself
    "||": Compiler._or,  # noqa: SLF001  # as above
    "!": Compiler._not,  # noqa: SLF001  # as above
    "if-then-else": Compiler._choice,  # noqa: SLF001  # as above
    "is": Compiler._is,  # noqa: SLF001  # as above
    "has": Compiler._has,  # noqa: SLF001  # as above
    "==": Compiler._equal,  # noqa: SLF001  # as above
    "like": Compiler._like,  # noqa: SLF001  # as above
    "contains": Compiler._contains,  # noqa: SLF001  # as above
    "containsAll": Compiler._contains_all,  # noqa: SLF001  # as above
    "containsAny": Compiler._contains_any,  # noqa: SLF001  # as above
    "in": Compiler._in,  # noqa: SLF001  # as above
}
