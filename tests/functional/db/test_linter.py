"""The schema linter: what row security does not cover (one planted table each) never reaches production."""

from typing import Any

import pytest
from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    Uuid,
    create_engine,
    text,
)

from insula.db.lint import lint_database, lint_models
from insula.db.models import Base

OWNED = "CREATE TABLE planted (tenant_id uuid NOT NULL, id uuid NOT NULL, other uuid, PRIMARY KEY (tenant_id, id))"
WALL = (
    "ALTER TABLE planted ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE planted FORCE ROW LEVEL SECURITY",
    "CREATE POLICY p ON planted USING (tenant_id = (SELECT current_setting('insula.tenant', true)::uuid))",
)
PLANTED = {
    "a foreign key to another tenant's row": (
        [OWNED, *WALL, "CREATE UNIQUE INDEX aside ON planted (tenant_id, id)", "CREATE TABLE target (id uuid PRIMARY KEY)",
         "ALTER TABLE planted ADD CONSTRAINT escape FOREIGN KEY (other) REFERENCES target (id)"],
        "foreign key escape does not begin with tenant_id",
    ),
    "a unique index without tenant_id": (
        [OWNED, *WALL, "CREATE UNIQUE INDEX tells ON planted (other)"], "index tells does not begin with tenant_id",
    ),
    "a materialised view": (
        [OWNED, *WALL, "CREATE MATERIALIZED VIEW kept AS SELECT * FROM planted"], "kept: a materialised view",
    ),
    "a view of a privileged owner": (
        [OWNED, *WALL, "CREATE VIEW seen AS SELECT * FROM planted"], "seen: a view runs as its owner",
    ),
    "an owner without FORCE": ([OWNED, WALL[0], WALL[2]], "planted: row security is not enabled and forced"),
    "a policy that names no tenant": (
        [OWNED, *WALL, "CREATE POLICY q ON planted TO insula_app USING (true)"], "planted: the policy q names no tenant",
    ),
    "a policy that lets rows go to another tenant": (
        [OWNED, *WALL, "ALTER POLICY p ON planted WITH CHECK (true)"], "planted: the policy p names no tenant",
    ),
    "a superuser": (["ALTER ROLE insula_planted SUPERUSER"], "insula_planted: a superuser"),
    "a table of nobody": (["CREATE TABLE planted (id int PRIMARY KEY)"], "planted: row security is not enabled"),
    "a table the application owns": (
        [OWNED, *WALL, "ALTER TABLE planted OWNER TO insula_app"], "planted: owned by the role that serves requests",
    ),
    "records without FORCE": (
        ["ALTER TABLE insula_records.record NO FORCE ROW LEVEL SECURITY"],
        "insula_records.record: row security is not enabled and forced",
    ),
    "records whose policy names no tenant": (
        ["CREATE POLICY q ON insula_records.record_bucket USING (true)"],
        "insula_records.record_bucket: the policy q names no tenant",
    ),
    "an index of records without tenant_id": (
        ["CREATE INDEX tells ON insula_records.record (written)"],
        "insula_records.record: index tells does not begin with tenant_id",
    ),
    "a view of records of a privileged owner": (
        ["CREATE VIEW insula_records.seen AS SELECT * FROM insula_records.record"],
        "insula_records.seen: a view runs as its owner",
    ),
    "a foreign key of records to another tenant's row": (
        ["CREATE TABLE target (id uuid PRIMARY KEY)",
         "ALTER TABLE insula_records.record ADD CONSTRAINT escape FOREIGN KEY (id) REFERENCES target (id) NOT VALID"],
        "insula_records.record: foreign key escape does not begin with tenant_id",
    ),
}  # fmt: skip


def test_the_schema_as_it_is_passes(installation: Any) -> None:
    assert list(lint_models(Base.metadata)) == []
    if installation.kind != "sqlite":
        engine = create_engine(installation.settings["insula.db.url"])
        with engine.connect() as connection:
            problems = list(lint_database(connection))
        engine.dispose()
        assert problems == []


@pytest.mark.parametrize("installation", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", PLANTED)
def test_the_linter_refuses(name: str, installation: Any) -> None:
    statements, complaint = PLANTED[name]
    url = installation.settings["insula.db.url"].replace("insula_app@", "postgres@")
    engine = create_engine(url)
    with engine.connect() as connection:
        transaction = connection.begin()
        connection.execute(text("CREATE ROLE insula_planted"))
        for statement in statements:
            connection.execute(text(statement))
        problems = list(lint_database(connection))
        transaction.rollback()
    engine.dispose()
    assert any(complaint in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        (lambda m: Table("a", m, Column("id", Integer, primary_key=True)), "neither tenant-owned"),
        (
            lambda m: Table("a", m, Column("id", Integer, primary_key=True), Column("tenant_id", Uuid)),
            "does not begin with tenant_id",
        ),
        (
            lambda m: Table(
                "a",
                m,
                Column("tenant_id", Uuid, primary_key=True),
                Column("x", Integer),
                UniqueConstraint("x"),
            ),
            "does not begin with tenant_id",
        ),
        (
            lambda m: Table(
                "a", m, Column("tenant_id", Uuid, primary_key=True), Column("x", Integer), Index("i", "x")
            ),
            "index i does not begin with tenant_id",
        ),
        (
            lambda m: (
                Table(
                    "b",
                    m,
                    Column("tenant_id", Uuid, primary_key=True),
                    Column("y", Integer, primary_key=True),
                ),
                Table("a", m, Column("tenant_id", Uuid, primary_key=True), Column("x", ForeignKey("b.y"))),
            ),
            "the foreign key to b does not begin with tenant_id",
        ),
    ],
    ids=["nobody's", "key", "unique", "index", "foreign"],
)
def test_the_linter_refuses_a_declared_table(table: Any, complaint: str) -> None:
    metadata = MetaData()
    table(metadata)
    assert any(complaint in problem for problem in lint_models(metadata))
