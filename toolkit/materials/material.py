"""What the toolkit needs to know of a kind of material, to make it with any model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

from toolkit.model import setting

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from toolkit.analyzer import Shown
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64


class Corpus(Protocol):
    """Items to learn from, in an order that the same data always have."""

    @property
    def names(self) -> Sequence[str]:
        """(n,) what people call each item."""

    def __len__(self) -> int:
        """How many items."""

    def select(self, places: IntArray) -> Corpus:
        """The items at some places."""


class GenerateRequest(BaseModel):
    """What can be asked of every generator, whatever it makes. Materials add what is their own."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    count: int = setting(10, "How many to make", ge=1, le=100_000)
    seed: int = setting(0, "Random seed of sampling", ge=0, lt=2**31)
    fit_seed: int = setting(0, "Random seed of the fit; another one means another fit", ge=0, lt=2**31)
    temperature: float = setting(1.0, "Below 1 safer and more alike, above 1 bolder", gt=0, le=3)
    minutes: float | None = setting(
        None, "Train for these at most; a model that was stopped by them goes on with the next", gt=0
    )
    refit: bool = setting(False, "Fit again, though the same model was fitted on the same data")
    near: float | None = setting(
        None, "Reject what is nearer than this to something learnt from, from 0 (the same) to 1", ge=0, le=1
    )
    keep_copies: bool = setting(False, "Keep copies too, marked by their distance")


@dataclass(frozen=True)
class Parts:
    """Places of a corpus' items by what they are for; no item is in two, and none that shares a group with another's.

    Attributes:
        train: learnt from.
        valid: held out for choices while fitting, such as when to stop.
        test: held out from the fit altogether, to judge it.
    """

    train: IntArray
    valid: IntArray
    test: IntArray


@dataclass(frozen=True)
class Measure:
    """A number about a model.

    Attributes:
        metric: its name, as in docs/metrics.md.
        value: the number.
        low, high: 95 % interval, where there is one.
    """

    metric: str
    value: float
    low: float | None = None
    high: float | None = None


C = TypeVar("C", bound=Corpus)
W = TypeVar("W")
I = TypeVar("I")  # noqa: E741


class Material(ABC, Generic[C, W, I]):
    """One kind of material: C is its corpus, W its wishes, I what a model's `sample` returns.

    Class attributes:
        makes: its name, which is that of its command.
        reads: the tables that its corpus comes from.
        load: what brings such data, for messages: the command.
        least: items that a corpus must have.
        needs: packages without which its samples cannot be looked at, as they are imported.
        request: options of its command.
        default: name of the model that is taken where none was judged on these data, without the "<makes>-" before it.
        unit: what `losses` of a model is shown in, such as "bits per character".
        near: distance to the nearest item learnt from below which a sample is a near copy, unless --near says another.
        key: metric by which models are compared, and whether less of it is better.
        headline: metrics that people see, in this order.
        shows: what people see after a run; the first is also what programs get with --format.
        writes: tables of schema results that `rows` fills, beside results.generations.
        distinct: whether a sample that was drawn before in the run is drawn again.
    """

    makes: ClassVar[str]
    reads: ClassVar[tuple[str, ...]]
    load: ClassVar[str]
    least: ClassVar[int]
    needs: ClassVar[tuple[str, ...]] = ()
    request: ClassVar[type[GenerateRequest]] = GenerateRequest
    default: ClassVar[str]
    unit: ClassVar[str]
    near: ClassVar[float]
    key: ClassVar[tuple[str, bool]]
    headline: ClassVar[tuple[str, ...]]
    shows: ClassVar[tuple[Shown, ...]]
    writes: ClassVar[tuple[str, ...]] = ()
    distinct: ClassVar[bool] = True

    @abstractmethod
    def read(self, con: duckdb.DuckDBPyConnection) -> Any:
        """Rows that a corpus is made of, in the order of their keys; fetched alone, as nobody can write meanwhile."""

    @abstractmethod
    def corpus(self, rows: Any, request: GenerateRequest) -> C:
        """The whole corpus out of what `read` gave, in its order; empty where nothing is loaded.

        What of the request changes the corpus is named by `shapes`.
        """

    def shapes(self, request: GenerateRequest) -> Mapping[str, Any]:
        """Options that change the corpus, and so the fit, such as the size of images; JSON values."""
        return {}

    @abstractmethod
    def parts(self, corpus: C) -> Parts:
        """Which items are learnt from, and which are held out: the same for the same data, whatever the seed."""

    @abstractmethod
    def wishes(self, request: GenerateRequest, corpus: C) -> W:
        """What the request wants of samples.

        Raises:
            UsageError: a genre, a piece, ... that the corpus does not know (near names are offered).
        """

    def guided(self, wishes: W) -> bool:
        """Whether samples are to be near given items, which a model must heed that `interpolates`.

        Then only what is the same as one learnt from is rejected, without redraw.
        """
        return False

    @abstractmethod
    def loss_in_unit(self, losses: Float64, corpus: C) -> float:
        """The mean of (n,) losses in nats over a corpus, in `unit`."""

    @abstractmethod
    def each_loss(self, losses: Float64, items: I) -> Float64:
        """(n,) losses in nats of samples, each in `unit`."""

    @abstractmethod
    def as_corpus(self, items: I, like: C) -> C:
        """Samples as a corpus like another, so that a model can say how likely they are. In their order."""

    @abstractmethod
    def count(self, items: I) -> int:
        """How many samples there are."""

    @abstractmethod
    def pick(self, items: I, places: IntArray) -> I:
        """The samples at some places."""

    @abstractmethod
    def join(self, several: Sequence[I]) -> I:
        """Samples of several draws, one after another."""

    @abstractmethod
    def keys(self, items: I) -> Sequence[str]:
        """(n,) a text of each sample that is equal where two samples are the same; "" of one that is nothing."""

    @abstractmethod
    def nearest(self, items: I, corpus: C) -> tuple[IntArray, Float64]:
        """(n,) place of the item of the corpus that is nearest to each sample, and the distance, from 0 to 1."""

    @abstractmethod
    def rows(
        self, items: I, wishes: W, request: GenerateRequest, folder: Path, where: str
    ) -> Mapping[str, pl.DataFrame]:
        """Write files into the folder, and give the rows of tables.

        Args:
            items: the samples that are kept.
            wishes: what was wanted of them.
            request: what was asked.
            folder: the run's; it exists.
            where: what stands before a file's name in results.generations.

        Returns:
            "results.generations" with the columns sample, content, file, wish (the others are added), and the tables
            that `writes` names, without `run`.
        """

    @abstractmethod
    def wishes_to_judge(self, corpus: C, temperature: float) -> W:
        """What is wanted of the samples by which models are judged: nothing in particular."""

    @abstractmethod
    def judge(self, items: I, corpus: C, parts: Parts, seed: int) -> list[Measure]:
        """How much samples are like the items that were held out; what likelihood says is added by the caller."""

    def how_many_to_judge(self, parts: Parts) -> int:
        """How many samples `judge` wants."""
        return 1000


def sample_rows(
    n: int,
    content: Sequence[str] | None = None,
    file: Sequence[str] | None = None,
    wish: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Rows of results.generations as `Material.rows` gives them: n samples, each with what there is of it."""
    import polars as pl

    texts = {"content": content, "file": file, "wish": wish}
    return pl.DataFrame(
        {"sample": pl.Series(range(1, n + 1), dtype=pl.Int32)}
        | {name: pl.Series([None] * n if some is None else some, dtype=pl.String) for name, some in texts.items()}
    )
