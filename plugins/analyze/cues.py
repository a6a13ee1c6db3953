"""Cues of subtitles as a file has them: times checked, marks of style taken out, speakers told apart."""

from __future__ import annotations

import html
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolkit.errors import SourceError

if TYPE_CHECKING:
    from pysubs2 import SSAEvent

FORMATS = ("vtt", "ass", "ssa", "srt", "microdvd")
LONGEST = 24 * 3600.0  # seconds; no film is longer
_RATE = re.compile(r"^\{1\}\{1\}\s*[\d.,]+\s*$", re.MULTILINE)
_EVENT = re.compile(r"^[ \t]*Dialogue:[^,\n]*,\s*-?\d+:\d", re.MULTILINE)
_TIMING = re.compile(r"\s*-?\d[\d:.,]*\s*-->")
_MINUTES = r"([0-5]?\d):([0-5]?\d)"
_SRT_TIME, _VTT_TIME = rf"(\d{{1,9}}):{_MINUTES}[.,]\d{{1,3}}", rf"(?:(\d{{1,9}}):)?{_MINUTES}\.\d{{3}}"
_STAMPS = {
    "srt": re.compile(rf"\s*{_SRT_TIME}\s*-->\s*{_SRT_TIME}(?:\s.*)?"),
    "vtt": re.compile(rf"\s*{_VTT_TIME}\s+-->\s+{_VTT_TIME}(?:\s.*)?"),
}
_ASS_TIMES = re.compile(r"\s*(?:Dialogue|Comment):[^,]*(?:,\s*-?\d{1,2}:\d{1,2}:\d{1,2}(?:[.:]\d{1,3})?\s*){2},")
_VTT_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_KARAOKE = re.compile(r"<\d[\d:.]*>")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s([^<>]+)>")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_OVERRIDE = re.compile(r"\{\\[^{}]*\}")
_HIDDEN = re.compile(r"(\{[^{}]*\})")
_DRAWS = re.compile(r"\\p[1-9]")
# What may be a name before a colon: up to four words, as in "DR. O'HARA:" or "- MAN #2:".
_LABEL = re.compile(r"(?P<dash>\s*(?:(?:[-–—]|>>)\s*)?)(?P<name>[^\W\d_][^\s:]*(?: [^\s:]+){0,3}):(?:\s+|$)")
_DASH = re.compile(r"\s*(?:[-–—]|>>)\s*\S")


@dataclass(frozen=True, slots=True)
class Cue:
    """One cue.

    Attributes:
        number: its place in the file, counted from 1.
        line: line of the file that its times stand in.
        start: when it appears, in seconds.
        end: when it disappears, in seconds.
        text: its words, line by line.
        speakers: whom the file names as speaking in it, each once.
        speaker: who speaks all of it, where the file says so.
    """

    number: int
    line: int
    start: float
    end: float
    text: str
    speakers: tuple[str, ...]
    speaker: str | None


def read_cues(text: str, name: str, frame_rate: float | None = None) -> tuple[list[Cue], str]:
    """The cues of a file in its order, those without words left out, and its format.

    Args:
        text: what the file holds.
        name: what users call it.
        frame_rate: frames a second, where a MicroDVD file does not say.

    Raises:
        SourceError: no subtitles, no cue with words, or times that cannot be: malformed, negative, or beyond a day.
    """
    kind = _format(text, name)
    if kind == "microdvd" and frame_rate:
        text = _RATE.sub("", text, count=1)
    prepared = _PREPARE.get(kind, _unchanged)(text, name)
    events = _events(prepared, kind, name, frame_rate)
    # The line with the frame rate of a MicroDVD file is no event.
    lines = _timing_lines(prepared, kind)[-len(events) :] if events else []
    cues = []
    for number, (event, line) in enumerate(zip(events, lines, strict=True), 1):
        if event.type == "Comment":
            continue
        _check_times(event, number, line, name)
        words, speakers, alone = _words(event, kind)
        if words:
            speaker = speakers[0] if alone else None
            cues.append(Cue(number, line, event.start / 1000, event.end / 1000, words, speakers, speaker))
    if not cues:
        raise SourceError(f"{name} holds no cue with words; is it the right file?")
    return cues, kind


