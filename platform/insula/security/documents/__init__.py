"""The policy texts that come with the platform."""

from functools import cache
from importlib.resources import files


@cache
def floor_text() -> str:
    """Return the rules of the installation, which bind every tenant."""
    return files(__name__).joinpath("floor.cedar").read_text(encoding="utf-8")


@cache
def default_text() -> str:
    """Return the policy that a new tenant begins with."""
    return files(__name__).joinpath("default.cedar").read_text(encoding="utf-8")


@cache
def shared_text() -> str:
    """Return the rules that every tenant's policy begins with, beside its own."""
    return files(__name__).joinpath("shared.cedar").read_text(encoding="utf-8")
