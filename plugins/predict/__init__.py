"""The built-in forecasters of series, and classifiers of viewers."""

from collections.abc import Iterable

from toolkit import ModelEntry, hookimpl


@hookimpl
def cinekit_models() -> Iterable[ModelEntry]:
    """The models of this folder, each in the module of its name."""
    return [
        ModelEntry("predict", name, f"plugins.predict.{module}:{class_name}", help_line)
        for name, module, class_name, help_line in (
            ("dynamic-theta", "theta", "DynamicTheta", "Series: theta whose trend moves with the data."),
            ("ensemble", "ensemble", "Ensemble", "Series: the pool of local methods, weighted by their past errors."),
            (
                "gradient-boosting",
                "gradient_boosting",
                "GradientBoosting",
                "Series: trees on lags and calendar, one model for all.",
            ),
            ("gru", "recurrent", "Gru", "Series: a recurrent network, one for all."),
            ("holt", "holt", "Holt", "Series: exponential smoothing with a damped trend."),
            ("holt-winters", "holt_winters", "HoltWinters", "Series: exponential smoothing with trend and season."),
            ("logistic", "logistic", "Logistic", "Viewers: logistic regression on what they did lately."),
            ("lstm", "recurrent", "Lstm", "Series: a recurrent network with memory cells, one for all."),
            ("markov", "markov", "Markov", "Viewers: what followed the last step of others."),
            ("popularity", "popularity", "Popularity", "Viewers, next title: what most watch lately."),
            ("recency", "recency", "Recency", "Viewers: their own rates, the latest days counting most."),
            ("same-series", "same_series", "SameSeries", "Viewers, next title: the next of the series watched last."),
            ("seasonal-naive", "seasonal_naive", "SeasonalNaive", "Series: what was a season ago."),
            ("theta", "theta", "Theta", "Series: the theta method, on seasonally adjusted values."),
            (
                "viewer-gradient-boosting",
                "viewer_gradient_boosting",
                "ViewerGradientBoosting",
                "Viewers: trees on what they did lately.",
            ),
            ("viewer-lstm", "viewer_lstm", "ViewerLstm", "Viewers: a recurrent network on their last sessions."),
        )
    ]