def _format(text: str, name: str) -> str:
    from pysubs2.formats import get_format_class

    for kind in FORMATS:
        # Events without a section of styles have two times a line, as those of .srt do.
        if kind == "srt" and _EVENT.search(text):
            return "ass"
        if get_format_class(kind).guess_format(text) == kind:
            return kind
    raise SourceError(
        f"{name} holds no subtitles: no times such as 00:01:02,000 --> 00:01:04,000, and no Dialogue: lines; give it "
        "an .srt, .vtt, .ass, .ssa or MicroDVD .sub file"
    )


def _unchanged(text: str, name: str) -> str:
    del name
    return text


def _checked_srt(text: str, name: str) -> str:
    """The text, each line of times of which is well-formed, and each cue of which is followed by a number.

    pysubs2 takes the last number of a cue for that of the next, so that words such as "1969" need one after them.
    """
    lines = text.split("\n")
    _check_stamps(lines, "srt", name)
    if _TIMING.match(text.lstrip()):  # the cues have no numbers
        for before, line in enumerate(lines[1:]):
            if _TIMING.match(line) and not lines[before].strip():
                lines[before] = "0"
    return "\n".join([*lines, "", "0", ""])


def _checked_vtt(text: str, name: str) -> str:
    """Its cues alone, each on the line that it was on: without notes, styles, regions and identifiers of cues."""
    lines = text.split("\n")
    _check_stamps(lines, "vtt", name)
    kept, in_cue, starts_block = [], False, True
    for line in lines:
        if not line.strip():
            in_cue, starts_block = False, True
            kept.append("")
            continue
        if _TIMING.match(line) and not (starts_block and _VTT_BLOCK.match(line)):
            in_cue = True
        kept.append(_KARAOKE.sub("", line) if in_cue else "")
        starts_block = False
    return "\n".join(kept)


def _events_only(text: str, name: str) -> str:
    """Its events alone, each on the line that it was on; styles and attached fonts are nobody's words."""
    kept = [line if line.strip().startswith(_EVENTS) else "" for line in text.split("\n")]
    for number, line in enumerate(kept, 1):
        if line and not _ASS_TIMES.match(line):
            raise SourceError(
                f"{name}, line {number}: {line.strip()[:60]!r} has no times such as 0:01:02.00,0:01:04.00; mend it"
            )
    return "\n".join(kept)


_EVENTS = ("Dialogue:", "Comment:")
_PREPARE = {"srt": _checked_srt, "vtt": _checked_vtt, "ass": _events_only, "ssa": _events_only}


def _check_stamps(lines: list[str], kind: str, name: str) -> None:
    for number, line in enumerate(lines, 1):
        # An arrow right below the number of a cue is meant for its times, whatever else the line holds.
        meant = "-->" in line and number > 1 and lines[number - 2].strip().isdigit()
        if not meant and not _TIMING.match(line):
            continue
        found = _STAMPS[kind].fullmatch(line)
        if found is None:
            form = "00:01:02,000 --> 00:01:04,000" if kind == "srt" else "00:01:02.000 --> 00:01:04.000"
            raise SourceError(f"{name}, line {number}: {line.strip()[:60]!r} are no times of the form {form}; mend it")
        hours = [int(part) for part in found.group(1, 4) if part]
        if hours and max(hours) * 3600 > LONGEST:
            raise SourceError(f"{name}, line {number}: {line.strip()[:60]!r} is beyond 24 hours; mend the time")


