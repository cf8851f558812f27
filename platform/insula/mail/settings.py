"""Installation settings of mail: who takes the letters, and how many there may be."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from insula.kit.settings import RoomSettings

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class MailSettings(RoomSettings):
    """Settings of mail."""

    backend: Literal["smtp", "catcher", "none"] = Field(
        "none",
        description="Who takes letters: `smtp`, a mail server; `catcher`, for development, keeps them to be read at "
        "`/admin/mail` on the console's host; `none` refuses every letter, and says so in its row.",
    )
    host: str = Field("localhost", min_length=1, description="The mail server.")
    port: int = Field(587, ge=1, le=65535, description="Its port: 587 with `starttls`, 465 with `tls`.")
    tls: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the way to the mail server is protected; with the first two its certificate must be valid "
        "for `host`. `none` is for a server on this machine.",
    )
    ca_file: str | None = Field(
        None,
        description="File with the certificates to trust instead of the system's, for a server of one's own.",
    )
    user: str = Field("", description="The name to sign in to the mail server with; empty for none.")
    password: SecretStr = Field(SecretStr(""), description="The password that goes with `user`.")
    from_address: str = Field(
        "insula@localhost",
        pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}$",
        description="The address that letters come from; the name beside it is the tenant's title.",
    )
    timeout: float = Field(10.0, gt=0, le=60, description="Seconds to wait for the mail server at each step.")
    per_hour: int = Field(
        200, ge=1, description="How many letters one tenant may write in an hour; the next is answered 429."
    )
    max_bytes: int = Field(100_000, ge=1_000, description="The most bytes that one letter may say.")
    keep_days: int = Field(
        30, ge=1, description="For how many days it is kept on record that a letter was sent, and to whom."
    )
    catcher_keep: int = Field(
        200, ge=1, description="Of how many letters of a tenant the catcher keeps what they say."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.tls == "none" and self.user and self.host not in _HERE:
            raise ValueError(
                "user and password would travel unprotected; set insula.mail.tls to starttls or tls, "
                "or use a mail server on this machine"
            )
        if bool(self.user) != bool(self.password.get_secret_value()):
            raise ValueError("user and password belong together; set both or neither")
        return self
