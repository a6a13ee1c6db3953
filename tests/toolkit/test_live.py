"""A recommender kept open: the answers of a run, for anybody with a history."""

from __future__ import annotations

import io
import json
import math
import threading
from typing import Any

import pytest

from toolkit import live as live_module
from toolkit.errors import ModelError, UnknownNameError, UsageError
from toolkit.host import Host
from toolkit.live import LiveRecommender, Watched
from toolkit.live_lines import LONGEST, answered
from toolkit.recommending import RecommendRequest, recommend
from toolkit.rerankers import calibrated
from warehouse import Warehouse
from warehouse.forgetting import forget

NAMES = ["Alien", "Aliens", "The Matrix", "Heat", "Casino", "Goodfellas", "Amélie", "Notting Hill", "Unseen"]
LIKED = [(1, 2, 3), (1, 2), (2, 3, 4), (1, 3), (4, 5, 6), (4, 5), (5, 6, 1), (4, 6), (7, 8), (7, 8, 5), (7, 8), (8, 2)]


@pytest.fixture
def rated(warehouse: Warehouse) -> Warehouse:
    with warehouse.writing() as con:
        con.executemany(
            "INSERT INTO raw.titles (title_key, title_id, name, year) VALUES (?, ?, ?, ?)",
            [(key, f"t{key}", name, 1990 + key) for key, name in enumerate(NAMES, 1)],
        )
        con.execute("INSERT INTO raw.viewers (viewer_key, viewer_id) SELECT i, 'v' || i FROM range(12) t(i)")
        con.executemany(
            "INSERT INTO raw.ratings (viewer_key, title_key, rating) VALUES (?, ?, 5)",
            [(viewer, title) for viewer, liked in enumerate(LIKED) for title in liked],
        )
        con.execute("INSERT INTO raw.genres (title_key, genre) VALUES (4, 'Crime'), (5, 'Crime'), (6, 'Crime')")
    return warehouse


def by_run(warehouse: Warehouse, model: str, request: RecommendRequest) -> list[tuple[Any, ...]]:
    """What a run recommends."""
    done = recommend(warehouse, Host(), model, {}, request)
    sql = (
        "SELECT title_id, name, year, rank, score FROM results.recommendations JOIN raw.titles USING (title_key) "
        "WHERE run = $run ORDER BY rank"
    )
    return warehouse.query(sql, {"run": done.run}).rows()


@pytest.mark.parametrize(
    "asked", [{}, {"top": 2}, {"genre": ("crime",)}, {"not_": ("Casino",)}, {"rerank": "mmr", "top": 3}]
)
@pytest.mark.parametrize("model", ["ease", "item-knn", "popular"])
def test_it_answers_as_a_run_does(rated: Warehouse, model: str, asked: dict[str, Any]) -> None:
    live = LiveRecommender.open(rated, model, request=RecommendRequest(**asked))
    found = live.for_history(["Heat (1994)", "id:t1"])
    assert found
    assert [each[:5] for each in found] == by_run(rated, model, RecommendRequest(like=("Heat", "Alien"), **asked))


