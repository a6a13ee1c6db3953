"""Local methods combined, series by series, by how well they have done before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from plugins.predict.adjusting import FEWEST, naive_of_short
from plugins.predict.blocks import powers_of_two
from plugins.predict.holt import Holt
from plugins.predict.holt_winters import HoltWinters
from plugins.predict.seasonal_naive import SeasonalNaive
from plugins.predict.theta import DynamicTheta, Theta
from toolkit.errors import UsageError
from toolkit.forecaster import Forecast, Forecaster
from toolkit.model import setting

if TYPE_CHECKING:
    from toolkit.interactions import IntArray
    from toolkit.metrics import Float64
    from toolkit.panel import Panel
    from toolkit.sentiment import BoolArray

# So many forecasts, of all methods at all origins, are held at once: 16 MB.
_ENTRIES = 2**21
_FAR = 1e60
_POOL = ("naive", "seasonal-naive", "theta", "dynamic-theta", "trend", "holt", "holt-winters")


class Ensemble(Forecaster):
    """The mean of several local methods, each weighted by 1/error² of its own for every series.

    The error is the mean squared error over the horizon, at some origins inside the known values, a horizon apart, the
    last one a horizon before their end. Series shorter than three horizons are held out in shorter pieces. Seasonal
    naive, at each season of the frequency, is always in the pool. "trend" is `holt` without seasonal adjustment,
    "naive" the last value.

    Source: J. M. Bates and C. W. J. Granger, "The combination of forecasts", Operational Research Quarterly 20, 1969;
    weights of each series from rolling origins: M. Pawlikowski and A. Chorowska, "Weighted ensemble of statistical
    models", International Journal of Forecasting 36, 2020.
    """

    name: ClassVar[str] = "ensemble"

    pool: tuple[str, ...] = setting(_POOL, "Methods to combine; may be repeated")
    season: int | None = setting(None, "Length of the season in steps; those of the frequency unless given", ge=1)
    origins: int = setting(4, "Origins inside the known values that the weights come from", ge=1, le=50)

    def forecast(self, panel: Panel, horizon: int) -> Forecast:
        """(n, horizon) weighted means; `methods` names the series that were too short for whole hold-outs."""
        lengths = panel.lengths
        mean = np.full((len(panel.ids), horizon), np.nan)
        methods: dict[int, str] = {}
        pieces = _pieces(lengths, horizon)
        for piece in np.unique(pieces[lengths > 0]).tolist():
            rows = np.flatnonzero((pieces == piece) & (lengths > 0))
            mean[rows] = self._combined(panel.select(rows), horizon, piece, (0,))[:, 0]
            if piece < horizon:
                text = f"weights from hold-outs of {_counted(piece)}" if piece else "equal weights"
                methods |= dict.fromkeys(rows.tolist(), f"{text}, as the series is short for {_counted(horizon)} ahead")
        return Forecast(mean, methods | naive_of_short(panel, mean))

    def backtest(self, panel: Panel, horizon: int, backs: Sequence[int]) -> Float64:
        """(n, len(backs), horizon); origins of the hold-outs and of the backtest are shared where they coincide.

        The weights at an origin come from what was known by then alone.
        """
        made = np.full((len(panel.ids), len(backs), horizon), np.nan)
        lengths = panel.lengths
        # Those for which hold-outs are whole at every origin that they had begun by.
        known = lengths[:, None] - np.asarray(backs, dtype=np.int64)
        whole = ((known <= 0) | (_pieces(known, horizon) == horizon)).all(axis=1) & (lengths > 0)
        rows, others = np.flatnonzero(whole), np.flatnonzero(~whole & (lengths > 0))
        if rows.size and len(backs):
            made[rows] = self._combined(panel.select(rows), horizon, horizon, backs)
        if others.size:
            made[others] = super().backtest(panel.select(others), horizon, backs)
        return made

    def _members(self, panel: Panel) -> list[Forecaster]:
        """The pool, without doubles."""
        season = self.season or panel.frequency.season
        seasons = (season,) if self.season else panel.frequency.seasons
        pool: dict[str, list[Forecaster]] = {
            "naive": [SeasonalNaive(season=1)],
            "seasonal-naive": [SeasonalNaive(season=length) for length in seasons],
            "theta": [Theta(season=season)],
            "dynamic-theta": [DynamicTheta(season=season)],
            "trend": [Holt(season=1, latest=None)],
            "holt": [Holt(season=season)],
            "holt-winters": [HoltWinters(season=season)],
        }
        unknown = sorted(set(self.pool) - set(pool))
        if unknown:
            raise UsageError(f"ensemble has no method {unknown[0]!r} to combine; choose from {', '.join(pool)}")
        # Without a season, some of them are the same.
        return list(dict.fromkeys(member for name in ("seasonal-naive", *self.pool) for member in pool[name]))

    def _combined(self, panel: Panel, horizon: int, piece: int, backs: Sequence[int]) -> Float64:
        """(n, len(backs), horizon) of series that are held out in pieces of so many steps; 0 for no hold-out."""
        members = self._members(panel)
        inner = [piece * place for place in range(1, self.origins + 1)] if piece else []
        union = sorted({back + earlier for back in backs for earlier in (0, *inner)})
        at = {back: place for place, back in enumerate(union)}
        made = np.full((len(panel.ids), len(backs), horizon), np.nan)
        lengths = panel.lengths
        order = np.argsort(-lengths, kind="stable")
        size = max(16, _ENTRIES // (len(members) * len(union) * horizon))
        for start in range(0, order.size, size):
            rows = order[start : start + size]
            part = panel.select(rows)
            forecasts = np.stack([member.backtest(part, horizon, union) for member in members])
            errors = _squared_errors(forecasts[..., :piece], part.values, union)
            for place, back in enumerate(backs):
                known = lengths[rows] - back
                usable = np.stack([known >= _needed(member) for member in members])
                weights = _weights(errors[:, :, [at[back + earlier] for earlier in inner]], usable)
                weighted = weights[:, :, None] * forecasts[:, :, at[back]]
                made[rows, place] = np.where(weights[:, :, None] > 0, weighted, 0).sum(axis=0)
                made[rows[known <= 0], place] = np.nan
        return made


def _pieces(lengths: IntArray, horizon: int) -> IntArray:
    """How many steps series are held out by: the horizon, or what it is halved to until three of it are known."""
    pieces = np.zeros(lengths.shape, dtype=np.int64)
    piece = horizon
    while piece:
        pieces[(pieces == 0) & (lengths >= max(3 * piece, piece + FEWEST))] = piece
        piece //= 2
    return pieces


def _needed(member: Forecaster) -> int:
    """How many values a series must have for a method to be more than the naive one under another name."""
    return member.season or 1 if isinstance(member, SeasonalNaive) else 1


def _squared_errors(forecasts: Float64, values: Float64, backs: Sequence[int]) -> Float64:
    """(methods, n, len(backs)) mean squared errors of (methods, n, len(backs), piece) forecasts, in units of their own.

    NaN where not all that was forecast is known, and at origins with fewer than 4 values before them.
    """
    piece, length = forecasts.shape[-1], values.shape[1]
    errors = np.full(forecasts.shape[:-1], np.nan)
    known = ~np.isnan(values)
    scales = powers_of_two(values)
    for place, back in enumerate(backs):
        if not 0 < piece <= back <= length - FEWEST:
            continue
        rows = np.flatnonzero(known[:, length - back - FEWEST])
        actual = values[rows, length - back : length - back + piece]
        # What is off by more than this is out of the question, and its square still a number.
        scaled = np.clip(forecasts[:, rows, place] / scales[rows, None], -_FAR, _FAR) - actual / scales[rows, None]
        errors[:, rows, place] = np.einsum("mkh,mkh->mk", scaled, scaled) / piece
    return errors


def _weights(errors: Float64, usable: BoolArray) -> Float64:
    """(methods, n) shares by 1/error² of (methods, n, origins) errors; equal ones where nothing is known of them."""
    usable = usable | ~usable.any(axis=0)
    counted = np.isfinite(errors)
    judged = counted.any(axis=2)
    error = np.where(counted, errors, 0).sum(axis=2) / np.maximum(counted.sum(axis=2), 1)
    error = np.where(usable, np.where(judged, error, 1.0), np.inf)
    best = error.min(axis=0)
    # Relative to the best, as squares of errors could vanish; the method that has made none takes all.
    shares: Float64 = np.divide(best, error, out=np.zeros_like(error), where=error > best) ** 2
    shares[error == best] = 1
    shares /= shares.sum(axis=0)
    return shares


def _counted(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"
