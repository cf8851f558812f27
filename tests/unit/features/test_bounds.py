"""A tenant never ends with a value outside a bound, whatever the order of plan changes and writes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Literal
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, model_validator

from insula.features.interfaces import SectionDeclaration
from insula.features.secrets import Secrets
from insula.features.snapshots import Declared, build
from insula.features.validating import validated
from insula.kit.bounds import Bound
from insula.kit.errors import Invalid
from insula.kit.vault import Vault
from insula.tenancy.interfaces import Floors, PlanDocument


class Sample(BaseModel):
    idle: int = Field(5, ge=0, le=12)
    longest: int | None = 8
    mode: Literal["a", "b", "c"] = "a"
    strict: bool = False
    names: list[str] = []
    places: list[str] = Field([], json_schema_extra={"empty": "all"})

    @model_validator(mode="after")
    def _idle_is_shorter(self) -> Sample:
        # What a model says of two settings together must not keep one of them outside of a bound.
        if self.longest is not None and self.idle > self.longest:
            raise ValueError("idle is longer than longest")
        return self


INI = {"longest": Bound(at_most=11)}
SECTION = SectionDeclaration("sample", "Sample", "", Sample, limits=lambda: INI)
SECRETS = Secrets(Vault([b"secret"]), uuid4())
NUMBERS = st.integers(0, 12)


@st.composite
def bounds(draw):
    low, high = sorted((draw(NUMBERS), draw(NUMBERS)))
    some: dict[str, st.SearchStrategy[dict[str, object]]] = {
        "idle": st.just({"at_most": high}) | st.just({"at_least": low, "at_most": high}),
        "longest": st.just({"at_most": high}) | st.just({"at_least": low}),
        "mode": st.lists(st.sampled_from("abc"), min_size=1, unique=True).map(lambda x: {"one_of": x}),
        "strict": st.booleans().map(lambda x: {"one_of": [x]}),
        "names": st.lists(st.sampled_from("xyz"), min_size=1, unique=True).map(lambda x: {"one_of": x}),
        "places": st.lists(st.sampled_from("xyz"), min_size=1, unique=True).map(lambda x: {"one_of": x}),
    }
    names = draw(st.sets(st.sampled_from(sorted(some))))
    return PlanDocument.model_validate({"bounds": {"sample": {name: draw(some[name]) for name in names}}})


PATCH = st.fixed_dictionaries(
    {},
    optional={
        "idle": NUMBERS | st.none(),
        "longest": NUMBERS | st.none(),
        "mode": st.sampled_from("abc"),
        "strict": st.booleans(),
        "names": st.lists(st.sampled_from("xyz"), max_size=3),
        "places": st.lists(st.sampled_from("xyz"), max_size=3),
    },
)
STEPS = st.lists(
    st.tuples(st.just("plan"), bounds())
    | st.tuples(st.just("installation"), bounds())
    | st.tuples(st.just("write"), PATCH),
    max_size=8,
)


def allows(bound, value):
    if bound.one_of is not None:
        return all(one in bound.one_of for one in (value if isinstance(value, list) else [value]))
    if value is None:
        return bound.at_most is None
    return (bound.at_least is None or value >= bound.at_least) and (
        bound.at_most is None or value <= bound.at_most
    )


def stands(document, state):
    return all(
        allows(bound, getattr(state.settings, name))
        for name, bound in document.bounds.get("sample", {}).items()
    )


@pytest.mark.parametrize("cases", [200, pytest.param(2_000, marks=pytest.mark.long)])
def test_no_order_of_plans_and_writes_leaves_a_value_outside(cases):
    options = settings(max_examples=cases, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    options(given(STEPS)(in_this_order))()


def in_this_order(steps):
    documents = {"installation": PlanDocument(), "plan": PlanDocument()}
    kept = {}

    def state():
        row = SimpleNamespace(
            name=SECTION.row, on=True, settings=kept, version=1, changed_by=None, changed_at=None
        )
        floors = Floors(documents["installation"], documents["plan"], "plan", "Plan")
        return build(Declared({}, {"sample": SECTION}), [row], floors, SECRETS).sections["sample"]

    for kind, value in steps:
        if kind == "write":
            before = state()
            try:
                wanted = validated(SECTION, before.own, value, before.bounds)
            except Invalid:
                wanted = before.own
            else:
                for name, given_ in value.items():
                    # What was taken is in force as it was asked for, but for a default that was asked for by null.
                    if given_ is not None:
                        assert name not in before.bounds or before.bounds[name].refusal(given_) is None
            kept = SECRETS.sealed(SECTION, wanted, before.own, kept)
        else:
            documents[kind] = value
        found = state()
        assert found.settings.longest is not None
        assert found.settings.longest <= 11
        ini = PlanDocument(bounds={"sample": INI})
        assert stands(ini, found)
        if not set(INI) & set(documents["installation"].bounds.get("sample", {})):
            assert stands(documents["installation"], found)
        assert found.settings.places or "places" not in found.bounds
        for name, limit in found.bounds.items():
            assert limit.refusal(getattr(found.settings, name)) is None
