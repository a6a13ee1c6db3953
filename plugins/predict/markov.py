"""Markov: what followed the last step of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from scipy.sparse import csr_array

from plugins.predict.frequencies import binned, counted, overall, quantile_edges, shrunk
from plugins.predict.holding_out import earlier_and_later
from plugins.predict.popular_titles import Repeats, title_shares
from toolkit.class_metrics import log_loss
from toolkit.classifier import Classifier
from toolkit.errors import ModelError
from toolkit.model import setting

if TYPE_CHECKING:
    from toolkit.examples import Examples
    from toolkit.interactions import FloatArray, IntArray

TASKS = (
    "active-tomorrow", "active-week", "minutes-tomorrow", "next-daypart", "next-title", "churn", "purchase",
    "watch-time",
)  # fmt: skip
_STEPS = 2
_HALF_LIFE = 28.0
# Examples of the audience that are added to what followed a title, to choose from.
_STRENGTHS = (2.0, 8.0, 32.0, 128.0, 512.0, 2048.0, 8192.0)


class Markov(Classifier):
    """What followed when others had come as far: a Markov chain on the last step, or on the last title.

    Of sessions, or days, a state is what is known of the last step, such as how long ago it was and how long it took,
    by the two channels of the last two steps that tell most, each cut into `bins` of as many examples:

        p(class | a, b) = (n(class, a, b) + strength · p(class | a)) / (n(a, b) + strength)

    and p(class | a) likewise from p(class). The channels are those of least log loss on the latest fifth of the
    examples, by a fit on the earlier ones; a second one is taken only where it helps.

    Of titles the state is the title watched last, and p(title | last) is drawn towards what the audience watches next,
    by the strength of least log loss. Titles that follow each other in what viewers watched before count too, each pair
    once a viewer.
    """

    name: ClassVar[str] = "markov"
    tasks: ClassVar[tuple[str, ...]] = TASKS

    bins: int = setting(10, "Bins that a channel of a step is cut into", ge=2, le=100)
    strength: float = setting(20.0, "Examples of what follows less exactly that are added to each state", gt=0)

    _columns: list[int]
    _edges: list[FloatArray]
    _tables: list[FloatArray]
    _shares: FloatArray
    _repeats: Repeats
    _added: float
    _transitions: csr_array

    def fit(self, examples: Examples, seed: int) -> None:
        """Count what followed. Raises ModelError where there are no steps, or no examples."""
        if examples.task.name == "next-title":
            self._fit_titles(examples, seed)
            return
        labels = examples.labels
        if labels is None or not labels.size or not examples.sequences.size:
            raise ModelError(f"markov finds no steps of viewers to learn {examples.task.name} from; take logistic")
        n_classes = len(examples.task.classes)
        early, late = earlier_and_later(examples, seed)
        if not early.size or not late.size:
            early = late = np.arange(labels.size)
        steps = _last_steps(examples)
        chosen: list[int] = []
        least = float(log_loss(np.tile(overall(labels[early], n_classes), (late.size, 1)), labels[late]).mean())
        for _ in range(2):
            losses = np.full(steps.shape[1], np.inf)
            for column in set(range(steps.shape[1])) - set(chosen):
                edges, tables = self._count(steps[early], labels[early], [*chosen, column], n_classes)
                given = _looked_up(steps[late], [*chosen, column], edges, tables)
                losses[column] = log_loss(given, labels[late]).mean()
            if losses.min() >= least:
                break
            least = float(losses.min())
            chosen.append(int(np.argmin(losses)))
        self._columns = chosen
        self._edges, self._tables = self._count(steps, labels, chosen, n_classes)

    def probabilities(self, examples: Examples) -> FloatArray:
        """(n, n_classes)."""
        if examples.task.name == "next-title":
            return self._of_titles(examples)
        return _looked_up(_last_steps(examples), self._columns, self._edges, self._tables)

    def _count(
        self, steps: FloatArray, labels: IntArray, columns: list[int], n_classes: int
    ) -> tuple[list[FloatArray], list[FloatArray]]:
        """Edges of each column, and tables (n_states, n_classes) by none of the columns, by the first, and by both."""
        edges = [quantile_edges(steps[:, column], self.bins) for column in columns]
        tables = [overall(labels, n_classes)[None]]
        state = np.zeros(labels.size, dtype=np.int64)
        for column, cuts in zip(columns, edges, strict=True):
            width = cuts.size + 2
            state = state * width + binned(steps[:, column], cuts)
            prior = np.repeat(tables[-1], width, axis=0)
            tables.append(shrunk(counted(state, labels, len(prior), n_classes), prior, self.strength))
        return edges, tables

    def _fit_titles(self, examples: Examples, seed: int) -> None:
        """Count what followed each title, on the earlier examples for the strength, and then on all."""
        labels = np.zeros(0, dtype=np.int64) if examples.labels is None else examples.labels
        self._shares, self._added = title_shares(examples, _HALF_LIFE), _STRENGTHS[-1]
        self._repeats = Repeats(examples, self._shares)
        early, late = earlier_and_later(examples, seed)
        late = late[(labels[late] >= 0) & (examples.recent[late, -1] >= 0)]
        if np.any(labels[early] >= 0) and late.size:
            shares, counts = title_shares(examples.select(early), _HALF_LIFE), _transitions(examples.select(early))
            last, title = examples.recent[late, -1].astype(np.int64), labels[late]
            followed, all_of = np.asarray(counts[last, title]).ravel(), counts.sum(axis=1)[last]
            losses = [-np.log((followed + s * shares[title]) / (all_of + s)).mean() for s in _STRENGTHS]
            self._added = _STRENGTHS[int(np.argmin(losses))]
        self._transitions = _transitions(examples)

    def _of_titles(self, examples: Examples) -> FloatArray:
        last = examples.recent[:, -1].astype(np.int64)
        counts = self._transitions[np.maximum(last, 0)].toarray()
        counts[last < 0] = 0
        return self._repeats.adjust(shrunk(counts, self._shares, self._added), examples.recent)


def _transitions(examples: Examples) -> csr_array:
    """(n_titles, n_titles) how many viewers watched one title right after another."""
    n_titles = len(examples.task.classes)
    labels = np.full(len(examples.recent), -1) if examples.labels is None else examples.labels
    chain = np.column_stack([examples.recent, labels]).astype(np.int64)
    before, after = chain[:, :-1].ravel(), chain[:, 1:].ravel()
    viewer = np.unique(examples.viewers, return_inverse=True)[1]
    viewer = np.repeat(viewer, chain.shape[1] - 1)
    known = (before >= 0) & (after >= 0)
    pairs = np.unique((viewer[known] * n_titles + before[known]) * n_titles + after[known]) % n_titles**2
    matrix = csr_array((np.ones(pairs.size), (pairs // n_titles, pairs % n_titles)), shape=(n_titles, n_titles))
    matrix.sum_duplicates()
    return matrix


def _last_steps(examples: Examples) -> FloatArray:
    """(n, steps · n_channels) channels of the last steps, the latest first; NaN where there is no such step."""
    steps = min(_STEPS, examples.sequences.shape[1])
    latest = examples.sequences[:, ::-1][:, :steps].astype(np.float64)
    latest[examples.steps[:, None] <= np.arange(steps)] = np.nan
    return latest.reshape(len(latest), -1)


def _looked_up(
    steps: FloatArray, columns: list[int], edges: list[FloatArray], tables: list[FloatArray]
) -> FloatArray:  # fmt: skip
    """(n, n_classes) what followed the state of each row."""
    state = np.zeros(len(steps), dtype=np.int64)
    for column, cuts in zip(columns, edges, strict=True):
        state = state * (cuts.size + 2) + binned(steps[:, column], cuts)
    found: FloatArray = tables[-1][state]
    return found
