"""Texts sealed at rest: for one tenant and place, by the present key, opened by former ones."""

from __future__ import annotations

from uuid import uuid4

import pytest

from insula.kit.vault import SealBroken, Vault

ONE, TWO = uuid4(), uuid4()
PLACE = ("security.mail", "password")


def test_what_is_sealed_opens_and_does_not_show():
    vault = Vault([b"one"])
    sealed = vault.seal(ONE, "swordfish", bound=PLACE)
    assert "swordfish" not in sealed
    assert vault.open(ONE, sealed, bound=PLACE) == "swordfish"
    assert sealed != vault.seal(ONE, "swordfish", bound=PLACE)


def test_another_tenant_or_place_does_not_open_it():
    vault = Vault([b"one"])
    sealed = vault.seal(ONE, "swordfish", bound=PLACE)
    for tenant, bound in ((TWO, PLACE), (ONE, ("security.mail", "user")), (ONE, ()), (ONE, PLACE[::-1])):
        with pytest.raises(SealBroken, match="changed, or sealed for another place"):
            vault.open(tenant, sealed, bound=bound)


def test_no_byte_of_it_may_be_flipped():
    vault = Vault([b"one"])
    sealed = vault.seal(ONE, "swordfish", bound=PLACE)
    for place in range(len(sealed)):
        flipped = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        try:
            # The last letter of Base64 may hold bits that stand for nothing.
            assert vault.open(ONE, flipped, bound=PLACE) == "swordfish"
            assert place == len(sealed.rstrip("=")) - 1
        except SealBroken:
            continue


@pytest.mark.parametrize("text", ["", "x", "v1..", "v2.00000000.AAAA", "v1.00000000.AAAA", "v1.zz.é"])
def test_what_is_no_sealed_text_is_refused(text):
    with pytest.raises(SealBroken):
        Vault([b"one"]).open(ONE, text)


def test_a_former_key_opens_and_never_seals():
    old, new = Vault([b"one"]), Vault([b"two", b"one"])
    sealed = old.seal(ONE, "swordfish")
    assert new.open(ONE, sealed) == "swordfish"
    assert (old.is_current(sealed), new.is_current(sealed)) == (True, False)
    again = new.seal(ONE, "swordfish")
    assert new.is_current(again)
    with pytest.raises(SealBroken, match="former_secrets"):
        old.open(ONE, again)
