"""Published accuracies of recommenders, come by anew on a folder of MovieLens that you have.

ML-20M (ratings.csv) is for EASE and Mult-VAE, ML-1M (ratings.dat) for SASRec; each by its own protocol and with the
settings of its paper. A row holds where ours is no more than the tolerance below what was published.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import published_protocols as protocols
from measure import Report, Row, alternate, machine, phase, serve
from recommend_tasks import SEED, built_in

from toolkit.metrics import capped_recall, judge, ndcg
from toolkit.topn import rank_all

METRICS = {"ndcg": ndcg, "recall": capped_recall}


@dataclass(frozen=True)
class Claim:
    """What a paper says a model reaches, and how far below that ours may be.

    Attributes:
        published: by metric and k.
        tolerance: the paper's own standard error twice for what is solved in closed form; for what is trained, what
            seeds and validation viewers differ by as well.
        about: shown beside it.
    """

    data: str
    model: str
    settings: dict[str, Any]
    published: dict[tuple[str, int], float]
    tolerance: float
    about: str = field(default="")


CLAIMS = {
    # Steck, WWW 2019, table 1, with the λ that it names for ML-20M; standard errors are .002.
    "EASE": Claim(
        "ml-20m",
        "ease",
        {"regularisation": 500.0, "activity": 0.0, "diagonal_share": 0.0},
        {("ndcg", 100): 0.420, ("recall", 20): 0.391, ("recall", 50): 0.521},
        0.004,
    ),
    # Liang et al., WWW 2018: 600 and 200 units, β of .2 at the most, batches of 500. RecVAE is told beside it.
    "Mult-VAE": Claim(
        "ml-20m",
        "multvae",
        {
            "hidden": 600, "latent": 200, "beta": 0.2, "dropout": 0.5, "activity": 0.0, "epochs": 200, "batch": 500,
            "learning_rate": 1e-3,
        },
        {("ndcg", 100): 0.426},
        0.006,
        "RecVAE (Shenbin et al., WSDM 2020): 0.442",
    ),
    # Klenitskiy & Vasilev, RecSys 2023, SASRec with 3,000 negatives, and the configuration published with it.
    "SASRec": Claim(
        "ml-1m",
        "sasrec",
        {
            "length": 200, "units": 64, "heads": 1, "blocks": 2, "negatives": 3000, "activity": 0.0, "dropout": 0.1,
            "epochs": 100, "batch": 128, "learning_rate": 1e-3,
        },
        {("ndcg", 10): 0.186},
        0.008,
        "ours adds ln(n_i / n̄), which the paper has not",
    ),
}  # fmt: skip


def reproduce(arguments: dict[str, Any]) -> dict[str, Any]:
    """Fit the model of a claim by its protocol, and judge it; means by metric, such as ndcg@100."""
    claim = CLAIMS[arguments["claim"]]
    ratings = protocols.read_ratings(Path(arguments["folder"]), claim.data)
    if claim.data == "ml-20m":
        parts = protocols.liang(ratings, held_out=arguments.get("held_out", 10_000))
    else:
        parts = protocols.leave_one_out(ratings)
    model = built_in(claim.model, claim.settings | arguments.get("settings", {}))
    longest = max(k for _, k in claim.published)
    with phase("fit"):
        model.fit(parts.train, {}, SEED)
    with phase("rank"):
        columns = rank_all(model, parts.history, longest).columns(parts.history.shape[0], longest)
    judgement = judge(columns, parts.test)
    means = {f"{name}@{k}": float(METRICS[name](judgement, k).mean()) for name, k in claim.published}
    return {"means": means, "viewers": columns.shape[0], "titles": parts.train.shape[1]}


def found_data(folder: Path) -> str:
    """Which data a folder holds. Raises SystemExit with 2, after a line that says what is missing."""
    missing = []
    for data, (name, _, _) in protocols.LAYOUTS.items():
        if not (folder / name).is_file():
            missing.append(f"no {name} of {data}")
            continue
        found, published = protocols.count_ratings(folder, data), protocols.SIZES[data]
        if found == published:
            return data
        missing.append(f"a {name} of {found:,} ratings, where {data} has {published:,}")
    what = " and ".join(missing)
    print(f"{folder} holds {what}; unpack one of them from grouplens.org/datasets/movielens", file=sys.stderr)
    raise SystemExit(2)


def claim_rows(name: str, found: dict[str, Any], **spent: Any) -> list[Row]:
    """What was found of a claim beside what was published; the value held is what ours is below it."""
    claim = CLAIMS[name]
    rows = []
    for (metric, k), published in claim.published.items():
        mean = found["means"][f"{metric}@{k}"]
        note = "; ".join(part for part in (f"found {mean:.4f}, published {published:.3f}", claim.about) if part)
        lost, allowed = 100 * (published - mean), 100 * claim.tolerance
        rows.append(Row(f"{name}: {metric}@{k}", note=note, held=lost, bar=allowed, unit="points", **spent))
    return rows


def main() -> int:
    """Reproduce what the folder has the data for; the exit code says whether all is within the tolerance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="of ml-20m or ml-1m, unpacked")
    parser.add_argument("--only", choices=CLAIMS, help="one of them")
    parser.add_argument("--threads", type=int, help="of BLAS, OpenMP and Polars; all cores unless given")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    options = parser.parse_args()
    data = found_data(options.folder)
    names = [name for name, claim in CLAIMS.items() if claim.data == data and options.only in (None, name)]
    if not names:
        print(f"{options.only} is of {CLAIMS[options.only].data}, and {options.folder} holds {data}", file=sys.stderr)
        return 2
    report = Report(f"published accuracies, {data}", machine(["cinekit", "numpy", "scipy", "keras", "jax"]))
    for name in names:
        arguments = {"claim": name, "folder": str(options.folder)}
        done = alternate(__file__, {name: ("reproduce", arguments)}, threads=options.threads)[name]
        about = f"{done.found['viewers']:,} viewers held out, {done.found['titles']:,} titles"
        rows = claim_rows(name, done.found, spent=done.total("fit", "rank"), peak_mb=done.peak_mb)
        report.section(f"{name}, {data}: {about}", rows)
    return report.finish(options.json)


if __name__ == "__main__":
    serve({"reproduce": reproduce})
    raise SystemExit(main())
