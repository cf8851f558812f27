"""Words of one tenant cost no search of another: what a search walks of the index is its own collection's."""

from __future__ import annotations

import re
import sqlite3

import psycopg
import pytest
from sqlalchemy import delete

from insula.collections.entries.search import terms_of
from insula.collections.interfaces.entries import Entries, Stage
from insula.collections.interfaces.queries import Question
from insula.collections.interfaces.schemas import FieldDocument
from insula.collections.models import EntrySearch
from insula.collections.queries.services import queries_of
from insula.collections.queries.sight import EverySight
from insula.kit.ids import uuid7
from tests.functional.collections.queries.conftest import World
from tests.makers import TenantHandle


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


def test_words_are_made_anew_by_taking_searchable_away_and_giving_it_back(
    one: TenantHandle, two: TenantHandle
) -> None:
    """As for those kept in a form that is searched no more; the other tenant's stay as they are."""
    base = "/api/collections/notes"
    fields = [{"name": name, "type": "text", "searchable": True} for name in ("title", "text")]
    for tenant in (one, two):
        api = tenant.api()
        api.post_json("/api/collections", {"name": "notes", "title": "Notes", "fields": fields}, status=201)
        api.post_json(f"{base}/entries", {"title": "Greetings", "text": "Hello there"}, status=201)
        with tenant.work() as work:
            work.db.execute(delete(EntrySearch.__table__).where(EntrySearch.tenant_id == tenant.tenant.id))
        assert not api.get(f"{base}/entries?q=hello&stage=draft").json["data"]
    for searchable in (False, True):
        document = {"title": "Notes", "fields": [fields[0] | {"searchable": searchable}, fields[1]]}
        plan = one.api().post_json(f"{base}/plan", document, status=201)
        state = one.api().post_json(f"{plan.headers['Location']}/apply", {"confirmed": []}).json["state"]
        assert state == "applied"
    found = [
        len(tenant.api().get(f"{base}/entries?q={word}&stage=draft").json["data"])
        for tenant in (one, two)
        for word in ("hello", "greet")
    ]
    assert found == [1, 1, 0, 0]
