"""Subtitles: cues with times, speech rate, silence and speakers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from plugins.analyze.cues import Cue, clock, read_cues
from toolkit.analyzer import Analyzer, Shown
from toolkit.errors import SourceError
from toolkit.model import setting
from toolkit.words import count_words

if TYPE_CHECKING:
    import polars as pl

    from toolkit.document import Document, Workspace

_LOOSE = 1.0  # seconds that a cue may begin before the one before it; exporters round
_UNORDERED = frozenset({"ass", "ssa"})  # these formats give no meaning to the order of their lines
_SOUNDS = r"\[[^\[\]]*\]|\([^()]*\)"
_RUNS = "JOIN raw.documents d USING (document_key) WHERE {0}.run IN (SELECT unnest($runs))"
_SHOWS = (
    Shown(
        "Subtitles",
        f"""
SELECT d.name AS document, p.cues, p.words, round(p.seconds / 60, 1) AS minutes,
    round(p.words_per_minute) AS words_per_minute, round(p.letters_per_second, 1) AS letters_per_second,
    round(p.silent_share, 2) AS silent_share, round(p.longest_silence, 1) AS longest_silence, p.speakers
FROM results.subtitle_pacing p {_RUNS.format("p")}
ORDER BY d.name, p.document_key
""",
    ),
    Shown(
        "Speakers",
        f"""
SELECT d.name AS document, c.speaker, sum(c.words) AS words, count(*) AS cues,
    round(median(c.letters_per_second), 1) AS letters_per_second,
    min(c.starts_at) AS first_at, max(c.ends_at) AS last_at
FROM results.cues c {_RUNS.format("c")} AND c.speaker IS NOT NULL
GROUP BY d.name, c.document_key, c.speaker ORDER BY d.name, c.document_key, words DESC, c.speaker
""",
        bars=("words",),
    ),
)


class Subtitles(Analyzer):
    """Cues, speech rate, silence and speakers of subtitles.

    Reads SubRip (.srt), WebVTT, SubStation (.ass, .ssa) and MicroDVD (.sub). docs/subtitles.md defines every number.
    A file whose cues are out of order is refused, since times that jump back are mostly two files in one.
    """

    name: ClassVar[str] = "subtitles"
    kind: ClassVar[str] = "subtitles"
    together: ClassVar[int] = 25
    suffixes: ClassVar[tuple[str, ...]] = (".srt", ".vtt", ".ass", ".ssa", ".sub")
    writes: ClassVar[tuple[str, ...]] = ("results.cues", "results.subtitle_pacing")
    shows: ClassVar[tuple[Shown, ...]] = _SHOWS

    sort: bool = setting(False, "Sort cues that are out of order instead of refusing the file")
    frame_rate: float | None = setting(None, "Frames a second of MicroDVD files that do not say", gt=0, le=1000)

    def analyze(self, document: Document, workspace: Workspace) -> Mapping[str, pl.DataFrame]:
        """Rows of both its tables. Raises SourceError where the file holds no subtitles, or times that cannot be."""
        cues, kind = read_cues(document.text(), document.name, self.frame_rate)
        if not self.sort and kind not in _UNORDERED:
            _check_order(cues, document.name)
        frame = _cue_frame(sorted(cues, key=lambda cue: (cue.start, cue.number)))
        speakers = len({name for cue in cues for name in cue.speakers})
        return {"results.cues": frame, "results.subtitle_pacing": _pacing_frame(frame, kind, speakers)}

    def lines(self, frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame | None:
        """The cues that hold words beside descriptions of sounds in brackets, which are left out.

        The share of a cue is its middle as a share of the time up to the end of the last.
        """
        import polars as pl

        last = frames["results.cues"].select(pl.col("ends_at").max()).item() or 1.0
        text = pl.col("text").str.replace_all(_SOUNDS, " ").str.replace_all(r"\s+", " ").str.strip_chars()
        return (
            frames["results.cues"]
            .select(
                pl.col("cue").alias("place"),
                text,
                pl.lit(None, pl.Int32).alias("scene"),
                pl.col("speaker").alias("character"),
                ((pl.col("starts_at") + pl.col("ends_at")) / 2 / last).alias("share"),
                pl.col("starts_at").alias("seconds"),
            )
            .filter(count_words(pl.col("text")) > 0)
        )


def _check_order(cues: list[Cue], name: str) -> None:
    for before, cue in pairwise(cues):
        if cue.start < before.start - _LOOSE:
            raise SourceError(
                f"{name}, line {cue.line}: cue {cue.number} begins at {clock(cue.start)}, before cue "
                f"{before.number} at {clock(before.start)}; mend the file, or give --sort to sort it"
            )


def _cue_frame(cues: list[Cue]) -> pl.DataFrame:
    """The rows of results.cues, of cues in order of time."""
    import polars as pl

    starts, ends = pl.col("starts_at"), pl.col("ends_at")
    heard = ends.cum_max().shift(1).fill_null(0.0)
    shown = ends - starts
    return (
        pl.DataFrame(
            {
                "starts_at": [cue.start for cue in cues],
                "ends_at": [cue.end for cue in cues],
                "text": [cue.text for cue in cues],
                "speaker": pl.Series([cue.speaker for cue in cues], dtype=pl.String),
            }
        )
        .with_columns(
            cue=pl.int_range(1, pl.len() + 1, dtype=pl.Int32),
            words=count_words(pl.col("text")),
            letters=pl.col("text").str.replace_all("\n", "").str.len_chars().cast(pl.Int32),
            silence_before=(starts - heard).clip(lower_bound=0),
        )
        .with_columns(letters_per_second=pl.when(shown > 0).then(pl.col("letters") / shown))
        .select(
            "cue", "starts_at", "ends_at", "text", "speaker", "words", "letters", "letters_per_second", "silence_before"
        )
    )


def _pacing_frame(cues: pl.DataFrame, kind: str, speakers: int) -> pl.DataFrame:
    """The one row of results.subtitle_pacing."""
    import polars as pl

    starts, ends, silence = pl.col("starts_at"), pl.col("ends_at"), pl.col("silence_before")
    seconds = ends.max()
    spoken = (ends.cum_max() - pl.max_horizontal(starts, ends.cum_max().shift(1).fill_null(0.0))).clip(0).sum()
    return cues.select(
        pl.lit(kind).alias("format"),
        pl.len().cast(pl.Int32).alias("cues"),
        pl.col("words").sum().cast(pl.Int32),
        seconds.alias("seconds"),
        spoken.alias("spoken_seconds"),
        pl.when(seconds > 0).then(silence.sum() / seconds).alias("silent_share"),
        silence.slice(1).max().fill_null(0.0).alias("longest_silence"),
        pl.when(spoken > 0).then(pl.col("words").sum() * 60 / spoken).alias("words_per_minute"),
        pl.col("letters_per_second").median(),
        pl.lit(speakers, pl.Int32).alias("speakers"),
    )
