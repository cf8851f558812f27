"""Token texts and session secrets."""

import hashlib
import re

import pytest

from insula.accounts.credentials import TokenText, base62, digest, matches, new_session_secret
from insula.accounts.interfaces import TOKEN_PATTERN


def test_a_token_text_comes_apart_into_what_it_was_made_of():
    token = TokenText.new()
    assert TokenText.parse(str(token)) == token


def test_a_token_text_has_the_promised_shape():
    prefix, kid, secret, checksum = str(TokenText.new()).split("_")
    assert (prefix, len(kid), len(secret), len(checksum)) == ("insula", 16, 43, 6)


@pytest.mark.parametrize("place", [0, 6, 7, 15, 24, 40, 66, 67, 70, -1])
def test_one_changed_character_anywhere_is_noticed(place):
    text = str(TokenText.new())
    other = "A" if text[place] != "A" else "B"
    at = place % len(text)
    assert TokenText.parse(text[:at] + other + text[at + 1 :]) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "insula",
        "insula___",
        "insula_a_b_c",
        "Bearer x",
        "insula_" + "é" * 16 + "_" + "0" * 43 + "_000000",
    ],
)
def test_what_is_no_token_is_none(text):
    assert TokenText.parse(text) is None


def test_a_truncated_token_is_none():
    text = str(TokenText.new())
    assert all(TokenText.parse(text[:length]) is None for length in range(len(text)))


def test_a_scanner_finds_tokens_and_nothing_shorter():
    texts = [str(TokenText.new()) for _ in range(50)]
    page = "\n".join(f'TOKEN="{text}"; Authorization: Bearer {text}' for text in texts)
    assert set(re.findall(TOKEN_PATTERN, page)) == set(texts)
    assert not re.search(TOKEN_PATTERN, texts[0][:-1])
    assert not re.search(TOKEN_PATTERN, texts[0] + "0")


def test_the_secret_is_not_in_the_representation():
    token = TokenText.new()
    assert token.secret not in repr(token)


def test_two_tokens_share_nothing():
    one, other = TokenText.new(), TokenText.new()
    assert one.kid != other.kid
    assert one.secret != other.secret


def test_what_is_stored_is_the_sha_256():
    assert digest("abc") == hashlib.sha256(b"abc").digest()
    assert matches("abc", digest("abc"))
    assert not matches("abd", digest("abc"))


def test_a_cookie_with_any_character_has_a_digest():
    assert len(digest("é\ud800")) == 32


def test_a_session_secret_has_256_bits_and_fits_a_cookie():
    secret = new_session_secret()
    assert len(secret) == 43
    assert secret.isascii()


def test_base62_keeps_its_width():
    assert base62(0, 3) == "000"
    assert base62(61, 3) == "00z"
    assert len(base62(2**256 - 1, 43)) == 43
