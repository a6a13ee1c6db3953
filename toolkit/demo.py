"""`cinekit demo`: the whole way of the data on an invented audience, in seconds."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.analyzing import AnalyzeRequest, analyze
from toolkit.evaluating import EvaluateRequest, as_table, evaluate_recommenders
from toolkit.loading import described
from toolkit.recommended import recommended
from toolkit.recommending import RecommendRequest, recommend
from toolkit.show import note, text
from toolkit.shown_tables import for_terminal
from toolkit.simulating import simulate_into

if TYPE_CHECKING:
    import polars as pl

    from toolkit.host import Host
    from warehouse import Warehouse

    Tables = Iterator[tuple[pl.DataFrame, str]]

DEMO_FILE = "cinekit-demo.duckdb"
VIEWERS, TITLES, DAYS, SEED = 1000, 800, 180, 7
AHEAD, FORECASTERS = 28, ("seasonal-naive", "theta", "ensemble")
# Packages that the verb analyze needs; without them the demo says what to install.
ANALYZE = ("textblob", "sklearn", "networkx", "pysubs2", "py3langid")
# Packages that the verb generate needs, and a network that learns in seconds.
GENERATE = ("keras", "jax", "rapidfuzz")
TINY = {"units": 64, "epochs": 40}

QUERIES = (
    "SELECT * FROM recommendations WHERE viewer = '{viewer}' ORDER BY rank",
    "SELECT title, because, share FROM recommendation_reasons WHERE viewer = '{viewer}' ORDER BY rank, reason",
    "SELECT title, count(*) AS lists FROM recommendations GROUP BY title ORDER BY lists DESC LIMIT 10",
    "SELECT dayname(watched_at) AS day, count(*) AS watches FROM watches GROUP BY day ORDER BY watches DESC",
)
ANALYZE_QUERIES = (
    "SELECT character, words, sentiment, centrality FROM characters ORDER BY words DESC",
    "SELECT review, probability, score, model_accuracy FROM review_sentiment ORDER BY probability LIMIT 5",
)
PREDICT_QUERIES = (
    "SELECT ds, mean, low_80, high_80 FROM forecasts WHERE source = 'tickets' ORDER BY ds",
    "SELECT viewer, probability FROM probabilities WHERE task = 'churn' AND class = 'yes' ORDER BY probability DESC",
)
GENERATE_QUERIES = ("SELECT model, content, nearest, distance FROM generations WHERE makes = 'titles'",)
VIDEO_QUERIES = ("SELECT text, speaker, shot, sentiment FROM cues ORDER BY cue",)


def steps(warehouse: Warehouse, host: Host) -> Tables:
    """Simulate, load, recommend, measure, analyse, predict, generate; yields tables to show, each with its title."""
    note(f"1/11 inventing {VIEWERS} viewers and {TITLES} titles, and loading them into {warehouse.path.name}")
    for line in described(simulate_into(warehouse, VIEWERS, TITLES, DAYS, SEED)):
        note(f"    {line}")

    note("2/11 recommending to everybody with ease, and asking it why")
    done = recommend(warehouse, host, "ease", {}, RecommendRequest(signal="watches", explain=True))
    sample = recommended(warehouse, done.run, explain=True, viewers=1)
    viewer = sample["viewer"][0]
    yield sample, f"For viewer {viewer}, one of {done.viewers}"

    note("3/11 measuring it against other models, on watches that were held out")
    request = EvaluateRequest(signal="watches")
    judged = evaluate_recommenders(warehouse, host, ("popular", "content", "item-knn", "ease"), {}, request)
    yield (
        as_table(judged.metrics).select("model", "ndcg@10", "95 % interval", "recall@10", "coverage@10"),
        "Who ranks best",
    )
    queries = QUERIES + (yield from _analysed(warehouse, host)) + (yield from _predicted(warehouse, host))
    queries += yield from _generated(warehouse, host)

    note("11/11 what the warehouse holds now")
    held = warehouse.tables()
    shown = (held["rows"] > 0) & held["table"].str.starts_with("results.")
    yield held.filter(shown).drop("kind"), "What came out; 'cinekit tables' also lists what went in, and the views"

    note("Try next:")
    for query in queries:
        note(f'  cinekit --warehouse {warehouse.path.name} sql "{query.format(viewer=viewer)}"')
    note(f"  cinekit --warehouse {warehouse.path.name} recommend ease --viewer {viewer} --explain")


def _analysed(warehouse: Warehouse, host: Host) -> Generator[tuple[pl.DataFrame, str], None, tuple[str, ...]]:
    """Judge models of sentiment, take a script and a clip apart; what to ask of it is returned."""
    missing = [package for package in ANALYZE if find_spec(package) is None]
    if missing:
        note(
            f"4-6/11 left out: {', '.join(missing)} not installed; pip install 'cinekit[analyze,video]' brings the verb"
        )
        return ()
    folder = warehouse.path.with_suffix("")
    folder.mkdir(exist_ok=True)
    yield from _reviews(warehouse, host)
    yield from _script(warehouse, host, folder)
    clip = yield from _clip(warehouse, host, folder)
    return ANALYZE_QUERIES + (VIDEO_QUERIES if clip else ())


def _reviews(warehouse: Warehouse, host: Host) -> Tables:
    from toolkit.analyzing_reviews import ReviewsRequest, score_reviews
    from toolkit.evaluating_texts import EvaluateTextsRequest, evaluate_sentiment
    from toolkit.evaluating_texts import as_table as texts_as_table

    note("4/11 telling good reviews from bad ones, and measuring who is right")
    judged = evaluate_sentiment(warehouse, host, ("textblob", "nb-svm"), {}, EvaluateTextsRequest(folds=5))
    score_reviews(warehouse, host, "nb-svm", {}, ReviewsRequest())
    yield texts_as_table(judged.metrics), f"Who reads {judged.texts:,} reviews best"


def _script(warehouse: Warehouse, host: Host, folder: Path) -> Tables:
    from toolkit.simulated_script import draw_script

    script = folder / "script.fountain"
    script.write_text(draw_script(SEED), encoding="utf-8")
    note(f"5/11 taking a short script apart: {script.parent.name}/{script.name}")
    done = analyze(warehouse, host, "script", {}, AnalyzeRequest(title="Demo"), [script])
    yield from _shown(warehouse, host, "script", done.runs, most=2)


def _clip(warehouse: Warehouse, host: Host, folder: Path) -> Generator[tuple[pl.DataFrame, str], None, bool]:
    from toolkit.simulated_clip import draw_clip
    from toolkit.simulated_script import draw_subtitles

    if find_spec("av") is None:
        note("6/11 left out: av is not installed; pip install 'cinekit[video]' brings video")
        return False
    clip, subtitles = folder / "clip.mkv", folder / "clip.srt"
    truth = draw_clip(clip, SEED)
    subtitles.write_text(draw_subtitles(SEED), encoding="utf-8")
    note(f"6/11 finding the shots of a drawn clip with {len(truth.transitions) + 1}, and who speaks in which")
    request = AnalyzeRequest(title="Demo")
    analyze(warehouse, host, "subtitles", {}, request, [subtitles])
    done = analyze(warehouse, host, "video", {}, request, [clip])
    yield from _shown(warehouse, host, "video", done.runs, most=1)
    return True


def _predicted(warehouse: Warehouse, host: Host) -> Generator[tuple[pl.DataFrame, str], None, tuple[str, ...]]:
    """Forecast ticket sales, and who leaves; what to ask of it is returned."""
    from toolkit.evaluating_series import as_table as series_as_table
    from toolkit.evaluating_series import evaluate_forecasters
    from toolkit.forecasting import forecast
    from toolkit.plotting import terminal
    from toolkit.series_requests import EvaluateSeriesRequest, ForecastRequest

    note(f"7/11 forecasting the tickets of the next {AHEAD} days, and measuring that on earlier weeks, by cinema")
    done = forecast(warehouse, host, "ensemble", {}, ForecastRequest(horizon=AHEAD), ("tickets",))
    for line in terminal(warehouse, done.run):
        text(line)
    judging = EvaluateSeriesRequest(horizon=14, windows=3, by="cinema")
    judged = evaluate_forecasters(warehouse, host, FORECASTERS, {}, judging, ("tickets",))
    yield series_as_table(judged.metrics), f"Who forecasts {judged.series} cinemas best"
    if find_spec("sklearn") is None:
        note("8/11 left out: scikit-learn is not installed; pip install 'cinekit[predict]' brings the verb")
        return PREDICT_QUERIES[:1]
    yield from _churn(warehouse, host)
    return PREDICT_QUERIES


def _churn(warehouse: Warehouse, host: Host) -> Tables:
    from toolkit.predicting_viewers import likeliest_viewers, predict_viewers
    from toolkit.viewer_requests import ChurnRequest

    note("8/11 asking who of those active lately will not come back within four weeks")
    done = predict_viewers(warehouse, host, "logistic", {}, ChurnRequest())
    yield likeliest_viewers(warehouse, done.run, most=5).drop("task"), "Most likely to leave"


def _generated(warehouse: Warehouse, host: Host) -> Generator[tuple[pl.DataFrame, str], None, tuple[str, ...]]:
    """Make up titles with tiny models, and judge them; what to ask of it is returned."""
    missing = [package for package in GENERATE if find_spec(package) is None]
    if missing:
        note(f"9-10/11 left out: {', '.join(missing)} not installed; pip install 'cinekit[generate]' brings the verb")
        return ()
    from toolkit.evaluating_generators import EvaluateGeneratorsRequest, evaluate_generators
    from toolkit.evaluating_generators import as_table as generators_as_table
    from toolkit.generating import generate, generated
    from toolkit.materials import material_of

    note("9/11 teaching two small models how titles are spelt, and measuring them on titles that were held out")
    judged = evaluate_generators(
        warehouse, host, "titles", ("ngram", "gru"), {"titles-gru": TINY}, EvaluateGeneratorsRequest(samples=200)
    )
    yield generators_as_table(judged.metrics, "titles"), f"Who spells {judged.held_out} unseen titles best"
    note("10/11 making up titles, none of which was there before")
    done = generate(warehouse, host, "titles", "ngram", {}, material_of("titles").request(count=5))
    yield for_terminal(generated(warehouse, "titles", done.run), material_of("titles").shows[0]), "Made up"
    return GENERATE_QUERIES


def _shown(warehouse: Warehouse, host: Host, name: str, runs: Sequence[str], most: int) -> Tables:
    for shown in host.model("analyze", name).shows[:most]:  # type: ignore[attr-defined]
        yield for_terminal(warehouse.query(shown.sql, {"runs": list(runs)}), shown), shown.title
