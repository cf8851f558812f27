"""A token may do what its account may, cut by its scopes and its networks."""


def test_a_scope_cuts_what_the_policy_allows(one, told):
    one.api("owner").get("/api/features", status=200)
    assert told == []
    one.api("owner", scopes=["ingest"]).get("/api/features", status=404)
    assert ["token:scope"] in [line["rules"] for line in told]


def test_a_scope_gives_nothing_that_the_policy_does_not(one):
    one.api("viewer", scopes=["view", "manage"]).get("/api/features", status=404)


def test_a_network_cuts_what_the_policy_allows(one):
    client = one.api("owner", networks=["10.0.0.0/8", "2001:db8::/32"])
    client.get("/api/features", status=404)
    for address, status in (
        ("10.1.2.3", 200),
        ("2001:db8::1", 200),
        ("::ffff:10.1.2.3", 200),
        ("11.0.0.1", 404),
    ):
        client.extra_environ["REMOTE_ADDR"] = address
        client.get("/api/features", status=status)
