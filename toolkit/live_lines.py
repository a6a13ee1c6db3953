"""A live recommender over lines of JSON: each line that is read is answered by one, in order, until the input ends."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from toolkit.errors import CinekitError, UsageError
from toolkit.live import Watched
from toolkit.model import setting
from toolkit.settings import plain_message

if TYPE_CHECKING:
    from toolkit.live import LiveRecommender, Recommendation

LONGEST = 1 << 20  # bytes of a line
# What is wrong with a field, by pydantic's word for it, in those of JSON.
_IN_JSON = {
    "missing": 'missing; a question is such as {"history": ["Heat (1995)", {"title": "Alien", "value": 4}]}',
    "tuple_type": 'no list; give one such as ["Heat (1995)"]',
    "model_type": 'neither the name of a title nor an object such as {"title": "Heat (1995)", "value": 4}',
    "string_type": "no text",
    "float_type": "no number",
    "float_parsing": "no number",
    "int_type": "no whole number",
    "int_parsing": "no whole number",
    "int_from_float": "no whole number",
    "bool_type": "neither true nor false",
    "bool_parsing": "neither true nor false",
    "extra_forbidden": "not known; leave it out",
}


class StdinRequest(BaseModel):
    """Whether questions come in lines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stdin: bool = setting(
        False, "Answer lines of JSON from standard input, each a history of somebody new, until it ends"
    )


class LineRequest(BaseModel):
    """What a line asks for.

    Attributes:
        history: titles of the viewer.
        top, explain: as the command says unless given.
        id: anything; the answer has it too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    history: tuple[Watched, ...]
    top: int | None = Field(None, ge=1, le=10_000)
    explain: bool | None = None
    id: Any = None


def answered(live: LiveRecommender, asked: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The answer to each line, as soon as it was read; a line that cannot be answered gets an "error", in one line."""
    for line in _lines(asked):
        mark = None
        try:
            wanted = _read(line)
            mark = wanted.get("id")
            request = _checked(wanted)
            answer = live.answer(request.history, top=request.top, explain=request.explain)
        except CinekitError as error:
            yield {"id": mark, "error": " ".join(str(error).split())}
            continue
        explain = live.request.explain if request.explain is None else request.explain
        found = {"id": mark, "recommendations": [_as_dict(each, explain=explain) for each in answer.recommendations]}
        unknown = {"unknown": list(answer.unknown)} if answer.unknown else {}
        yield found | unknown | ({"reason": answer.reason} if answer.reason else {})


def _lines(asked: IO[bytes]) -> Iterator[bytes | None]:
    """Each line; None for one that is too long, of which no more is kept in memory at a time."""
    while line := asked.readline(LONGEST + 1):
        if len(line) <= LONGEST or line.endswith(b"\n"):
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = asked.readline(LONGEST)
        yield None


def _read(line: bytes | None) -> dict[str, Any]:
    """The JSON object of a line. Raises UsageError where it is none."""
    if line is None:
        raise UsageError(f"the line is longer than {LONGEST:,} bytes; split the history, or leave some of it out")
    try:
        wanted = json.loads(line, parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the line is no JSON: {error}") from error
    if not isinstance(wanted, dict):
        raise UsageError('the line is no JSON object; give one such as {"history": ["Heat (1995)"]}')
    return wanted


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no finite number")
    return number


def _checked(wanted: dict[str, Any]) -> LineRequest:
    try:
        return LineRequest(**wanted)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in first["loc"])
        known = _IN_JSON.get(first["type"])
        wrong = f" is {known}" if known else f": {plain_message(first)}"
        raise UsageError(f"{where.removeprefix('.')}{wrong}") from error


def _as_dict(one: Recommendation, *, explain: bool) -> dict[str, Any]:
    fields = one._asdict()
    because = fields.pop("because")
    return fields | ({"because": [reason._asdict() for reason in because]} if explain else {})
