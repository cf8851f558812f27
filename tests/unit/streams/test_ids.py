"""Ids name the same record at every retry, and never two records."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from insula.kit.clock import from_millis
from insula.kit.ids import is_uuid7, millis_of, uuid7
from insula.records.interfaces import derived_id
from insula.streams.ids import KeyedIds, RandomIds, client_id

TENANT, STREAM, ACCOUNT = uuid7(), uuid7(), uuid7()


def keyed(**changes: object) -> KeyedIds:
    parts = {"tenant_id": TENANT, "stream_id": STREAM, "account_id": ACCOUNT, "key": "k-1"}
    return KeyedIds(**{**parts, **changes})  # type: ignore[arg-type]  # the parts are right


def test_the_same_request_makes_the_same_ids() -> None:
    assert keyed().make(1_262_332_800_000, 3) == keyed().make(1_262_332_800_000, 3)


def test_an_id_is_the_one_that_the_records_room_derives() -> None:
    for ordinal in (1, 99, 12_345):
        derived = derived_id(
            from_millis(1_262_332_800_123),
            tenant_id=TENANT,
            stream_id=STREAM,
            account_id=ACCOUNT,
            key="k-1",
            ordinal=ordinal,
        )
        assert keyed().make(1_262_332_800_123, ordinal) == derived


def test_an_id_carries_its_time() -> None:
    made = keyed().make(1_262_332_800_123, 1)
    assert is_uuid7(made)
    assert millis_of(made) == 1_262_332_800_123


@pytest.mark.parametrize(
    "changes", [{"tenant_id": uuid7()}, {"stream_id": uuid7()}, {"account_id": uuid7()}, {"key": "k-2"}]
)
def test_whatever_names_the_request_changes_its_ids(changes: dict[str, object]) -> None:
    assert keyed().make(1_000, 1) != keyed(**changes).make(1_000, 1)


def test_each_place_of_a_request_has_an_id_of_its_own() -> None:
    ids = keyed()
    assert len({ids.make(1_000, ordinal) for ordinal in range(1, 5_001)}) == 5_000


def test_without_a_key_ids_differ_at_each_attempt() -> None:
    assert RandomIds().make(1_000, 1) != RandomIds().make(1_000, 1)


def test_a_clients_uuid7_is_taken_as_it_is() -> None:
    own = uuid7()
    assert client_id(str(own)) == own
    assert client_id(str(own).upper()) == own


@pytest.mark.parametrize(
    "value",
    [str(uuid4()), "x" * 36, "", 7, None, uuid7().hex, "{" + str(uuid7()) + "}", str(UUID(int=0))],
    ids=[
        "of another version",
        "no id",
        "empty",
        "a number",
        "nothing",
        "without hyphens",
        "in braces",
        "nil",
    ],
)
def test_any_other_id_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="version 7"):
        client_id(value)


def test_a_uuid7_with_another_variant_is_refused() -> None:
    with pytest.raises(ValueError, match="version 7"):
        client_id("018cc251-f400-7000-0000-000000000000")
