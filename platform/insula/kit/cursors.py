"""Sealed cursors: what a client carries for us and can neither read, change nor use elsewhere."""

import base64
import binascii
import hashlib
import os
import time
from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyramid.registry import Registry

from insula.kit.errors import Malformed
from insula.kit.settings import KitSettings, settings_of

_NONCE = 12
_REMEDY = "This cursor is not usable here. Start again without `after`."


class Sealer:
    """Seals small JSON documents with AES-GCM, bound to the words that say where they are valid."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(hashlib.sha256(b"insula cursor" + secret).digest())

    def seal(self, payload: dict[str, Any], *, bound: Sequence[str], lifetime: int) -> str:
        """Return a URL-safe token of `payload`, valid for `lifetime` seconds and the same `bound` only."""
        nonce = os.urandom(_NONCE)
        body = orjson.dumps({"p": payload, "e": int(time.time()) + lifetime})
        sealed = nonce + self._cipher.encrypt(nonce, body, words(bound))
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, token: str, *, bound: Sequence[str]) -> dict[str, Any]:
        """Return the payload; raises Malformed for a token that is flipped, cut, foreign or expired."""
        try:
            sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            if base64.urlsafe_b64encode(sealed).rstrip(b"=").decode() != token:
                raise Malformed(_REMEDY)
            body = self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], words(bound))
        except (binascii.Error, InvalidTag, UnicodeEncodeError, ValueError) as error:
            raise Malformed(_REMEDY) from error
        document = orjson.loads(body)
        if document["e"] < time.time():
            raise Malformed("This cursor has expired. Start again without `after`.")
        payload: dict[str, Any] = document["p"]
        return payload


def words(bound: Sequence[str]) -> bytes:
    """Return words as bytes to bind a cipher to."""
    # Lengths go in front, so that no two lists of words make the same bytes.
    return b"".join(len(word.encode()).to_bytes(4) + word.encode() for word in bound)


def sealer_of(registry: Registry) -> Sealer:
    """Return the installation's sealer, made once from `insula.kit.secret`."""
    sealer = getattr(registry, "insula_sealer", None)
    if sealer is None:
        secret = settings_of(registry, KitSettings).secret.get_secret_value()
        sealer = registry.insula_sealer = Sealer(secret.encode())
    found: Sealer = sealer
    return found
