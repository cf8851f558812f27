"""What no store keeps is found, wherever in a document it stands."""

import pytest

from insula.kit.texts import unkept, unseen


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


@pytest.mark.parametrize(
    "character", ["\0", "\n", "\x1b", "\x85", "\u061c", "\u200f", "\u2028", "\u202e", "\u2069"]
)
def test_what_turns_a_line_around_is_named(character: str) -> None:
    assert f"U+{ord(character):04X}" in str(unseen(f"Night {character}import"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Zoë: import 2",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f469\u200d\U0001f680",
    ],
)
def test_letters_of_every_script_are_seen(text: str) -> None:
    assert unseen(text) is None


def test_a_deep_document_is_walked_without_recursion() -> None:
    document: object = "\0"
    for _ in range(50_000):
        document = [document]
    assert len(next(unkept(document))) == 50_000
