"""What no store keeps is found, wherever in a document it stands."""

import pytest

from insula.kit.texts import unkept


@pytest.mark.parametrize(
    ("value", "places"),
    [
        ("a\0b", [()]),
        ("a\ud800b", [()]),
        ("\N{GRINNING FACE} and ö", []),
        ({"a": ["x", "\0"]}, [("a", 1)]),
        ({"a": {"\0": 1}}, [("a",)]),
        ([1, None, True, 1.5, {}], []),
    ],
)
def test_the_place_of_what_cannot_be_kept(value: object, places: list[tuple[str | int, ...]]) -> None:
    assert list(unkept(value)) == places


def test_a_deep_document_is_walked_without_recursion() -> None:
    document: object = "\0"
    for _ in range(50_000):
        document = [document]
    assert len(next(unkept(document))) == 50_000
