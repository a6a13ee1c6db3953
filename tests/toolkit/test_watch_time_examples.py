"""Examples out of a table of watch times: nothing later in the features, a cut in time, and the day after the last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from plugins.predict.logistic import Logistic
from plugins.predict.markov import Markov
from plugins.predict.recency import Recency
from toolkit.class_metrics import rps
from toolkit.classifier import Classifier
from toolkit.errors import ModelError
from toolkit.tasks import minute_ranges
from toolkit.viewer_fitting import fitted
from toolkit.watch_time_examples import WatchTimes, read_watch_times, watch_time_fitting, watch_time_test
from warehouse import Warehouse
from warehouse.loads import load


def loaded(warehouse: Warehouse, folder: Path, text: str) -> WatchTimes:
    """The watch times of a file, by the plain door."""
    file = folder / "watch_times.csv"
    file.write_text(text, encoding="utf-8")
    load(warehouse, "watch-times", file)
    with warehouse.reading() as con:
        return read_watch_times(con)


def drawn(viewers: int = 40, days: int = 60) -> WatchTimes:
    """Viewers who watch on weekends, each as long as they do; the last day has no answer."""
    random = np.random.default_rng(0)
    length = random.gamma(2, 30, viewers)[:, None]
    weekend = np.arange(days) % 7 >= 5
    minutes = np.round(length * random.uniform(0.8, 1.2, (viewers, days)) * weekend, 1)
    following = np.column_stack([minutes[:, 1:], np.full(viewers, np.nan)])
    origins = np.tile(np.arange(days).astype("datetime64[D]"), viewers)
    return WatchTimes(np.repeat(np.arange(viewers), days), origins, origins, minutes.ravel(), following.ravel())


def test_a_file_without_viewers_and_dates_is_one_viewer(warehouse: Warehouse, tmp_path: Path) -> None:
    table = loaded(warehouse, tmp_path, "watch_time,next_watch_time\n10,20\n20,0\n0,45\n")
    # the day after the last row is known too: 45 minutes, and nothing is known after it
    assert table.minutes.tolist() == [10, 20, 0, 45]
    np.testing.assert_array_equal(table.following, [20, 0, 45, np.nan])
    assert table.labelled.tolist() == [0, 1, 2]
    assert table.latest.tolist() == [3]
    assert np.isnat(table.days).all()
    assert np.diff(table.origins.astype(int)).tolist() == [1, 1, 1]


def test_dates_and_viewers_are_kept(warehouse: Warehouse, tmp_path: Path) -> None:
    table = loaded(
        warehouse,
        tmp_path,
        "viewer,date,watch_time,next_watch_time\nb,2026-03-02,5,7\na,2026-03-01,10,\na,2026-02-28,30,10\n",
    )
    assert table.days.astype(str).tolist() == ["2026-03-02", "2026-03-03", "2026-02-28", "2026-03-01"]
    assert table.minutes.tolist() == [5, 7, 30, 10]
    assert table.latest.tolist() == [1, 3]


def test_features_are_of_the_day_and_those_before_it() -> None:
    table = WatchTimes(
        viewers=np.array([1, 1, 1, 2]),
        origins=np.array([0, 1, 4, 4]).astype("datetime64[D]"),
        days=np.array([0, 1, 4, 4]).astype("datetime64[D]"),
        minutes=np.array([60.0, 0.0, 30.0, 12.0]),
        following=np.array([0.0, 30.0, np.nan, 1.0]),
    )
    classes = minute_ranges("watch-time", 1, np.array([0.0, 1, 2, 3, 4]))
    examples = table.examples(classes, np.array([2, 3]))
    found = dict(zip(examples.feature_names, examples.features.T, strict=True))
    np.testing.assert_allclose(np.expm1(found["lag_1"]), [30, 12], rtol=1e-5)
    np.testing.assert_allclose(np.expm1(found["lag_3"]), [60, np.nan], rtol=1e-5)
    np.testing.assert_allclose(np.expm1(found["mean_3"]), [30, 12], rtol=1e-5)
    np.testing.assert_allclose(found["idle_7"], [1 / 3, 0], rtol=1e-5)
    # 30, 0 and 60 with weights 1, 1/√2 and 1/2
    np.testing.assert_allclose(np.expm1(found["rate_2"]), [60 / (1.5 + 0.5**0.5), 12], rtol=1e-5)
    np.testing.assert_allclose(np.expm1(found["gap"]), [3, np.nan], rtol=1e-5)
    assert found["tomorrow_tuesday"].tolist() == [1, 1]  # 6 January 1970
    assert examples.steps.tolist() == [3, 1]
    np.testing.assert_allclose(examples.sequences[0, -3:, 0], [1, 0, 0.5])
    assert examples.labels is None


def test_nothing_later_is_in_the_features() -> None:
    table = drawn()
    rows, classes = np.arange(0, table.viewers.size, 7), minute_ranges("watch-time", 1, table.following)
    before = table.examples(classes, rows)
    random = np.random.default_rng(1)
    for row in rows[:20]:
        later = np.arange(table.viewers.size) > row
        changed = replace(
            table,
            minutes=np.where(later, random.uniform(0, 99, later.size), table.minutes),
            following=np.where(later, 0, table.following),
        )
        after = changed.examples(classes, np.array([row]))
        np.testing.assert_array_equal(after.features[0], before.features[row // 7])
        np.testing.assert_array_equal(after.sequences[0], before.sequences[row // 7])


def test_the_latest_days_are_for_the_test_and_the_latest_before_it_to_calibrate() -> None:
    table = drawn()
    train, test = watch_time_test(table)
    assert table.origins[train].max() < table.origins[test].min()
    assert test.size == pytest.approx(0.2 * table.labelled.size, rel=0.1)
    fitting = watch_time_fitting(table, train, 0)
    assert fitting.folds is not None
    earlier = np.flatnonzero(fitting.folds == 0)
    assert fitting.all.origins[earlier].max() < fitting.all.origins[fitting.latest].min()
    assert fitting.classes.task.ordered


def test_bounds_of_the_classes_are_those_of_the_earlier_rows() -> None:
    table = drawn()
    train, _ = watch_time_test(table)
    classes = watch_time_fitting(table, train, 0).classes
    late = table.origins >= table.origins[train].max() - 5
    assert (
        watch_time_fitting(replace(table, following=np.where(late, 999, table.following)), train, 0).classes == classes
    )


@pytest.mark.parametrize(("model", "better"), [(Logistic(), 0.5), (Markov(), 0.95), (Recency(), 1)])
def test_models_beat_the_shares_of_the_classes(model: Classifier, better: float) -> None:
    table = drawn()
    train, test = watch_time_test(table)
    fitting = watch_time_fitting(table, train, 0)
    examples = table.examples(fitting.classes, test)
    assert examples.labels is not None
    assert fitting.all.labels is not None
    found = fitted(model, fitting, 0).probabilities(examples)
    shares = np.bincount(fitting.all.labels, minlength=5) / fitting.all.labels.size
    assert rps(found, examples.labels).mean() < better * rps(np.tile(shares, (test.size, 1)), examples.labels).mean()


def test_the_day_after_the_last_is_what_is_predicted() -> None:
    table = drawn()
    fitting = watch_time_fitting(table, table.labelled, 0)
    examples = table.examples(fitting.classes, table.latest)
    assert examples.viewers.tolist() == list(range(40))
    assert (examples.origins.astype(int) == 59).all()
    found = fitted(Logistic(), fitting, 0).probabilities(examples)
    # day 59 is a Thursday in this week of seven, the day after it no weekend's
    assert (found[:, 0] > 0.5).all()


def test_what_cannot_be_learnt_from_is_said(warehouse: Warehouse, tmp_path: Path) -> None:
    with warehouse.reading() as con, pytest.raises(ModelError, match="there are no watch times"):
        read_watch_times(con)
    with pytest.raises(ModelError, match="none of 2 rows the next day is known"):
        loaded(warehouse, tmp_path, "watch_time,next_watch_time\n10,\n20,\n")
    one_day = replace(drawn(), origins=np.zeros(2400, "datetime64[D]"))
    with pytest.raises(ModelError, match="too few days"):
        watch_time_test(one_day)
