"""`cinekit analyze MODEL FILES`: each document is taken apart, scored and stored; one that fails stops no other."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel, ConfigDict

from toolkit.document import Document, Workspace
from toolkit.documents import Found, files_at, hashed, identify, kept, titles_after
from toolkit.errors import CinekitError, PluginError, WarehouseError
from toolkit.frames import check_analyzed
from toolkit.isolation import blamed
from toolkit.model import setting
from toolkit.own_tables import make_tables
from toolkit.progress import Bar, bar
from toolkit.scoring import checked_lines
from toolkit.settings import build
from toolkit.taken import NOBODY, ScoredBy, Taken, sound_rows, write_rows

if TYPE_CHECKING:
    import polars as pl

    from toolkit.analyzer import Analyzer
    from toolkit.host import Host, Plugin
    from toolkit.sentiment_fitting import Ready
    from warehouse import Run, Warehouse

NO_SENTIMENT = "none"


class AnalyzeRequest(BaseModel):
    """What is asked of an analyzer, beside the model's own settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    title: str | None = setting(
        None, "Title that the files belong to, such as 'Heat (1995)' or id:6; else the file's own name"
    )
    encoding: str | None = setting(None, "Encoding of the text, where it is not found out")
    sentiment: str = setting(
        "textblob",
        "Model of sentiment for what is spoken, or several with commas between, of which the first that reads a "
        "document's language scores it; none for none",
    )
    seed: int = setting(0, "Random seed", ge=0)

    @property
    def scorers(self) -> list[str]:
        """The models of sentiment, by name, in the order in which they are asked."""
        names = [name.strip() for name in self.sentiment.split(",")]
        return [] if names == [NO_SENTIMENT] else list(dict.fromkeys(names))


@dataclass
class Analyzed:
    """What a command of `analyze` did.

    Attributes:
        runs: ids of the runs that are done.
        documents: how many documents were analysed.
        titles: key of the title of each.
        failed: the errors of the others, by path.
        notes: what else a user should know, such as a language that was not read.
        files: what was saved beside the warehouse, by the folder's run.
        seconds: wall seconds of all.
    """

    runs: list[str] = field(default_factory=list)
    documents: int = 0
    titles: list[int] = field(default_factory=list)
    failed: dict[str, CinekitError] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    seconds: float = 0.0