def test_what_a_reranker_makes_of_the_data_is_made_once(rated: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    genres = calibrated.genre_shares
    monkeypatch.setattr(calibrated, "genre_shares", lambda *given: made.append(1) or genres(*given))
    live = LiveRecommender.open(rated, "ease", request=RecommendRequest(rerank="calibrated"))
    assert live.for_history(["Heat"]) == live.for_history(["Heat"]) != live.for_history(["Alien"])
    assert len(made) == 1


def test_without_what_a_reranker_needs_it_is_not_opened(rated: Warehouse) -> None:
    with rated.writing() as con:
        con.execute("DELETE FROM raw.genres")
    with pytest.raises(ModelError, match="'calibrated' needs genres"):
        LiveRecommender.open(rated, "ease", request=RecommendRequest(rerank="calibrated"))
    assert rated.query("FROM meta.runs").is_empty()


def test_reasons_are_those_of_a_run(rated: Warehouse) -> None:
    found = LiveRecommender.open(rated, "ease").for_history(["Heat", "Alien", "Aliens"], top=3, explain=True)
    by_run(rated, "ease", RecommendRequest(like=("Heat", "Alien", "Aliens"), top=3, explain=True))
    kept = rated.query(
        "SELECT t.title_id, b.title_id, b.name, share FROM results.recommendation_reasons r "
        "JOIN raw.titles t USING (title_key) JOIN raw.titles b ON b.title_key = because_title_key "
        "JOIN results.recommendations USING (run, title_key) ORDER BY rank, reason"
    )
    assert [(each.title_id, *reason) for each in found for reason in each.because] == kept.rows()
    assert all(each.because for each in found)


def test_a_fit_is_a_run_and_an_answer_is_none(rated: Warehouse) -> None:
    for name in (rated, rated.path):
        LiveRecommender.open(name, "ease").for_history(["Heat"])
    assert rated.query("SELECT verb, model, status FROM runs").rows() == [("recommend", "ease", "done")]
    assert rated.query("SELECT count(*) FROM results.recommendations").item() == 0
    assert set(rated.query("SELECT table_name FROM meta.run_reads")["table_name"]) == {"raw.ratings"}
    assert LiveRecommender.open(rated, "ease", {"regularisation": 5.0}).ready.reused is False
    assert LiveRecommender.open(rated, "ease").ready.reused is True
    assert LiveRecommender.open(rated, "ease", request=RecommendRequest(refit=True)).ready.reused is False


def test_no_fit_is_saved_of_a_viewer_who_was_forgotten_meanwhile(
    rated: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = live_module.run_of

    def forgetting(*given: Any) -> Any:
        forget(rated, ["v0"])
        return opened(*given)

    monkeypatch.setattr(live_module, "run_of", forgetting)
    live = LiveRecommender.open(rated, "ease")
    assert live.ready.basis.data.viewers.tolist() == list(range(1, 12))
    assert rated.query("SELECT viewers FROM models.fitted").rows() == [(11,)]
    assert rated.query("SELECT row_count FROM meta.run_reads WHERE table_name = 'raw.ratings'").rows() == [(26,)]


def test_it_answers_without_the_warehouse(rated: Warehouse) -> None:
    live = LiveRecommender.open(rated, "item-knn")
    before = live.for_history(["alien", "Matrix, The"])
    with rated.writing() as con:
        con.execute("DELETE FROM raw.titles")
    rated.path.unlink()
    assert live.for_history(["alien", "Matrix, The"]) == before
    assert live.for_history(["ALIEN", "matrix"]) == before


def test_what_was_seen_but_not_liked_is_left_out_and_says_nothing(rated: Warehouse) -> None:
    live = LiveRecommender.open(rated, "ease")
    plain = live.for_history(["Heat"])
    bad = live.for_history(["Heat", Watched(title="Casino", value=1.0)])
    assert "Casino" in {each.title for each in plain}
    assert bad == [each._replace(rank=rank) for rank, each in enumerate((e for e in plain if e.title != "Casino"), 1)]
    assert live.for_history([Watched(title="Heat", value=1.0), "Heat"]) == plain
    assert live.for_history(["Heat", Watched(title="Heat", value=1.0)]) == []


def test_times_say_in_which_order_titles_were_watched(rated: Warehouse) -> None:
    with rated.writing() as con:
        con.execute("UPDATE raw.ratings SET rated_at = TIMESTAMP '2020-01-01' + INTERVAL 1 DAY * title_key")
    live = LiveRecommender.open(rated, "slist", {"memory": 1.0})

    def scores(*history: Any) -> dict[str, float]:
        return {each.title: each.score for each in live.for_history(history)}

    alien, heat = scores("Alien"), scores("Heat")
    later = Watched(title="Heat", time="2020-01-01T02:00:00+01:00")  # at one o'clock, UTC
    for first, weight in (("2020-01-01", 1 / math.e), ("2020-01-01T01:00:00Z", 1), ("1960-01-01", 1 / math.e)):
        found = scores(later, Watched(title="Alien", time=first))
        # What was watched one step before the last weighs 1/e.
        assert found == {
            title: pytest.approx(weight * alien.get(title, 0) + heat.get(title, 0), rel=1e-4)
            for title in {*alien, *heat} - {"Alien", "Heat"}
        }
    assert scores("Alien", "Heat") == scores(later, Watched(title="Alien", time="2020-01-01T01:00:00"))


def test_titles_that_the_model_never_saw_are_named(rated: Warehouse) -> None:
    live = LiveRecommender.open(rated, "ease")
    found = live.answer(["Unseen", "Heat"])
    assert (found.unknown, found.recommendations) == (("Unseen",), live.for_history(["Heat"]))
    with pytest.raises(ModelError, match="nobody has watched Unseen"):
        live.for_history(["Unseen"])


def test_wrong_questions_are_refused(rated: Warehouse) -> None:
    live = LiveRecommender.open(rated, "popular")
    with pytest.raises(UsageError, match="history is empty"):
        live.for_history([])
    with pytest.raises(UnknownNameError, match="'Heaat'; the nearest are 'Heat"):
        live.for_history(["Heaat"])
    with pytest.raises(UsageError, match="at least 1"):
        live.for_history(["Heat"], top=0)
    with pytest.raises(ModelError, match="cannot say which watched titles"):
        live.for_history(["Heat"], explain=True)
    for wish in ({"viewer": ("v1",)}, {"like": ("Heat",)}, {"unseen": True}, {"title_neighbours": 3}):
        with pytest.raises(UsageError, match="does not go with live answers"):
            LiveRecommender.open(rated, "popular", request=RecommendRequest(**wish))


def test_weights_have_to_be_above_zero(rated: Warehouse) -> None:
    with rated.writing() as con:
        con.execute("INSERT INTO raw.watches (viewer_key, title_key) SELECT viewer_key, title_key FROM raw.ratings")
    live = LiveRecommender.open(rated, "ease", request=RecommendRequest(signal="watches"))
    assert live.for_history([Watched(title="Heat", value=0.5)])
    with pytest.raises(UsageError, match="0 is no weight of watches"):
        live.for_history([Watched(title="Heat", value=0)])


def test_threads_get_their_own_answers(rated: Warehouse) -> None:
    live = LiveRecommender.open(rated, "ease")
    alone = {name: live.for_history([name], explain=True) for name in NAMES[:8]}
    found: dict[str, list[Any]] = {name: [] for name in alone}

    def ask(name: str) -> None:
        for _ in range(20):
            found[name].append(live.for_history([name], explain=True))

    threads = [threading.Thread(target=ask, args=(name,)) for name in alone]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {name: [answer] * 20 for name, answer in alone.items()}


def test_each_line_is_answered_in_order(rated: Warehouse) -> None:
    live = LiveRecommender.open(rated, "ease")
    asked: list[Any] = [
        {"history": ["Heat"], "id": 1, "top": 2},
        {"history": [{"title": "id:t4", "value": 5, "time": "2020-01-01"}], "id": {"any": ["thing"]}, "explain": True},
        {"history": ["Unseen", "Heat"]},
    ]
    one, two, three = answered(live, io.BytesIO("\n".join(map(json.dumps, asked)).encode()))
    best = live.for_history(["Heat"], explain=True)
    plain = [{k: v for k, v in each._asdict().items() if k != "because"} for each in best]
    assert one == {"id": 1, "recommendations": plain[:2]}
    assert list(one["recommendations"][0]) == ["title_id", "title", "year", "rank", "score"]
    assert two["id"] == {"any": ["thing"]}
    assert two["recommendations"][0]["because"] == [{"title_id": "t4", "title": "Heat", "share": 1.0}]
    assert three == {"id": None, "recommendations": plain, "unknown": ["Unseen"]}


def test_an_answer_without_a_title_says_why(rated: Warehouse) -> None:
    live = LiveRecommender.open(rated, "ease")
    disliked = [{"title": "Heat", "value": 1}]
    every = [name for name in live.titles.names if name != "Unseen"]
    lines = [{"history": disliked}, {"history": every}, {"history": ["Heat"]}]
    low, full, liked = answered(live, io.BytesIO("\n".join(map(json.dumps, lines)).encode()))
    threshold = live.ready.basis.data.threshold
    assert low == {
        "id": None, "recommendations": [], "reason": f"nothing in the history is liked, rated {threshold:g} or more"
    }  # fmt: skip
    assert full["recommendations"] == []
    assert full["reason"].startswith("ease knows nothing of what goes with this history, or all that it knows is seen")
    assert "reason" not in liked


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"x", "no JSON: Expecting value"),
        (b"", "no JSON: Expecting value"),
        (b"\xff", "no JSON: 'utf-8' codec"),
        (b"[" * 100_000, "no JSON: maximum recursion depth"),
        (b'{"history": ["Heat"], "id": NaN}', "NaN is no finite number"),
        (b'{"history": ["Heat"], "id": 1e999}', "1e999 is no finite number"),
        (b"[1]", "no JSON object"),
        (b"{}", "history is missing; a question is such as"),
        (b'{"id": 2}', "history is missing; a question is such as"),
        (b'{"history": []}', "the history is empty"),
        (b'{"history": "Heat"}', 'history is no list; give one such as ["Heat (1995)"]'),
        (b'{"history": [6]}', "history[0] is neither the name of a title nor an object"),
        (b'{"history": ["Alien", {"value": 3}]}', "history[1].title is missing"),
        (b'{"history": [{"title": "Heat", "value": "high"}]}', "history[0].value is no number"),
        (b'{"history": [{"title": "Heat", "value": -3}]}', "the value -3 is no rating, as it is below 0"),
        (b'{"history": ["Heat"], "explain": "maybe"}', "explain is neither true nor false"),
        (b'{"history": [" "]}', "title is empty"),
        (b'{"history": [{"title": "Heat", "rating": 5}]}', "history[0].rating is not known"),
        (b'{"history": [{"title": "Heat", "time": "soon"}]}', "history[0].time: "),
        (b'{"history": ["Heat"], "top": 0}', "top: "),
        (b'{"history": ["Heat"], "viewer": 1}', "viewer is not known; leave it out"),
        (b'{"history": ["Heaat"]}', "no title 'Heaat'; the nearest are 'Heat (1994)'"),
        (b'{"history": ["\\ud800"]}', "no title '?'"),
        (b'{"history": ["id:x\\u0000"]}', "no title of id"),
        (b'"' + b"a" * LONGEST, "longer than 1,048,576 bytes"),
        (b'"' + b"a" * 3 * LONGEST, "longer than 1,048,576 bytes"),
    ],
)
def test_a_bad_line_is_answered_by_one_line_and_the_next_is_read(rated: Warehouse, line: bytes, said: str) -> None:
    live = LiveRecommender.open(rated, "popular")
    bad, good = answered(live, io.BytesIO(line + b'\n{"history": ["Heat"], "id": 2, "top": 1}\n'))
    assert said in bad["error"]
    assert "\n" not in bad["error"]
    assert len(bad["error"]) < 300
    assert (good["id"], len(good["recommendations"])) == (2, 1)


def test_an_error_has_the_id_of_its_line(rated: Warehouse) -> None:
    (found,) = answered(LiveRecommender.open(rated, "popular"), io.BytesIO(b'{"id": "a", "history": ["zzz"]}'))
    assert found["id"] == "a"
    assert found["error"].startswith("no title 'zzz'")
