"""What a scene heading says: inside or outside, where, and at what time of day."""

from __future__ import annotations

import re
from dataclasses import dataclass

_INSIDE = r"INT(?:ERIOR)?|INNEN|[内內]外?景"
_OUTSIDE = r"EXT(?:ERIOR)?|AU(?:SS|ß|ẞ)EN|[内內]?外景"
_SIDE = rf"(?:{_INSIDE}|{_OUTSIDE})\.?"
_NUMBER = r"(?:(?P<number>[A-Z]{0,2}\d{1,4}[A-Z]{0,2})[.):]?\s+)?"
# The number counts as one only before a setting that is understood: "12 ANGRY MEN" is a place.
_HEADING = re.compile(
    rf"\s*{_NUMBER}(?P<setting>{_SIDE}\s*[/&\\]\s*{_SIDE}|{_SIDE}\s*-\s*(?:{_INSIDE}|{_OUTSIDE})\.|I\.?/E\.?|E\.?/I\.?"
    rf"|EST\.?|{_SIDE})(?=[\s.:,：，、]|$)[\s.:,：，、]*(?:[-–—]+\s+)?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_DASH = re.compile(r"\s*(?:[–—―]|--+)\s*|\s+-\s*|\s*-\s+")
_STOP = re.compile(r"[.,]\s+|[，、]\s*")
_REMARK = re.compile(r"[(\[][^()\[\]]*[)\]]")
_HALF_DAY = re.compile(r"\b([AP])\.\s?M\b\.?")
_PARTS = re.compile(r"[^\W\d_]+|\d+", re.UNICODE)

_TIMES_SAID = """
DAY NIGHT MORNING AFTERNOON EVENING DAWN DUSK SUNSET SUNRISE SUNDOWN NOON MIDDAY MIDNIGHT TWILIGHT DAYBREAK NIGHTFALL
DAYTIME NIGHTTIME CONTINUOUS CONTINUED CONT LATER SAME SIMULTANEOUS MOMENTS AM PM CLOCK
TAG NACHT MORGEN ABEND MITTAG NACHMITTAG DÄMMERUNG MORGENDÄMMERUNG ABENDDÄMMERUNG MITTERNACHT
JOUR NUIT MATIN SOIR SOIRÉE AUBE CRÉPUSCULE MIDI MINUIT
DÍA DIA NOCHE MAÑANA TARDE AMANECER ATARDECER ANOCHECER MEDIODÍA MEDIANOCHE
GIORNO NOTTE MATTINA MATTINO POMERIGGIO SERA ALBA TRAMONTO MEZZOGIORNO MEZZANOTTE
NOITE MANHÃ MADRUGADA AMANHECER ENTARDECER DAG AVOND OCHTEND MIDDAG NATT KVÄLL
"""
_CHINESE_TIMES_SAID = """
日 夜 晨 昏 白天 夜晚 清晨 早晨 上午 中午 下午 傍晚 黄昏 黃昏 晚上 深夜 凌晨 午夜 日出 日落
"""
_CHINESE_TIMES = frozenset(_CHINESE_TIMES_SAID.split())
_SAID_BESIDE = """
THE THAT THIS A AN NEXT FOLLOWING PREVIOUS EARLY LATE LATER MID PRE MAGIC GOLDEN HOUR HOURS MINUTE MINUTES SECONDS DAYS
NIGHTS WEEK WEEKS MONTH MONTHS YEAR YEARS FEW SEVERAL ONE TWO THREE FOUR FIVE SIX SEVEN EIGHT NINE TEN BEFORE AFTER FOR
TO IN AT OF O S TIME MOMENT FIRST LAST LIGHT BREAK BACK DIRECT BIT WHILE SHORT LONG D
"""
_TIMES, _BESIDE = frozenset(_TIMES_SAID.split()) | _CHINESE_TIMES, frozenset(_SAID_BESIDE.split())
_WHOLE = frozenset({"MAGIC HOUR", "GOLDEN HOUR", "FIRST LIGHT", "LAST LIGHT"})


@dataclass(frozen=True, slots=True)
class Heading:
    """A scene heading, taken apart.

    Attributes:
        setting: "INT", "EXT", "INT/EXT", or "" where the heading does not say.
        place: where it plays; the whole heading where it is not understood.
        time_of_day: as it is written; "" where the heading names none.
        number: number of the scene that stands in the heading; "" without one.
    """

    setting: str
    place: str
    time_of_day: str
    number: str = ""


def read_heading(text: str) -> Heading:
    """Take a heading apart: setting, then place, then time of day, between dashes of any kind, commas or full stops.

    In Chinese, whose places have no blanks within, a blank before the time is enough.

    A part is a time of day if it consists of words for times (DAY, LATER, NUIT, ...) and words that go with them
    (EARLY, THE NEXT, 2, ...) and is not the first; remarks in brackets, and parts after it, belong to neither.
    EST. opens headings of establishing shots, and means outside in Italian: it says neither INT nor EXT.
    """
    text = " ".join(text.split())
    found = _HEADING.fullmatch(text)
    if found is None:
        place, time = _split(text)
        return Heading("", place or text, time if place else "")
    number, rest = found["number"] or "", found["rest"]
    if number and rest.endswith(f" {number}"):
        rest = rest[: -len(number) - 1]
    place, time = _split(rest)
    return Heading(_setting(found["setting"]), place, time, number)


def _setting(words: str) -> str:
    words = words.upper()
    if words.startswith("EST"):
        return ""
    inside = bool(re.search(rf"{_INSIDE}|^I\b|/I\b", words))
    outside = bool(re.search(rf"{_OUTSIDE}|^E\b|/E\b", words))
    return "INT/EXT" if inside and outside else "INT" if inside else "EXT"


def _split(rest: str) -> tuple[str, str]:
    """Place and time of day of what follows the setting."""
    parts = [part for part in _DASH.split(rest) if part]
    for place in range(len(parts) - 1, 0, -1):
        if _is_time(parts[place]):
            return _joined(parts[:place]), _without_remarks(parts[place])
    stops = list(_STOP.finditer(parts[-1])) if parts else []
    if stops and _is_time(parts[-1][stops[-1].end() :]):
        last = parts.pop()
        return _joined([*parts, last[: stops[-1].start()]]), _without_remarks(last[stops[-1].end() :])
    where, _, when = parts[-1].rpartition(" ") if len(parts) == 1 else ("", "", "")
    if where and when in _CHINESE_TIMES:
        return _joined([where]), when
    return _joined(parts), ""


def _is_time(part: str) -> bool:
    bare = _HALF_DAY.sub(r"\1M", _REMARK.sub(" ", part).upper()).strip(" .")
    words = _PARTS.findall(bare)
    core = any(word in _TIMES for word in words) or bare in _WHOLE
    return core and all(word in _TIMES or word in _BESIDE or word.isdigit() for word in words)


def _without_remarks(part: str) -> str:
    bare = " ".join(_REMARK.sub(" ", part).split()).strip(" ,")
    return bare if bare.count(".") > 1 else bare.strip(".")


def _joined(parts: list[str]) -> str:
    return " - ".join(bare for part in parts if (bare := _without_remarks(part)))
