"""The address of a client is what the server vouches for; a header that claims another one changes nothing."""

import pytest

from tests.makers import TenantHandle


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP", "X-Client-IP"]
)
def test_a_token_for_one_network_is_refused_from_another_whatever_a_header_says(
    header: str, one: TenantHandle
) -> None:
    token = one.token("admin", networks=["10.0.0.0/8"])
    inside, outside = one.visitor(REMOTE_ADDR="10.1.2.3"), one.visitor(REMOTE_ADDR="192.0.2.7")
    for client in (inside, outside):
        client.authorization = ("Bearer", token)
    assert inside.get("/api/").status_int == 200
    value = "for=10.1.2.3" if header == "Forwarded" else "10.1.2.3"
    assert outside.get("/api/", headers={header: value}, expect_errors=True).status_int in (403, 404)
