"""`cinekit analyze MODEL FILES`: each document is taken apart, scored and stored; one that fails stops no other."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ConfigDict

from toolkit.document import Document, Workspace
from toolkit.documents import Found, files_at, identify, kept
from toolkit.errors import CinekitError, PluginError, WarehouseError
from toolkit.frames import checked, write
from toolkit.isolation import blamed
from toolkit.model import setting
from toolkit.progress import Bar, bar
from toolkit.settings import build
from warehouse.documents import Kept, add_title, keep
from warehouse.rows import first

if TYPE_CHECKING:
    import polars as pl

    from toolkit.analyzer import Analyzer
    from toolkit.host import Host, Plugin
    from toolkit.sentiment import SentimentModel
    from warehouse import Run, Warehouse

NO_SENTIMENT = "none"


class AnalyzeRequest(BaseModel):
    """What is asked of an analyzer, beside the model's own settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    title: str | None = setting(None, "Title that the files belong to, such as 'Heat (1995)'; else the file's own name")
    encoding: str | None = setting(None, "Encoding of the text, where it is not found out")
    sentiment: str = setting("textblob", "Model of sentiment for what is spoken; none for none")
    neutral: float = setting(
        0.1, "Half of this share of the scale of scores, about its middle, is neutral and not learnt from", ge=0, lt=1
    )
    seed: int = setting(0, "Random seed", ge=0)


@dataclass
class Analyzed:
    """What a command of `analyze` did.

    Attributes:
        runs: ids of the runs that are done.
        documents: how many documents were analysed.
        failed: the errors of the others, by path.
        notes: what else a user should know, such as a language that was not read.
        files: what was saved beside the warehouse, by the folder's run.
        seconds: wall seconds of all.
    """

    runs: list[str] = field(default_factory=list)
    documents: int = 0
    failed: dict[str, CinekitError] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class _Taken:
    """A document that was taken apart, before it is written."""

    kept: Kept
    found: Found
    frames: dict[str, pl.DataFrame]
    language: str | None
    scored: bool


