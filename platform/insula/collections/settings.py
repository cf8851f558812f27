"""Limits of collections, of the whole installation."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from insula.kit.settings import RoomSettings

MOST_IN_BATCH: Final = 1_000
"""Operations of a batch, whatever the installation says."""


class CollectionsSettings(RoomSettings):
    """What is read from `insula.collections.*`."""

    most: int = Field(200, ge=1, description="Collections of one tenant, at most.")
    known_bytes: int = Field(
        128 * 1024 * 1024,
        ge=1024 * 1024,
        le=1 << 36,
        description="Bytes, estimated, of the collections and of the questions about their entries that a process "
        "keeps, those of the tenants that asked last; a tenant has at most half of them.",
    )
    batch: int = Field(
        500, ge=1, le=10_000, description="Entries rewritten in one transaction when a schema changes."
    )
    at_once: int = Field(
        1_000, ge=0, description="Entries up to which a change of a schema is applied before it is answered."
    )
    examples: int = Field(
        20, ge=1, le=1_000, description="Entries named by a plan as examples of those that would not fit."
    )
    page: int = Field(
        default=50, ge=1, le=1_000, description="Entries on a page of a list that says no limit."
    )
    max_page: int = Field(default=200, ge=1, le=1_000, description="Entries that one page may hold.")
    unindexed_rows: int = Field(
        default=20_000,
        ge=100,
        le=1_000_000,
        description="Entries that are sorted by a field without an index; a list of more needs one.",
    )
    decided_rows: int = Field(
        default=20_000,
        ge=500,
        le=1_000_000,
        description="Entries that one request decides one by one, where a rule cannot be told to the database.",
    )
    screen_count: int = Field(
        default=1_000,
        ge=1,
        le=1_000_000,
        description="Entries that screens count; of more they say that there are.",
    )
    max_groups: int = Field(
        default=1_000, ge=1, le=10_000, description="Groups that one answer about groups of entries holds."
    )
    expand_depth: int = Field(
        default=3, ge=1, le=5, description="Links followed one after the other by `expand`."
    )
    expand_most: int = Field(
        default=2_000,
        ge=1,
        le=20_000,
        description="Entries that `expand` brings into one answer, each as often as it is written.",
    )
    expand_bytes: int = Field(
        default=16 * 1024 * 1024,
        ge=1_024,
        le=1 << 30,
        description="Bytes of the documents that `expand` brings into one answer, each as often as it is written.",
    )
    import_batch: int = Field(
        default=500, ge=1, le=1_000, description="Entries that an import writes in one transaction."
    )
    import_bytes: int = Field(
        default=32 * 1024 * 1024,
        ge=1_024,
        le=1 << 30,
        description="Bytes of a file that is imported over the API; the command line has no limit.",
    )
    import_lines: int = Field(
        default=100_000,
        ge=1,
        le=10_000_000,
        description="Lines of a file that is imported over the API, all in one transaction; the command line has no "
        "limit.",
    )
    max_bulk: int = Field(
        default=1_000, ge=1, le=10_000, description="Entries that one request may create at once."
    )
    max_batch: int = Field(default=100, ge=1, le=MOST_IN_BATCH, description="Operations of one batch.")
    own_id_hours: int = Field(
        default=24,
        ge=1,
        le=24 * 365,
        description="Hours by which the time in an id that a caller gives an entry may be past.",
    )
    max_affected: int = Field(
        default=1_000,
        ge=1,
        le=100_000,
        description="Entries that may be cleared or thrown away along with one that they lead to.",
    )
