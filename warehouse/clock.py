"""The time, as the warehouse keeps it."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """UTC without a zone. SQL's now() is the start of the transaction, in the session's zone."""
    return datetime.now(UTC).replace(tzinfo=None)
