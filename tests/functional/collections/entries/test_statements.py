"""How many statements entries take, however many they are, beside what begins each transaction."""

from __future__ import annotations

from tests.counting import counted

from .test_api import BASE, SFO, patch


def many(number, first):
    names = (
        "".join(chr(65 + each // 26**place % 26) for place in range(3))
        for each in range(first, number + first)
    )
    return [{"iata": name, "name": name, "state": "CA", "latitude": "1"} for name in names]


def test_each_act_takes_few_statements_and_many_entries_take_no_more(airports, two, installation):
    editor = airports.api("editor")
    address = f"{BASE}/{editor.post_json(BASE, SFO).json['id']}"
    editor.post_json(BASE, many(1, 0))
    begins = 2 if installation.kind != "sqlite" else 1

    def taken(act, before=1):
        with counted(installation.registry) as statements:
            act()
        sent = [each for each in statements if not each.startswith(("SELECT set_config", "SELECT version"))]
        assert len(statements) - len(sent) <= begins * before
        return len(sent)

    assert taken(lambda: editor.get(f"{address}?stage=draft")) == 1
    # PostgreSQL takes a document, its version, its keys and its words in one statement; the event is another.
    single = taken(lambda: editor.post_json(BASE, {**SFO, "iata": "OAK"}), 2)
    assert single <= (2 if installation.kind != "sqlite" else 5)
    assert taken(lambda: editor.post_json(BASE, many(1_000, 1)), 2) == single
    # Read, written with its version, told.
    fields = taken(lambda: patch(editor, address, {"note": {"a": 1}}, match='"1"'), 2)
    assert fields <= (3 if installation.kind != "sqlite" else 4)
