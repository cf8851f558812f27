"""Words of one tenant cost no search of another: what a search walks of the index is its own collection's."""

from __future__ import annotations

import re
import sqlite3

import psycopg
import pytest

from insula.collections.entries.search import terms_of
from insula.collections.interfaces.entries import Entries, Stage
from insula.collections.interfaces.queries import Question
from insula.collections.interfaces.schemas import FieldDocument
from insula.collections.queries.services import queries_of
from insula.collections.queries.sight import EverySight
from insula.kit.ids import uuid7
from tests.functional.collections.queries.conftest import World


def walked(world: World, words: str, stage: Stage = Stage.LIVE) -> set[str]:
    """Return the terms of the whole installation that a search goes through."""
    with world.tenant.work(writing=False) as work:
        one = queries_of(work, EverySight())._asked(Question("airports", stage, q=words))
        [found] = one._searched  # the statement is nowhere else
        bind = work.db.get_bind()
        sql = str(found.compile(bind, compile_kwargs={"literal_binds": True}))
    asked = re.findall(r"\"([^\"]+)\" \*", sql) or re.findall(r"'([\w.]+)'+:\*", sql)
    assert asked, sql
    settings = world.tenant.installation.settings
    if "insula.db.migrate_url" in settings:
        address = (
            settings["insula.db.migrate_url"].replace("+psycopg", "").replace("insula_migrate", "postgres")
        )
        with psycopg.connect(address) as connection:
            rows = connection.execute("SELECT word FROM ts_stat('SELECT terms FROM entry_search')").fetchall()
    else:
        with sqlite3.connect(bind.engine.url.database) as connection:
            connection.execute(
                "CREATE VIRTUAL TABLE temp.words USING fts5vocab('main', 'entry_search', 'row')"
            )
            rows = connection.execute("SELECT term FROM temp.words").fetchall()
    return {term for (term,) in rows if any(term.startswith(each) for each in asked)}


def test_a_search_walks_the_words_of_its_own_collection_and_stage(world: World, other: World) -> None:
    before = walked(world, "f")
    assert before
    assert {term.rpartition(".")[2] for term in before} == {"field"}
    with other.tenant.work() as work:
        words = [{"iata": f"F{number}", "name": f"field f{number}"} for number in range(500)]
        work.find_service(Entries).create_many("airports", words, author=None)
    assert len(walked(other, "f")) > 500
    assert walked(world, "f") == before
    assert walked(world, "f", Stage.TRASH) == set()
    assert len(world.get("?q=f&limit=200")["data"]) == len(world.airports)


@pytest.mark.parametrize("words", [5_000, 20_000])
def test_what_is_kept_of_one_document_is_bounded(words: int) -> None:
    field = FieldDocument(name="a" * 63, type="text")
    text = " ".join(f"{chr(0x4E00 + number % 1000) * 50}{number}" for number in range(words))
    kept = terms_of([field], {field.name: text}, place="p" * 13, entry_id=uuid7(), stage=1)
    assert 400_000 < len(kept.encode()) < 520_000