class Analysis:
    """One command: the model, what was asked, and what came of it so far."""

    def __init__(
        self, warehouse: Warehouse, host: Host, name: str, settings: Mapping[str, Any], request: AnalyzeRequest
    ) -> None:
        self.warehouse = warehouse
        self.request = request
        self.model = cast("Analyzer", build(host.model("analyze", name), settings))
        self.plugin: Plugin = host.plugin_of("analyze", name)
        self.scorer: SentimentModel | None = None
        self.done = Analyzed()

    def documents(self, files: Sequence[Path]) -> None:
        """Analyse the files, so many together as the model says."""
        if self.model.together == 1:
            for file in files:
                with bar(file.name) as steps:
                    self._batch([file], steps)
            return
        with bar(f"analysing with {self.model.name}", len(files)) as steps:
            for start in range(0, len(files), self.model.together):
                self._batch(files[start : start + self.model.together], steps)

    def _batch(self, files: Sequence[Path], progress: Bar) -> None:
        """One run: what can be analysed is written; a file that cannot is a failed run of its own."""
        failed: dict[Path, CinekitError] = {}
        try:
            with self._run(files) as run:
                with self.warehouse.reading() as con:
                    several = self.model.together > 1
                    found, wrong = identify(con, files, self.request.title, folder=several)
                failed |= wrong
                taken = self._take_all(run, found, failed, progress)
                if not taken:
                    raise next(iter(failed.values()))
                self._write(run, taken)
        except WarehouseError:
            raise
        except CinekitError as error:
            # Those that were analysed could not be written.
            failed |= {file: error for file in files if file not in failed}
        else:
            self.done.runs.append(run.id)
            self.done.documents += len(taken)
            for file in failed:
                self._record_failure(file, failed[file])
        self.done.failed |= {str(file): error for file, error in failed.items()}

    def _run(self, files: Sequence[Path]) -> Any:
        names = [file.name for file in files]
        recorded = {**self.model.settings(), **self.request.model_dump(mode="json", exclude={"seed"}), "files": names}
        return self.warehouse.run(
            "analyze",
            self.model.name,
            settings=recorded,
            seed=self.request.seed,
            plugin=self.plugin.distribution,
            plugin_version=self.plugin.version,
        )

    def _record_failure(self, file: Path, error: CinekitError) -> None:
        with self._run([file]) as run:
            run.fail(error)

    def _take_all(
        self, run: Run, found: Sequence[Found], failed: dict[Path, CinekitError], progress: Bar
    ) -> list[_Taken]:
        """Analyse the documents of a run; what is wrong with some goes into `failed`."""
        taken: list[_Taken] = []
        paths: dict[str, Path] = {}
        folder = self.warehouse.artifacts.make(run.id)
        several = self.model.together > 1
        for number, file in enumerate(found, 1):
            if file.sha256 in paths:
                self.done.notes.append(f"{file.path} has the same content as {paths[file.sha256]}")
                continue
            own = folder / str(number) if several else folder
            own.mkdir(exist_ok=True)
            steps = Bar() if several else progress
            try:
                taken.append(self._take(file, Workspace(own, self.request.seed, steps, steps.expect)))
                paths[file.sha256] = file.path
            except CinekitError as error:
                failed[file.path] = error
                if several:
                    shutil.rmtree(own)
            if several:
                progress(1)
        _remove_empty(folder)
        return taken

    def _take(self, file: Found, workspace: Workspace) -> _Taken:
        """Analyse one document: the model's frames, and sentiment; nothing is written."""
        document = Document(file.path, self.request.encoding)
        with blamed(self.model):
            frames = dict(self.model.analyze(document, workspace))
            lines = self.model.lines(frames)
        self._check_promise(frames)
        language, scored = None, False
        if lines is not None and not lines.is_empty():
            language, scored = self._score(file.path, lines, frames)
        return _Taken(kept(document, file.sha256, self.model.kind), file, frames, language, scored)

    def _check_promise(self, frames: Mapping[str, pl.DataFrame]) -> None:
        for table in frames:
            if table not in self.model.writes:
                raise PluginError(f"model {self.model.name} returned {table}, which it does not declare in 'writes'")

    def _score(self, file: Path, lines: pl.DataFrame, frames: dict[str, pl.DataFrame]) -> tuple[str | None, bool]:
        """Add sentiment to the frames; the language, and whether anything was scored."""
        from toolkit.scoring import language_of_lines, reads, score_lines

        language = language_of_lines(lines)
        if self.scorer is None:
            return language, False
        if not reads(self.scorer, language):
            self.done.notes.append(
                f"{file.name} is in {language!r}, which {self.scorer.name} does not read: it has no sentiment"
            )
            return language, False
        frames |= score_lines(lines, self.scorer, self.model.kind)
        return language, True

    def _write(self, run: Run, taken: Sequence[_Taken]) -> None:
        """Documents, rows, files and "done" in one transaction."""
        import polars as pl

        rows, whose = self._checked(taken)
        titles: dict[str, int] = {}
        analyses, keys = [], []
        with self.warehouse.writing() as con:
            before = first(con, "SELECT count(*) FROM raw.documents")
            for part in taken:
                title = part.found.title or titles.get(part.found.named)
                if title is None:
                    title = titles[part.found.named] = add_title(con, part.found.named)
                keys.append(keep(con, part.kept, title, run.id, move=self.request.title is not None))
                model = self.scorer.name if part.scored and self.scorer else None
                analyses.append((keys[-1], part.language, model))
            key_of = pl.Series(keys, dtype=pl.Int32)
            keyed = {
                table: frame.with_columns(key_of.gather(whose[table]).alias("document_key"))
                for table, frame in rows.items()
            }
            schema = {"document_key": pl.Int32, "language": pl.String, "sentiment_model": pl.String}
            keyed["results.analyses"] = pl.DataFrame(analyses, schema=schema, orient="row")
            writes = {table: write(con, table, frame, run.id) for table, frame in keyed.items()}
            after = first(con, "SELECT count(*) FROM raw.documents")
            if after != before:
                writes["raw.documents"] = after[0] - before[0] if before and after else 0
            saved = self.warehouse.artifacts.record(con, run.id)
            run.finish(con, writes | ({"meta.artifacts": saved} if saved else {}))
        if saved:
            self.done.files.append(self.warehouse.artifacts.folder / run.id)

    def _checked(self, taken: Sequence[_Taken]) -> tuple[dict[str, pl.DataFrame], dict[str, pl.Series]]:
        """The rows of all documents by table, checked, and the place in `taken` that each row comes from."""
        import polars as pl

        rows: dict[str, pl.DataFrame] = {}
        whose: dict[str, pl.Series] = {}
        for table in {table: None for part in taken for table in part.frames}:
            parts = [(place, part.frames[table]) for place, part in enumerate(taken) if table in part.frames]
            whose[table] = pl.Series([place for place, frame in parts for _ in range(frame.height)], dtype=pl.UInt32)
            try:
                together = pl.concat([frame for _, frame in parts], how="vertical_relaxed")
            except pl.exceptions.PolarsError as error:
                reason = " ".join(str(error).split())[:200]
                raise PluginError(f"model {self.model.name} returned unlike rows for {table}: {reason}") from error
            rows[table] = checked(self.warehouse, table, together, self.model.name)
        return rows, whose


def _remove_empty(folder: Path) -> None:
    """Remove the folders that nothing was written to, the one that holds those of all runs included."""
    for left in (*folder.iterdir(), folder, folder.parent):
        if left.is_dir() and not any(left.iterdir()):
            left.rmdir()


def analyze(
    warehouse: Warehouse,
    host: Host,
    name: str,
    settings: Mapping[str, Any],
    request: AnalyzeRequest,
    paths: Sequence[Path],
    sentiment_settings: Mapping[str, Any] | None = None,
) -> Analyzed:
    """Analyse files and the files in folders; results land in the model's tables, a run for each file or batch.

    Raises:
        CinekitError: of a single file, what is wrong with it; of several, see `Analyzed.failed`.
        UsageError: no such model of sentiment.
        ModelError: the model of sentiment has to be fitted, and there are no labelled reviews.
    """
    began = time.monotonic()
    analysis = Analysis(warehouse, host, name, settings, request)
    files, wrong = files_at(paths, analysis.model.suffixes)
    analysis.done.failed |= wrong
    if files:
        analysis.scorer = _scorer(analysis, host, sentiment_settings or {})
        analysis.documents(files)
    analysis.done.seconds = time.monotonic() - began
    return analysis.done


def _scorer(analysis: Analysis, host: Host, settings: Mapping[str, Any]) -> SentimentModel | None:
    from toolkit.analyzer import Analyzer

    request, model = analysis.request, analysis.model
    if request.sentiment == NO_SENTIMENT or type(model).lines is Analyzer.lines:
        return None
    from toolkit.sentiment_fitting import ready

    return ready(
        analysis.warehouse,
        host,
        request.sentiment,
        settings,
        kind=model.kind,
        neutral=request.neutral,
        seed=request.seed,
    ).model
