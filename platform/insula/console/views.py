"""The console's root: it serves no content of its own."""

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPSeeOther
from pyramid.request import Request


class ConsolePredicate:
    """The view predicate `console`: only on the operators' tenant."""

    def __init__(self, value: bool, config: Configurator) -> None:  # noqa: FBT001 - Pyramid calls it
        self._value = value

    def text(self) -> str:
        """Say what is asked for."""
        return f"console = {self._value}"

    phash = text

    def __call__(self, context: object, request: Request) -> bool:
        """Compare with the request's tenant."""
        return bool(request.tenant.console) == self._value


def to_administration(context: object, request: Request) -> HTTPSeeOther:
    """Lead to the administration."""
    return HTTPSeeOther("/admin/")
