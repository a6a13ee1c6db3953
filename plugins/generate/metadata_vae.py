"""A variational autoencoder on rows of metadata, with a prior that is learnt afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from plugins.generate.binned_rows import BinnedRows
from plugins.generate.latent_codes import learnt_mixture, log_density
from plugins.generate.row_decoder import build_decoder, called, sampled, shape
from toolkit.generator import MetadataGenerator
from toolkit.model import setting
from toolkit.network_learner import NetworkLearner
from toolkit.network_steps import built
from toolkit.training import Schedule, load_keras

if TYPE_CHECKING:
    from toolkit.interactions import FloatArray
    from toolkit.learning import Training
    from toolkit.materials.metadata import MetadataWishes, Rows
    from toolkit.metrics import Float64

# Share of training until the Kullback-Leibler divergence counts in full.
_WARM = 0.2
# Epochs without a better loss that training goes on for.
_PATIENCE = 10
# Posterior samples that the prior is learnt from, and its normal distributions, at most.
_PRIOR_ROWS, _PRIOR_PARTS = 20_000, 40
# Codes that the bound is averaged over.
_DRAWS = 8


class MetadataVae(MetadataGenerator):
    """Metadata: a variational autoencoder on rows of titles.

    Numbers are put into bins, and an encoder turns a row into a normal distribution of its code (D. P. Kingma & M.
    Welling, "Auto-Encoding Variational Bayes", ICLR 2014; for tables L. Xu et al., "Modeling Tabular Data using
    Conditional GAN", NeurIPS 2019, whose TVAE this follows in the ways of its heads). Out of a code the decoder draws
    genres, and then the numbers, each by the genres and the numbers before it: so a mean of ratings is drawn in the
    knowledge of how many there are. Every column has a softmax (genres a sigmoid each) that is sampled from, so
    that the shares of rare values are kept.

    Codes of real rows do not lie as the normal prior of training has it. So a mixture of normal distributions is
    fitted to them afterwards, and new codes are drawn from it (P. Ghosh et al., "From Variational to Deterministic
    Autoencoders", ICLR 2020). The loss of a row is a bound of its likelihood under that prior. For rows of given
    genres codes are drawn until genres come out that have them all.
    """

    name: ClassVar[str] = "metadata-vae"
    trained: ClassVar[bool] = True

    units: int = setting(256, "Units of the hidden layers", ge=2, le=4096)
    latent: int = setting(16, "Numbers that a row is coded by", ge=1, le=256)
    bins: int = setting(48, "Bins of each number", ge=2, le=512)
    epochs: int = setting(12, "The most passes over the rows", ge=1, le=10_000)
    learning_rate: float = setting(2e-3, "Learning rate of Adam, at the start", gt=0, le=1)

    _binned: dict[str, Any]
    _network: Any
    _weights: Float64
    _means: Float64
    _factors: Float64

    def fit(self, corpus: Rows, held_out: Rows, training: Training) -> None:
        """Learn from rows. Raises ModelError where there is too little to learn from."""
        self._binned = BinnedRows.learn(corpus, self.bins)
        rows = self._rows()
        self._network = built(build, shape(rows, self.units, self.latent), training.seed)
        schedule = Schedule(
            self.epochs, batch=min(256, len(corpus)), learning_rate=self.learning_rate, patience=_PATIENCE
        )
        examples, others = ([rows.batch(part)] if len(part) else [] for part in (corpus, held_out))
        learner = NetworkLearner(self._network, self._loss(rows), examples, others, schedule, training.seed)
        training.run(learner, schedule)
        self._learn_prior(corpus, training.seed)

    def sample(self, n: int, wishes: MetadataWishes, seed: int) -> Rows:
        """Rows, of the genres that are wanted. Raises ModelError where codes hardly ever come out as such."""
        decoder = self._network.get_layer("decoder")
        return sampled(decoder, self._rows(), self._codes, n, wishes, seed)

    def losses(self, corpus: Rows) -> Float64:
        """(n,) upper bound of -ln of the likelihood: the mean over a few codes of each row."""
        rows = self._rows()
        batch, decoder = rows.batch(corpus), self._network.get_layer("decoder")
        mean, logs = self._encoded(batch)
        rng, total = np.random.default_rng(0), np.zeros(len(corpus))
        for _ in range(_DRAWS):
            noise = rng.normal(size=mean.shape)
            codes = mean + np.exp(logs / 2) * noise
            posterior = -0.5 * (noise**2 + logs + np.log(2 * np.pi)).sum(axis=1)
            outputs = called(decoder, codes.astype(np.float32), batch["labels"], batch["columns"])
            prior = log_density(codes, self._weights, self._means, self._factors)
            total += posterior - prior + self._reconstruction(np, _log_softmax, rows, batch, *outputs)
        losses: Float64 = total / _DRAWS + rows.within(corpus)
        return losses

    def _rows(self) -> BinnedRows:
        return BinnedRows(self._binned)

    def _loss(self, rows: BinnedRows) -> Callable[..., Any]:
        jax = import_module("jax")

        def loss(call: Callable[[Any], Any], batch: Mapping[str, Any], key: Any, progress: Any) -> Any:
            noise = jax.random.normal(key, (len(batch["labels"]), self.latent))
            mean, logs, labels, columns = call([batch["columns"], batch["labels"], noise])
            divergence = 0.5 * (mean**2 + jax.numpy.exp(logs) - logs - 1).sum(axis=1)
            nats = self._reconstruction(jax.numpy, jax.nn.log_softmax, rows, batch, labels, columns)
            return nats + jax.numpy.minimum(progress / _WARM, 1) * divergence

        return loss

    @staticmethod
    def _reconstruction(
        numpy: Any, log_softmax: Any, rows: BinnedRows, batch: Mapping[str, Any], labels: Any, columns: Any
    ) -> Any:
        """(n,) -ln of the likelihood of rows given codes; what ratings decide is certain."""
        likely = (batch["labels"] * labels - numpy.logaddexp(labels, 0)).sum(axis=1)
        end = 0
        columns = columns + rows.closed()
        for place, size in enumerate(rows.sizes):
            part = slice(end, end := end + size)
            likely = likely + batch["open"][:, place] * (
                batch["columns"][:, part] * log_softmax(columns[:, part], axis=1)
            ).sum(axis=1)
        return -likely

    def _learn_prior(self, corpus: Rows, seed: int) -> None:
        """Fit the mixture to codes of rows that were learnt from."""
        rng = np.random.default_rng(seed)
        places = np.sort(rng.permutation(len(corpus))[:_PRIOR_ROWS])
        batch = self._rows().batch(corpus.select(places))
        mean, logs = self._encoded(batch)
        codes = mean + np.exp(logs / 2) * rng.normal(size=mean.shape)
        parts = int(np.clip(len(codes) // (10 * self.latent), 1, _PRIOR_PARTS))
        self._weights, self._means, covariances = learnt_mixture(codes, parts, "full", seed)
        self._factors = np.asarray(np.linalg.cholesky(covariances), dtype=np.float64)

    def _encoded(self, batch: Mapping[str, Any]) -> list[Float64]:
        """(n, latent) means and log-variances of the codes of rows."""
        encoder = self._network.get_layer("encoder")
        return [part.astype(np.float64) for part in called(encoder, batch["columns"], batch["labels"])]

    def _codes(self, rng: np.random.Generator, n: int) -> Float64:
        """(n, latent) codes drawn from the mixture."""
        parts = rng.choice(len(self._weights), p=self._weights, size=n)
        noise = rng.normal(size=(n, self.latent))
        drawn: Float64 = self._means[parts] + np.einsum("nij,nj->ni", self._factors[parts], noise)
        return drawn


def build(config: Mapping[str, Any]) -> Any:
    """The network: columns as one-hot vectors, labels and noise in; mean and log-variance of codes, and scores, out."""
    keras = load_keras()
    layers, units = keras.layers, config["units"]
    columns, labels = keras.Input((sum(config["sizes"]),)), keras.Input((config["labels"],))
    hidden = layers.Concatenate()([columns, labels])
    for _ in range(2):
        hidden = layers.Dense(units, activation="gelu")(hidden)
    coded = [layers.Dense(config["latent"])(hidden), layers.Dense(config["latent"], kernel_initializer="zeros")(hidden)]
    encoder = keras.Model([columns, labels], coded, name="encoder")
    decoder = build_decoder(config)
    noise = keras.Input((config["latent"],))
    mean, logs = encoder([columns, labels])
    code = layers.Add()([mean, layers.Multiply()([keras.ops.exp(logs / 2), noise])])
    return keras.Model([columns, labels, noise], [mean, logs, *decoder([code, labels, columns])])


def _log_softmax(scores: FloatArray, axis: int) -> FloatArray:
    logs: FloatArray = scores - np.logaddexp.reduce(scores, axis=axis, keepdims=True)
    return logs
