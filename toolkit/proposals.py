"""Which settings to try next: Optuna's tree-structured Parzen estimator, told what earlier ones came to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from toolkit.errors import ModelError
from toolkit.search import Between, Search

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


class Proposals:
    """Proposes values of the searched settings; tell it what they came to.

    The first ten are drawn at random; then come values of a high ratio of two densities, that of the better trials
    to that of the others. Sources: J. Bergstra, R. Bardenet, Y. Bengio and B. Kégl, "Algorithms for Hyper-Parameter
    Optimization", NIPS 2011; T. Akiba et al., "Optuna: A Next-generation Hyperparameter Optimization Framework", KDD
    2019.

    Raises:
        ModelError: optuna is not installed.
    """

    def __init__(self, space: Mapping[str, Search], fields: Mapping[str, FieldInfo], seed: int) -> None:
        self._optuna = optuna = load_optuna()
        self._space = space
        self._places = {name: _place(optuna, search, fields[name]) for name, search in space.items()}
        self._study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))

    def learn(self, settings: Mapping[str, Any], value: float | None) -> None:
        """Tell what settings came to that were not proposed here; those outside the space teach nothing."""
        values = {name: settings[name] for name in self._space}
        if value is not None and all(self._space[name].holds(values[name]) for name in values):
            known = self._optuna.create_trial(params=values, distributions=self._places, value=value)
            self._study.add_trial(known)

    def propose(self) -> tuple[int, dict[str, Any]]:
        """A number to answer by, and values of the searched settings."""
        trial = self._study.ask(self._places)
        return trial.number, dict(trial.params)

    def answer(self, number: int, value: float | None) -> None:
        """Tell what a proposal came to; None where it failed."""
        failed = self._optuna.trial.TrialState.FAIL
        self._study.tell(number, value, state=failed if value is None else None)


def load_optuna() -> Any:
    """The module optuna, which says nothing by itself.

    Raises:
        ModelError: it is not installed.
    """
    try:
        import optuna
    except ModuleNotFoundError as error:
        raise ModelError(f"tuning needs {error.name}, which is not installed; pip install 'cinekit[tune]'") from error
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    return optuna


def _place(optuna: Any, search: Search, field: FieldInfo) -> Any:
    """Where to search, in Optuna's words."""
    kinds = optuna.distributions
    if not isinstance(search, Between):
        return kinds.CategoricalDistribution(search.values)
    if field.annotation is int:
        return kinds.IntDistribution(int(search.low), int(search.high), log=search.log)
    return kinds.FloatDistribution(search.low, search.high, log=search.log)
