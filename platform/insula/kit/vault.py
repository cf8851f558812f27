"""Texts sealed at rest: each tenant with a key of its own, derived from the installation's secret."""

import base64
import binascii
import hashlib
import os
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyramid.registry import Registry

from insula.kit.cursors import words
from insula.kit.settings import KitSettings, settings_of

_FORM: Final = "v1"
_NONCE: Final = 12
_PARTS: Final = 3


class SealBroken(Exception):
    """A sealed text cannot be opened: it was changed, belongs elsewhere, or its key is gone."""


class Vault:
    """Seals texts with AES-256-GCM; the tenant and the words of `bound` are part of what is sealed.

    The first secret seals; the others, those that it took the place of, only open.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._masters = {_key_id(secret): secret for secret in reversed(secrets)}
        self.key_id = _key_id(secrets[0])

    def seal(self, tenant_id: UUID, text: str, *, bound: Sequence[str] = ()) -> str:
        """Return a text that only this installation opens, for this tenant, at this place."""
        nonce = os.urandom(_NONCE)
        cipher = AESGCM(_derived(self._masters[self.key_id], tenant_id))
        sealed = nonce + cipher.encrypt(nonce, text.encode(), words((str(tenant_id), *bound)))
        return f"{_FORM}.{self.key_id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, tenant_id: UUID, sealed: str, *, bound: Sequence[str] = ()) -> str:
        """Return the text; raises SealBroken."""
        parts = sealed.split(".")
        if len(parts) != _PARTS or parts[0] != _FORM:
            raise SealBroken("It is not a sealed text.")
        master = self._masters.get(parts[1])
        if master is None:
            raise SealBroken(
                f"It is sealed with the key {parts[1]}. Put that into insula.kit.former_secrets."
            )
        try:
            body = base64.b64decode(parts[2], altchars=b"-_", validate=True)
            cipher = AESGCM(_derived(master, tenant_id))
            return cipher.decrypt(body[:_NONCE], body[_NONCE:], words((str(tenant_id), *bound))).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise SealBroken("It was changed, or sealed for another place.") from error

    def is_current(self, sealed: str) -> bool:
        """Say whether a text is sealed with the present secret."""
        return sealed.split(".")[1:2] == [self.key_id]


def vault_of(registry: Registry) -> Vault:
    """Return the installation's vault, made once from `insula.kit.secret` and `insula.kit.former_secrets`."""
    found: Vault | None = registry.get(Vault)
    if found is None:
        settings = settings_of(registry, KitSettings)
        secrets = [one.get_secret_value().encode() for one in (settings.secret, *settings.former_secrets)]
        found = registry.setdefault(Vault, Vault(secrets))
    return found


def _derived(master: bytes, tenant_id: UUID) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"insula vault" + tenant_id.bytes).derive(master)


def _key_id(secret: bytes) -> str:
    return hashlib.sha256(b"insula vault key" + secret).hexdigest()[:8]
