"""Secret settings at rest: sealed with the tenant's own key, with the day on which each was set."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, SecretStr

from insula.kit import clock
from insula.kit.vault import SealBroken, Vault
from insula.observability import log

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from insula.features.interfaces import FeatureDeclaration, SectionDeclaration

    Declaration = FeatureDeclaration | SectionDeclaration

logger = log.get(__name__)

SEALED, SET_AT = "sealed", "set_at"


class Secrets:
    """Seals and opens the secret settings of one tenant."""

    def __init__(self, vault: Vault, tenant_id: UUID) -> None:
        self._vault = vault
        self._tenant_id = tenant_id

    def opened(self, declaration: Declaration, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return stored settings with what is sealed opened; what cannot be opened is left out."""
        found = dict(stored)
        for name in secrets_of(declaration.model):
            if name not in found:
                continue
            try:
                sealed = found.pop(name)[SEALED]
                found[name] = self._vault.open(self._tenant_id, sealed, bound=(declaration.row, name))
            except SealBroken as error:
                logger.warning(
                    "a secret cannot be opened", section=declaration.name, setting=name, why=str(error)
                )
        return found

    def dates(self, declaration: Declaration, stored: Mapping[str, Any]) -> dict[str, datetime]:
        """Return when each secret that is set was set."""
        return {
            name: datetime.fromisoformat(stored[name][SET_AT])
            for name in secrets_of(declaration.model)
            if name in stored
        }

    def sealed(
        self, declaration: Declaration, wanted: BaseModel, before: BaseModel, stored: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return settings as they are kept; a secret that stays is kept as it is, even one that does not open."""
        names = secrets_of(declaration.model)
        kept = wanted.model_dump(mode="json", exclude_defaults=True, exclude=set(names))
        for name in names:
            value = revealed(getattr(wanted, name))
            if value == revealed(getattr(before, name)):
                if name in stored:
                    kept[name] = stored[name]
            elif value:
                text = self._vault.seal(self._tenant_id, value, bound=(declaration.row, name))
                kept[name] = {SEALED: text, SET_AT: clock.isoformat(clock.now())}
        return kept

    def resealed(self, declaration: Declaration, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return stored settings with every secret that is under a former key sealed with the present one."""
        found = dict(stored)
        for name in self.outdated(declaration, stored):
            bound = (declaration.row, name)
            text = self._vault.open(self._tenant_id, stored[name][SEALED], bound=bound)
            found[name] = stored[name] | {SEALED: self._vault.seal(self._tenant_id, text, bound=bound)}
        return found

    def outdated(self, declaration: Declaration, stored: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the secrets that are under another key than the present one."""
        return tuple(
            name
            for name in secrets_of(declaration.model)
            if name in stored and not self._vault.is_current(stored[name][SEALED])
        )


class Unopened(Secrets):
    """Leaves secrets closed, for those who only ask what bounds do."""

    def opened(self, declaration: Declaration, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return stored settings without what is sealed."""
        names = secrets_of(declaration.model)
        return {name: value for name, value in stored.items() if name not in names}


def secrets_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Return the names of the settings that are secret."""
    return tuple(
        name
        for name, info in model.model_fields.items()
        if info.annotation is SecretStr or SecretStr in get_args(info.annotation)
    )


def revealed(value: SecretStr | None) -> str:
    """Return a secret as text, empty where there is none."""
    return value.get_secret_value() if value is not None else ""
