"""Logging: one JSON line an event on standard error, with personal data taken out."""

from __future__ import annotations

import logging
import sys

import structlog

from kiosk_app.live_log import LIVE_LOG
from kiosk_app.privacy.masking import redact


def configure_logs(level: int = logging.WARNING) -> None:
    """Set up structlog, and send what libraries log the same way."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            redact,
            LIVE_LOG.take_in,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.ERROR, format="%(name)s: %(levelname)s", force=True)
