"""On an invented audience the true tastes are known, so that one can ask whether a model finds them."""

from __future__ import annotations

import pytest

from toolkit.host import Host
from toolkit.recommending import RecommendRequest, recommend
from toolkit.simulating import simulate_into
from warehouse import Warehouse

# Mean true affinity of what a run recommends to a viewer, against that of all titles to the same viewer.
AFFINITY = """
    WITH truth AS (
        SELECT v.viewer_key, t.title_key, list_dot_product(v.taste, t.factors) AS affinity
        FROM raw.simulated_viewers v CROSS JOIN raw.simulated_titles t
    )
    SELECT (SELECT avg(affinity) FROM truth JOIN results.recommendations r USING (viewer_key, title_key)
            WHERE r.run = $run) / (SELECT avg(affinity) FROM truth)
"""


@pytest.fixture(scope="module")
def audience(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    warehouse = Warehouse.open(tmp_path_factory.mktemp("truth") / "truth.duckdb")
    simulate_into(warehouse, viewers=400, titles=400, days=120, seed=5)
    return warehouse


def lift(warehouse: Warehouse, model: str) -> float:
    done = recommend(warehouse, Host(), model, {}, RecommendRequest(signal="watches"))
    return float(warehouse.query(AFFINITY, {"run": done.run}).item())


def test_personal_models_recommend_what_viewers_truly_like(audience: Warehouse) -> None:
    # A watch comes of taste and of a title's appeal: who ranks by counts alone finds appeal, and no taste in it.
    popular = lift(audience, "popular")
    for model in ("ease", "item-knn", "user-knn", "content"):
        assert lift(audience, model) > 1.2 * popular, model
    # content knows nothing of appeal, and so has to go by taste alone.
    assert lift(audience, "content") > 1.5
