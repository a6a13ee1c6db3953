"""How a contract says what is wrong: one line that says what the author has to do, and no traceback."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, NoReturn, cast

import numpy as np
import pytest

from toolkit.errors import CinekitError
from toolkit.settings import build

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from toolkit.model import Model


def fail(message: str) -> NoReturn:
    """End a check as failed, with one line."""
    # Of an error that is being handled, the line says what counts.
    raise pytest.fail.Exception(" ".join(message.split()), pytrace=False) from None


def must(holds: bool, message: str) -> None:
    """Fail with a line unless something holds."""
    if not holds:
        fail(message)


def an_array(found: Any, what: str) -> NDArray[Any]:
    """What was returned; fails where it is a list, or an array of another library than NumPy."""
    must(isinstance(found, np.ndarray), f"{what} is of the type {type(found).__name__}; return a NumPy array")
    return cast("NDArray[Any]", found)


def obeyed(call: Callable[[], Any], name: str, on: str) -> None:
    """Call a model on input that may be too little: it works, or says in one line why not.

    Fails where it raises anything but a CinekitError of one line.
    """
    try:
        call()
    except CinekitError as error:
        lines = str(error).splitlines()
        must(len(lines) == 1, f"{name}, {on}: its {type(error).__name__} has {len(lines)} lines; say it in one")
    except (Exception, SystemExit) as error:
        fail(
            f"{name}, {on}: it raised {in_words(error)}; work on it, or raise ModelError with one line "
            "that says what is missing"
        )


def built(kind: type[Model], settings: Mapping[str, Any]) -> Model:
    """A model of the settings that a test gives; fails where it cannot have these."""
    try:
        return build(kind, settings)
    except CinekitError as error:
        fail(f"{kind.name}: {error}; correct settings of the test, or the model's bounds")


def in_words(error: BaseException) -> str:
    """The kind of an error and what it says, in one line without its last stop."""
    said = " ".join((str(error) or getattr(error, "message", "")).split()).rstrip(".")
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def difference(one: Any, other: Any, tolerance: float = 0.0, where: str = "") -> str:
    """Where two values first differ, in words; "" where they are the same.

    Arrays, sparse arrays, Polars frames, dataclasses, dicts and lists are gone through; NaN is the same as NaN.

    Args:
        one: a value.
        other: another one.
        tolerance: by which floats may differ, absolutely and relatively.
        where: what the values are called.
    """
    if is_dataclass(one) and type(one) is type(other):
        one, other = ({part.name: getattr(value, part.name) for part in fields(value)} for value in (one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        if set(one) != set(other):
            return f"{where or 'the keys'}: {', '.join(map(str, sorted(set(one) ^ set(other), key=str)))}"
        parts = ((one[key], other[key], f"{where}.{key}".lstrip(".")) for key in one)
    elif isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        if len(one) != len(other):
            return f"{where or 'the length'}: {len(one)} and {len(other)}"
        parts = ((left, right, f"{where}[{place}]") for place, (left, right) in enumerate(zip(one, other, strict=True)))
    else:
        return "" if _same(one, other, tolerance) else where or "the values"
    return next(filter(None, (difference(left, right, tolerance, name) for left, right, name in parts)), "")


def _same(one: Any, other: Any, tolerance: float) -> bool:
    """Whether two arrays, frames or plain values are the same, types included."""
    from scipy.sparse import issparse

    if hasattr(one, "equals") and hasattr(other, "equals"):  # frames and columns of Polars
        return _same_frames(one, other, tolerance)
    left, right = (np.asarray(value.toarray() if issparse(value) else value) for value in (one, other))
    if left.shape != right.shape or left.dtype.kind != right.dtype.kind:
        return False
    if left.dtype.kind in "fc":
        return np.allclose(left, right, rtol=tolerance, atol=tolerance, equal_nan=True)
    return np.array_equal(left, right, equal_nan=left.dtype.kind in "mM")


def _same_frames(one: Any, other: Any, tolerance: float) -> bool:
    if not tolerance:
        types = [getattr(value, "schema", None) or value.dtype for value in (one, other)]
        return types[0] == types[1] and bool(one.equals(other))
    from polars.exceptions import PolarsError
    from polars.testing import assert_frame_equal

    try:
        assert_frame_equal(one, other, check_exact=False, rel_tol=tolerance, abs_tol=tolerance)
    except (AssertionError, PolarsError):
        return False
    return True