def _timing_lines(text: str, kind: str) -> list[int]:
    """Line of each event, in the order in which pysubs2 finds them."""
    from pysubs2.formats.microdvd import MICRODVD_LINE
    from pysubs2.formats.subrip import SubripFormat
    from pysubs2.formats.webvtt import WebVTTFormat

    pattern = (WebVTTFormat if kind == "vtt" else SubripFormat).TIMESTAMP
    is_timing: dict[str, Callable[[str], object]] = {
        "ass": lambda line: line.strip().startswith(_EVENTS),
        "microdvd": MICRODVD_LINE.match,
        "srt": lambda line: len(pattern.findall(line)) == 2,
    }
    found = is_timing.get({"ssa": "ass", "vtt": "srt"}.get(kind, kind), is_timing["srt"])
    return [number for number, line in enumerate(text.split("\n"), 1) if found(line)]


def _events(text: str, kind: str, name: str, frame_rate: float | None) -> list[SSAEvent]:
    from pysubs2 import SSAFile
    from pysubs2.exceptions import Pysubs2Error, UnknownFPSError

    with warnings.catch_warnings():
        # It warns of layers and margins that are no numbers; they move no word.
        warnings.simplefilter("ignore", RuntimeWarning)
        try:
            keep = {"keep_html_tags": True} if kind in ("srt", "vtt") else {}
            return SSAFile.from_string(text, format_=kind, fps=frame_rate, **keep).events
        except UnknownFPSError as error:
            raise SourceError(
                f"{name} counts frames and does not say how many a second has; give --frame-rate"
            ) from error
        except (Pysubs2Error, ValueError, TypeError, OverflowError) as error:
            reason = " ".join(str(error).split())[:200]
            raise SourceError(f"{name} cannot be read as .{kind} subtitles: {reason}; mend the file") from error


def _check_times(event: SSAEvent, number: int, line: int, name: str) -> None:
    start, end = event.start / 1000, event.end / 1000
    where = f"{name}, line {line}: cue {number}"
    if start < 0 or end > LONGEST or start > LONGEST:
        raise SourceError(f"{where} runs from {start:.3f} s to {end:.3f} s, which no film does; mend its times")
    if end < start:
        raise SourceError(f"{where} ends at {clock(end)}, before it begins at {clock(start)}; mend its times")


def _words(event: SSAEvent, kind: str) -> tuple[str, tuple[str, ...], bool]:
    """The words of an event, whom it names, and whether it names one who speaks all of it."""
    text, names = event.text, [event.name.strip()]
    html_marks = kind in ("srt", "vtt")
    text = _OVERRIDE.sub("", text) if html_marks else _undrawn(text)
    for mark, plain in ((r"\N", "\n"), (r"\n", "\n"), (r"\h", " ")):
        text = text.replace(mark, plain)
    if kind == "vtt":
        names += [" ".join(html.unescape(voice).split()) for voice in _VOICE.findall(text)]
    text = _TAG.sub("", text)
    if kind == "vtt":
        text = html.unescape(text)
    lines: list[str] = []
    labels: list[str] = []
    late = False
    for line in text.split("\n"):
        label = _LABEL.match(line)
        # A name is one in capitals, or any remark with a colon would be.
        if label and label["name"].isupper():
            labels.append(label["name"])
            late |= bool(lines) and len(labels) == 1
            line = label["dash"] + line[label.end() :]  # noqa: PLW2901 - what is left of it
        if line.strip(" -–—>\t"):
            lines.append(" ".join(line.split()))
    speakers = tuple(dict.fromkeys(name for name in names + labels if name))
    # Lines above the first name, and those that dashes part from it, are somebody else's.
    parted = sum(bool(_DASH.match(line)) for line in lines)
    alone = len(speakers) == 1 and not (labels and (late or parted > len(labels)))
    return "\n".join(lines), speakers, alone


def _undrawn(text: str) -> str:
    """The words of an event of .ass: without what is in braces, and without the drawings that braces begin and end."""
    kept: list[str] = []
    drawing = False
    for place, part in enumerate(_HIDDEN.split(text)):
        if place % 2:
            drawing = bool(_DRAWS.search(part)) or (drawing and r"\p0" not in part)
        elif not drawing:
            kept.append(part)
    return "".join(kept)


def clock(seconds: float) -> str:
    """Seconds as hours, minutes and seconds, such as 00:01:02.500."""
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest / 1000:06.3f}"
