"""Forecasters of cinekit by the package statsforecast."""

from collections.abc import Iterable

from toolkit import ModelEntry, hookimpl


@hookimpl
def cinekit_models() -> Iterable[ModelEntry]:
    """The models, all of one module, which is imported when one of them is used."""
    return [
        ModelEntry("predict", name, f"cinekit_statsforecast.models:{class_name}", f"Series: {what} by statsforecast.")
        for name, class_name, what in (
            ("arima", "Arima", "ARIMA"),
            ("auto-theta", "AutoTheta", "the best of four theta methods"),
            ("ets", "Ets", "exponential smoothing"),
        )
    ]