class Analysis:
    """One command: the model, what was asked, and what came of it so far."""

    def __init__(
        self, warehouse: Warehouse, host: Host, name: str, settings: Mapping[str, Any], request: AnalyzeRequest
    ) -> None:
        self.warehouse = warehouse
        self.host = host
        self.request = request
        self.model = cast("Analyzer", build(host.model("analyze", name), settings))
        self.plugin: Plugin = host.plugin_of("analyze", name)
        make_tables(warehouse, host, self.model.writes)
        for table in self.model.writes:
            check_analyzed(warehouse, table, name)
        self.scorers: list[Ready] = []
        self.done = Analyzed()

    def documents(self, files: Sequence[Path]) -> None:
        """Analyse the files, so many together as the model says."""
        names = titles_after(files, self.model.titled_by, self.model.kind)
        if self.model.together == 1:
            for file in files:
                with bar(file.name) as steps:
                    self._batch([file], names, steps)
            return
        with bar(f"analysing with {self.model.name}", len(files)) as steps:
            for start in range(0, len(files), self.model.together):
                self._batch(files[start : start + self.model.together], names, steps)

    def _batch(self, files: Sequence[Path], names: Mapping[Path, str], progress: Bar) -> None:
        """One run: what can be analysed is written; a file that cannot is a failed run of its own."""
        failed: dict[Path, CinekitError] = {}
        try:
            with self._run(files) as run:
                digests, wrong = hashed(files)
                failed |= wrong
                with self.warehouse.reading() as con:
                    found, wrong = identify(con, digests, names, self.request.title)
                    run.read(con, ("raw.titles", "raw.documents"))
                failed |= wrong
                taken = self._take_all(run, found, failed, progress)
                rows = sound_rows(self.warehouse, self.model.name, taken, failed)
                if not rows.taken:
                    raise next(iter(failed.values()))
                written = write_rows(self.warehouse, run, rows, move=self.request.title is not None)
        except WarehouseError:
            raise
        except CinekitError as error:
            # Those that were analysed could not be written.
            failed |= {file: error for file in files if file not in failed}
        else:
            self.done.runs.append(run.id)
            self.done.documents += len(rows.taken)
            self.done.titles += written.titles
            self.done.files += [self.warehouse.artifacts.folder / run.id] if written.files else []
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
    ) -> list[Taken]:
        """Analyse the documents of a run; what is wrong with some goes into `failed`."""
        taken: list[Taken] = []
        paths: dict[str, Path] = {}
        folder = self.warehouse.artifacts.folder / run.id
        several = self.model.together > 1
        for number, file in enumerate(found, 1):
            if file.sha256 in paths:
                self.done.notes.append(f"{file.path} has the same content as {paths[file.sha256]}")
                continue
            if file.known_as not in ("", file.path.name):
                self.done.notes.append(f"{file.path.name} has the content of {file.known_as}, and is listed as that")
            own = folder / str(number) if several else folder
            steps = Bar() if several else progress
            try:
                taken.append(self._take(file, own, steps))
                paths[file.sha256] = file.path
            except CinekitError as error:
                failed[file.path] = error
                shutil.rmtree(own, ignore_errors=True)
            if several:
                progress(1)
        return taken

    def _take(self, file: Found, folder: Path, steps: Bar) -> Taken:
        """Analyse one document: the model's frames, and sentiment; no rows are written."""
        document = Document(file.path, self.request.encoding)
        workspace = Workspace(folder, self.request.seed, steps, steps.expect)
        with blamed(self.model):
            frames = dict(self.model.analyze(document, workspace))
            lines = self.model.lines(frames)
        self._check_promise(frames)
        language, scored_by = None, NOBODY
        if lines is not None:
            lines = checked_lines(lines, self.model.name)
            if not lines.is_empty():
                language, scored_by = self._score(file.path, lines, frames)
        return Taken(kept(document, file.sha256, self.model.kind), file, folder, frames, language, scored_by)

    def _check_promise(self, frames: Mapping[str, pl.DataFrame]) -> None:
        for table in frames:
            if table not in self.model.writes:
                raise PluginError(f"model {self.model.name} returned {table}, which it does not declare in 'writes'")

    def _score(self, file: Path, lines: pl.DataFrame, frames: dict[str, pl.DataFrame]) -> tuple[str | None, ScoredBy]:
        """Add sentiment to the frames; the language, and what scored it."""
        from toolkit.scoring import language_of_lines, reads, score_lines

        language = language_of_lines(lines)
        scorer = next((scorer for scorer in self.scorers if reads(scorer.model, language)), None)
        if scorer is None:
            if self.scorers and language is not None:
                self._note_unread(file, language)
            return language, NOBODY
        model = scorer.model
        frames |= score_lines(lines, model, self.model.kind)
        settings = json.dumps(model.settings(), separators=(",", ":"))
        return language, (model.name, settings, scorer.fit)

    def _note_unread(self, file: Path, language: str) -> None:
        """Say that nobody who was asked reads a language, and who does."""
        from toolkit.sentiment_fitting import readers

        asked = [scorer.model.name for scorer in self.scorers]
        do = "which " + (f"{asked[0]} does" if len(asked) == 1 else f"none of {', '.join(asked)} does")
        others = readers(self.host, language)
        hint = f"; --sentiment {','.join([*asked, others[0]])} would" if others else ""
        self.done.notes.append(f"{file.name} is in {language!r}, {do} not read: it has no sentiment{hint}")


def analyze(
    warehouse: Warehouse,
    host: Host,
    name: str,
    settings: Mapping[str, Any],
    request: AnalyzeRequest,
    paths: Sequence[Path],
    sentiment_settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> Analyzed:
    """Analyse files and the files in folders; results land in the model's tables, a run for each file or batch.

    `sentiment_settings` are those of the models of sentiment, by name.

    Raises:
        CinekitError: of a single file, what is wrong with it; of several, see `Analyzed.failed`.
        UsageError: no such model of sentiment.
        PluginError: a table that the model writes is not there, or is not one of documents.
        ModelError: the model of sentiment has to be fitted, and there are no labelled reviews.
    """
    began = time.monotonic()
    analysis = Analysis(warehouse, host, name, settings, request)
    files, wrong = files_at(paths, analysis.model.suffixes)
    analysis.done.failed |= wrong
    if files:
        analysis.scorers = _scorers(analysis, sentiment_settings or {})
        analysis.documents(files)
    analysis.done.seconds = time.monotonic() - began
    return analysis.done


def _scorers(analysis: Analysis, settings: Mapping[str, Mapping[str, Any]]) -> list[Ready]:
    """The models of sentiment that were asked for, ready to score; none where nothing is spoken."""
    from toolkit.analyzer import Analyzer

    request, model = analysis.request, analysis.model
    if not request.scorers or type(model).lines is Analyzer.lines:
        return []
    from toolkit.labels import NEUTRAL
    from toolkit.sentiment_fitting import ready

    return [
        ready(
            analysis.warehouse,
            analysis.host,
            name,
            settings.get(name, {}),
            kind=model.kind,
            neutral=NEUTRAL,
            seed=request.seed,
        )
        for name in request.scorers
    ]
