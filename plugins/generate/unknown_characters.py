"""What characters cost that a model has no token of their own for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64


def unknown_cost(tokens: IntArray, unknown: int) -> Float64:
    """(n_tokens,) what it costs in nats to say which of all characters of Unicode an `unknown` one is; 0 of others."""
    return np.where(tokens == unknown, np.log(sys.maxunicode + 1), 0.0)
