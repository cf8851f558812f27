"""A plain function with annotated parameters: what reaches it, what is refused before it, and what is answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

import pytest
from annotated_types import Ge, Le
from pydantic import BaseModel, ConfigDict, Field
from pyramid.request import Request
from pyramid.response import Response
from typing_extensions import TypedDict

from insula.api.endpoints import served
from insula.api.interfaces import (
    Answer,
    Body,
    Header,
    IfMatch,
    Page,
    Patch,
    Query,
    Service,
    etag_of,
)
from insula.api.plans import plan_of
from insula.kit.errors import (
    ConfigurationError,
    Invalid,
    Malformed,
    PreconditionRequired,
    Stale,
    UnsupportedMedia,
)


class Greetings(Protocol):
    """A promise."""


class Named(TypedDict):
    name: str


class Wish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=5)
    count: int = 1


class Wanted(BaseModel):
    state: Literal["", "open", "shut"] = ""
    find: str = Field(default="", max_length=3)


@dataclass
class Spoken:
    text: str


def request_of(address="/", *, body=None, media="application/json", **headers):
    request = Request.blank(address, headers={name.replace("_", "-"): text for name, text in headers.items()})
    if body is not None:
        request.method, request.body, request.content_type = "POST", body, media
    request.find_service = lambda promise: f"a {promise.__name__}"
    request.response = Response(content_type="text/html")
    return request


def ask(view, address="/", **options):
    request = request_of(address, **options)
    return served(plan_of(view))("the context", request)


def taken(view, address="/", **options):
    return ask(view, address, **options).json


def flaws(error):
    return {each.path: each.detail for each in error.value.errors}


def everything(
    context,
    request,
    *,
    limit: Annotated[int, Ge(1), Le(200)] = 50,
    since: datetime | None = None,
    key: UUID | None = None,
    whole: bool = False,
    order: Literal["name", "-name"] = "name",
    above: Annotated[int | None, Query("latitude[gt]")] = None,
    wanted: Annotated[Wanted, Query()],
    sent: Annotated[str | None, Header("Idempotency-Key")] = None,
    greetings: Greetings = Service,
) -> Named:
    assert request.find_service
    return {
        "name": f"{context} {limit} {since and since.year} {key and key.hex} {whole} {order} {above} "
        f"{wanted.state} {wanted.find} {sent} {greetings}"
    }


def test_arguments_that_nobody_sends_are_their_defaults():
    assert taken(everything) == {"name": "the context 50 None None False name None   None a Greetings"}


def test_each_argument_comes_from_where_its_annotation_says():
    address = (
        "/?limit=7&since=2026-01-31T12:00:00Z&key=00000000-0000-0000-0000-000000000001&whole=true"
        "&order=-name&latitude[gt]=-37&state=open&find=a"
    )
    key = UUID(int=1).hex
    found = taken(everything, address, Idempotency_Key="k")
    assert found == {"name": f"the context 7 2026 {key} True -name -37 open a k a Greetings"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "Use a whole number from 1 to 200."),
        ("limit=%201", "Use a whole number from 1 to 200."),
        ("limit=1_0", "Use a whole number from 1 to 200."),
        ("limit=" + "9" * 5_000, "Use a whole number from 1 to 200."),
        ("limit=", "Use a whole number from 1 to 200."),
        ("whole=yes", "Use true or false."),
        ("order=size", "Use one of name, -name."),
        ("since=yesterday", "Use a moment with its offset, such as 2026-01-31T12:00:00Z."),
        ("key=1", "Use an id."),
        ("latitude[gt]=x", "Use a whole number."),
        ("state=ajar", "Use one of open, shut."),
        ("find=long", "Use at most 3 characters."),
    ],
)
def test_a_wrong_parameter_is_named_with_what_it_has_to_be(query, said):
    with pytest.raises(Malformed) as error:
        ask(everything, f"/?{query}")
    name = query.partition("=")[0]
    assert flaws(error) == {name: said}
    assert error.value.detail == f"The parameter {name} cannot be used."


def test_an_unknown_parameter_is_refused_with_the_one_that_was_meant():
    with pytest.raises(Malformed) as error:
        ask(everything, "/?limits=1&order=name&order=name")
    assert flaws(error) == {
        "limits": "There is no such parameter. Did you mean limit?",
        "order": "Give it once.",
    }


def test_a_view_that_takes_the_query_gets_what_no_argument_has():
    def view(query: Mapping[str, str], limit: int = 1) -> dict[str, Any]:
        return {"limit": limit, **query}

    assert taken(view, "/?limit=2&state[in]=CA") == {"limit": 2, "state[in]": "CA"}
    assert taken(view) == {"limit": 1}


def test_a_needed_parameter_that_is_missing_is_named():
    def view(name: str) -> Named:
        return {"name": name}

    assert taken(view, "/?name=a") == {"name": "a"}
    with pytest.raises(Malformed) as error:
        ask(view)
    assert flaws(error) == {"name": "This is needed."}


def test_a_body_is_its_model_or_each_wrong_place_is_named():
    def view(body: Wish) -> Annotated[Named, Answer(201)]:
        return {"name": body.name * body.count}

    answer = ask(view, body=b'{"name": "ab", "count": 2}')
    assert (answer.status_int, answer.json) == (201, {"name": "abab"})
    with pytest.raises(Invalid) as error:
        ask(view, body=b'{"name": "too long", "count": "x", "other": 1}')
    assert set(flaws(error)) == {"name", "count", "other"}
    with pytest.raises(UnsupportedMedia):
        ask(view, body=b"{}", media="application/merge-patch+json")
    with pytest.raises(Malformed):
        ask(view, body=b'{"name": "a", "name": "b"}')


def test_a_body_that_is_wrong_everywhere_is_not_told_place_by_place():
    """A thousand times its size would be needed for that."""

    def view(body: Annotated[list[Wish], Body()]) -> None:
        pass

    with pytest.raises(Invalid) as told:
        ask(view, body=b"[%b0]" % (b"0," * 100_000))
    assert not told.value.errors
    assert "1,000" in told.value.detail
    with pytest.raises(Invalid) as told:
        ask(view, body=b"[0, 0]")
    assert [error.path for error in told.value.errors] == ["0", "1"]


def test_a_number_that_would_be_kept_as_another_is_refused():
    def view(body: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        return body

    assert taken(view, body=b'{"a": 1e308}') == {"a": 1e308}
    with pytest.raises(Malformed):
        ask(view, body=b'{"a": 1e400}')


def test_a_body_has_the_media_types_and_the_kinds_of_its_annotation():
    def view(body: Annotated[Wish | list[Wish], Patch]) -> list[Wish]:
        return body if isinstance(body, list) else [body]

    media = "application/merge-patch+json"
    assert taken(view, body=b'{"name": "a"}', media=media) == [{"name": "a", "count": 1}]
    assert len(taken(view, body=b'[{"name": "a"}, {"name": "b"}]')) == 2
    with pytest.raises(Invalid):
        ask(view, body=b'[{"name": 1}]')


def test_a_body_that_may_be_left_out_is_none():
    def view(body: Annotated[Wish | None, Body()] = None) -> Named:
        return {"name": body.name if body else "nobody"}

    assert taken(view) == {"name": "nobody"}
    assert taken(view, body=b'{"name": "a"}') == {"name": "a"}


def test_the_version_that_a_write_is_based_on():
    def needs(if_match: IfMatch) -> None:
        if_match.check(7)

    def takes(if_match: IfMatch | None) -> None:
        assert if_match is None or if_match.check(7) is None

    assert ask(needs, If_Match='"7"').status_int == 204
    assert ask(takes, If_Match='"7"').status_int == 204
    assert ask(takes).status_int == 204
    with pytest.raises(PreconditionRequired):
        ask(needs)
    for view in (needs, takes):
        with pytest.raises(Stale):
            ask(view, If_Match='"6"')


def test_what_is_returned_is_answered_as_what_it_is():
    def model() -> Wish:
        return Wish(name="a")

    def page() -> Page[Named]:
        return {"data": [{"name": "a"}]}

    def spoken() -> Spoken:
        return Spoken("a")

    def text() -> Annotated[bytes, Answer(schema=Named)]:
        return b'{"name":"a"}'

    def nothing() -> None:
        return None

    def whole() -> Annotated[Response, Answer(media="text/plain")]:
        return Response("a", content_type="text/plain")

    assert taken(model) == {"name": "a", "count": 1}
    assert taken(page) == {"data": [{"name": "a"}]}
    assert taken(spoken) == {"text": "a"}
    assert taken(text) == {"name": "a"}
    assert (ask(nothing).status_int, ask(nothing).body) == (204, b"")
    assert ask(whole).content_type == "text/plain"
    assert ask(model).headers["Content-Type"] == "application/json"


def test_who_has_the_version_already_is_answered_without_it():
    def view(request: Any) -> Named:
        etag_of(request, 7)
        return {"name": "a"}

    assert ask(view).headers["ETag"] == '"7"'
    same = ask(view, If_None_Match='"7"')
    assert (same.status_int, same.body, same.headers["ETag"]) == (304, b"", '"7"')
    assert ask(view, If_None_Match='"6"').status_int == 200


def test_a_view_of_the_request_alone_reads_it_itself():
    def view(context, request):
        return {"asked": dict(request.GET)}

    assert taken(view, "/?anything=1") == {"asked": {"anything": "1"}}


def test_a_parameter_that_says_nothing_is_refused_when_the_view_is_added():
    def view(name):
        return name

    with pytest.raises(ConfigurationError, match="annotate the parameter name"):
        plan_of(view)
