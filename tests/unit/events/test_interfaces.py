"""Facts."""

import dataclasses

import pytest

from insula.events.interfaces import Event


def test_an_event_gives_its_fields_as_payload_and_its_name_is_none_of_them():
    @dataclasses.dataclass(frozen=True)
    class PagePublished(Event):
        name = "page.published"
        page_id: str

    assert PagePublished("p-1").payload() == {"page_id": "p-1"}


@pytest.mark.parametrize("bad", ["", "published", "page.", ".published"])
def test_an_event_without_a_name_of_noun_and_verb_is_refused_where_it_is_declared(bad):
    with pytest.raises(TypeError, match="class attribute `name`"):
        type("Nameless", (Event,), {"name": bad})
