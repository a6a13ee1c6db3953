"""Generators of rows of metadata: what holds within rows, wishes, and small or poor data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from plugins.generate import metadata_gan
from plugins.generate.binned_rows import BinnedRows
from plugins.generate.metadata_gan import MetadataGan
from plugins.generate.metadata_independent import MetadataIndependent
from plugins.generate.metadata_vae import MetadataVae
from toolkit.errors import ModelError
from toolkit.learning import Training
from toolkit.materials.metadata import MetadataWishes
from toolkit.testing.made_rows import NAMES, made_rows, rows_of

if TYPE_CHECKING:
    from toolkit.generator import MetadataGenerator
    from toolkit.materials.metadata import Rows

SMALL: dict[str, tuple[type[MetadataGenerator], dict[str, Any]]] = {
    "independent": (MetadataIndependent, {}),
    "vae": (MetadataVae, {"units": 8, "latent": 2, "bins": 8, "epochs": 2}),
    "gan": (MetadataGan, {"units": 8, "latent": 4, "bins": 8, "epochs": 2}),
}
Fitted = dict[str, "MetadataGenerator"]


def fitted_on(name: str, rows: Rows) -> MetadataGenerator:
    kind, settings = SMALL[name]
    model = kind(**settings)
    model.fit(rows, rows.select(np.arange(len(rows) // 5)), Training(0))
    return model


@pytest.fixture(scope="module")
def models() -> Fitted:
    return {name: fitted_on(name, made_rows()) for name in SMALL}


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.slow
def test_constraints_hold_in_samples(models: Fitted, name: str) -> None:
    real, made = made_rows(), models[name].sample(500, MetadataWishes(), 1)
    assert len(made) == 500
    assert made.number_names == NAMES
    year, cast, ratings, mean, spread = made.numbers.T
    assert (np.isnan(mean) == (ratings == 0)).all()
    assert (np.isnan(spread) == (ratings < 2)).all()
    for column in (year, cast, ratings):
        known = column[~np.isnan(column)]
        assert (known == np.rint(known)).all()
    for column, seen in zip(made.numbers.T[:4], real.numbers.T[:4], strict=True):
        assert np.nanmin(column) >= np.nanmin(seen)
        assert np.nanmax(column) <= np.nanmax(seen)
    # the sum of ratings in half stars is a whole number
    total = 2 * mean[ratings > 0] * ratings[ratings > 0]
    np.testing.assert_allclose(total, np.rint(total), atol=1e-4)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.slow
def test_the_same_seed_makes_the_same_rows_and_another_makes_others(models: Fitted, name: str) -> None:
    first, again, other = (models[name].sample(40, MetadataWishes(), seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.numbers, again.numbers)
    np.testing.assert_array_equal(first.labels, again.labels)
    assert not np.array_equal(first.numbers, other.numbers, equal_nan=True)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.slow
def test_rows_have_the_genres_that_are_wanted(models: Fitted, name: str) -> None:
    wanted = np.array([False, False, True, False])
    made = models[name].sample(20, MetadataWishes(wanted), 0)
    assert len(made) == 20
    assert made.labels[:, 2].all()


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.slow
def test_losses_are_numbers_where_there_is_a_likelihood(models: Fitted, name: str) -> None:
    losses = models[name].losses(made_rows(50, seed=9))
    if name == "gan":
        assert losses is None
    else:
        assert losses is not None
        assert losses.shape == (50,)
        assert np.isfinite(losses).all()


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.slow
def test_without_ratings_credits_or_genres_it_works_too(name: str) -> None:
    rows = made_rows(60)
    poor = [
        rows_of(rows.numbers[:, :1], rows.labels, NAMES[:1]),
        rows_of(rows.numbers[:, :1], None, NAMES[:1]),
        rows_of(np.empty((60, 0)), rows.labels, ()),
    ]
    for some in poor:
        made = fitted_on(name, some).sample(7, MetadataWishes(), 0)
        assert made.numbers.shape == (7, some.numbers.shape[1])
        assert made.labels.shape == (7, some.labels.shape[1])


@pytest.mark.parametrize("name", SMALL)
def test_one_row_is_too_few(name: str) -> None:
    with pytest.raises(ModelError, match="too few"):
        fitted_on(name, made_rows(1))


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [4, 50, 149, 150, 151])
def test_the_rate_of_the_gan_is_halved_three_times(epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    class Learner:
        def __init__(self, *_: Any, **settings: Any) -> None:
            asked.update(settings)
            raise ModelError("asked")

    monkeypatch.setattr(metadata_gan, "AdversarialLearner", Learner)
    with pytest.raises(ModelError, match="asked"):
        MetadataGan(units=2, latent=2, bins=2, epochs=epochs).fit(made_rows(30), made_rows(5), Training(0))
    assert (epochs - 1) // asked["halve_every"] == 3


def test_the_independent_model_has_the_likelihood_of_counts() -> None:
    model = MetadataIndependent()
    model.fit(rows_of([[1.0], [1], [1], [2]], None, ("year",)), rows_of([[1.0]], None, ("year",)), Training(0))
    # 3 and 1 of 4 rows, and half a row each for 1, 2 and "not known"
    expected = -np.log(np.array([3.5, 1.5, 0.5]) / 5.5)
    np.testing.assert_allclose(model.losses(rows_of([[1.0], [2], [np.nan]], None, ("year",))), expected)


@given(st.lists(st.one_of(st.none(), st.integers(-5, 40)), min_size=2, max_size=60), st.integers(2, 12))
@hypothesis_settings(max_examples=60)
def test_every_value_comes_back_out_of_a_bin_of_values_like_it(values: list[int | None], bins: int) -> None:
    column = rows_of([[np.nan if value is None else value] for value in values], None, ("year",))
    binned = BinnedRows(BinnedRows.learn(column, bins))
    codes = binned.codes(column)
    ordered = np.argsort(np.nan_to_num(column.numbers[:, 0], nan=np.inf), kind="stable")
    assert (np.diff(codes[ordered, 0]) >= 0).all()
    hot = binned.one_hot(codes)
    made = binned.drawn(
        lambda place, so_far: np.log(hot + 1e-30),
        np.empty((len(column), 0), dtype=np.bool_),
        np.random.default_rng(0),
        1,
    )
    np.testing.assert_array_equal(binned.codes(made), codes)
    assert set(made.numbers[~np.isnan(made.numbers)]) <= set(column.numbers[~np.isnan(column.numbers)])
