"""What other rooms use of security: where to go on, and what a refused decision is worth."""

import pytest

from insula.security.interfaces import Decision, Scheme, SignInRequired, require_identity, safe_next


@pytest.mark.parametrize(
    "path", ["/", "/admin", "/admin/pages?x=1&y=%2F%2Fa", "/a//b", "/@@sign-in#top", "/%09/x"]
)
def test_a_path_of_this_host_is_gone_on_to(path):
    assert safe_next(path) == path


@pytest.mark.parametrize(
    "path",
    [
        None,
        "",
        "admin",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/\x00/evil.example",
        "/\x7f/evil.example",
        "/\u2028/evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "?next=/",
    ],
)
def test_every_other_address_is_the_default(path):
    assert safe_next(path) == "/"
    assert safe_next(path, "/account") == "/account"


def test_a_refusing_decision_is_false():
    assert not Decision(allowed=False)
    assert Decision(allowed=True)


def test_the_gate_lets_in_who_is_known():
    class Request:
        identity = "somebody"

    assert require_identity(Request()) == "somebody"


def test_the_gate_asks_a_visitor_to_sign_in():
    class Request:
        identity = None

    with pytest.raises(SignInRequired) as caught:
        require_identity(Request())
    assert caught.value.status == 401


def test_not_everything_is_a_scheme():
    assert not isinstance(object(), Scheme)
