"""Structured logs: one line an event, with the request id and the tenant bound by context."""

import logging
import sys
from typing import Any

import structlog
from pyramid.registry import Registry
from structlog.contextvars import bind_contextvars, clear_contextvars, merge_contextvars

from insula.kit.settings import settings_of
from insula.observability.settings import ObservabilitySettings

__all__ = ["bind_contextvars", "clear_contextvars", "configure", "get"]


def get(name: str) -> Any:
    """Return the logger of a room or module."""
    return structlog.stdlib.get_logger(name)


def configure_from(registry: Registry) -> None:
    """Configure logging as the installation's settings say."""
    settings = settings_of(registry, ObservabilitySettings)
    configure(settings.log_format, settings.log_level)


def configure(log_format: str, level: str) -> None:
    """Send structlog and the standard library through one formatter to standard error."""
    shared: list[Any] = [
        merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    last: list[Any] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if log_format == "json"
        else [
            # The usual choice prints the local variables of each frame, passwords among them.
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    insula = logging.getLogger("insula")
    insula.handlers[:] = [handler]
    insula.setLevel(level)
    insula.propagate = False
