"""The contract of forecasters."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

import numpy as np

from toolkit.forecaster import Forecast, Forecaster
from toolkit.testing.checks import an_array, difference, fail, in_words, must
from toolkit.testing.contract import SavedContract
from toolkit.testing.made_series import made_series, panel_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from toolkit.model import Model
    from toolkit.panel import Panel

_TINY: dict[str, list[list[float]]] = {
    "with a series of one value": [[3.0]],
    "with a series of two values": [[3.0, 4.0]],
    "with a series that is always 0": [[0.0] * 60],
}
_BACKS = (14, 7)


class ForecasterContract(SavedContract):
    """What holds of a forecaster: subclass it, name the `model`, and run pytest.

        class TestSeasonMean(ForecasterContract):
            model = SeasonMean

    .. versionadded:: 0.1

    Class attributes:
        horizon: steps that are forecast.
    """

    kind: ClassVar[type[Model]] = Forecaster
    horizon: ClassVar[int] = 7

    def panel(self) -> Panel:
        """What it is tried on; override it for a model that needs other series."""
        return made_series()

    def given(self, folder: Path) -> Panel:
        """A copy of the panel."""
        del folder
        return copy.deepcopy(self.panel())

    def is_saved(self) -> bool:
        """As the class says."""
        return cast("type[Forecaster]", self.found()).kept

    def fit(self, model: Forecaster, given: Panel, seed: int) -> None:
        """Fit it, if it learns."""
        if model.trained:
            model.fit(given, self.horizon, seed)

    def answers(self, model: Forecaster, given: Panel, seed: int) -> Forecast:
        """Forecasts of all series."""
        del seed
        return model.forecast(given, self.horizon)

    def check_promise(self, model: Forecaster, given: Panel) -> None:
        """A Forecast whose mean, and quantiles if it has some, are (series, horizon), of floats."""
        made, shape = model.forecast(given, self.horizon), (len(given.ids), self.horizon)
        must(
            isinstance(made, Forecast),
            f"{self.name}: forecast returned {type(made).__name__}; return Forecast(mean)",
        )
        for what, values in {
            "mean": made.mean,
            **{f"quantile {q}": at for q, at in (made.quantiles or {}).items()},
        }.items():
            found = an_array(values, f"{self.name}: the {what}")
            must(
                found.shape == shape,
                f"{self.name}: the {what} has the shape {found.shape} for {shape[0]} series and {shape[1]} steps; "
                f"return {shape}",
            )
            must(found.dtype == np.float64, f"{self.name}: the {what} is of {found.dtype}; return np.float64")
        must(
            bool(np.isfinite(made.mean).any()),
            f"{self.name}: not one number is forecast for series of {given.values.shape[1]} values; override panel() "
            "where it needs longer ones",
        )
        strange = [place for place in made.methods if not 0 <= place < shape[0]]
        must(
            not strange,
            f"{self.name}: methods speaks of series {strange}; its keys are places from 0 to {shape[0] - 1}",
        )

    def too_little(self, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
        """Panels of no series, of the shortest ones, and of nothing but 0."""
        nobody = np.zeros(0, dtype=np.int64)
        yield "fitted without a series", partial(self.fitted, self.given(folder).select(nobody))
        for what, rows in _TINY.items():
            yield f"fitted {what}", partial(self._fit_and_forecast, panel_of(rows))
            model = self.fitted(self.given(folder))
            yield f"asked {what}", partial(model.forecast, panel_of(rows), self.horizon)

    def _fit_and_forecast(self, panel: Panel) -> None:
        self.fitted(panel).forecast(panel, self.horizon)

    def test_its_backtest_is_what_it_forecast_then(self, tmp_path: Path) -> None:
        """`backtest` gives the numbers that `forecast` gives for earlier ends."""
        given = self.given(tmp_path)
        model = self.fitted(given)
        if type(model).backtest is Forecaster.backtest:  # which asks forecast itself
            return
        try:
            expected = Forecaster.backtest(model, given, self.horizon, _BACKS)
            made = model.backtest(given, self.horizon, _BACKS)
        except Exception as error:
            fail(f"{self.name}: backtest raised {in_words(error)}; leave it out, or mend it")
        must(
            not difference(expected, np.asarray(made), tolerance=1e-6),
            f"{self.name}: backtest gives other numbers than forecast for panel.until(back); leave it out, or mend it",
        )
