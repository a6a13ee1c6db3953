"""Shot boundaries against PySceneDetect: composed cuts, dissolves and fades, in the same run.

Clips are composed out of those in shared/data/video, at seeds that no threshold was tuned on. A cut is found where a
change is reported at most 2 frames from it, a dissolve or fade where one is reported inside it, or at most 2 frames
from it; each report counts once, and whatever else is reported is wrong. All are compared by time, since PySceneDetect
numbers frames by it. All detectors have their defaults, and each speed is that of the whole work, decoding included.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shot_clips as clips
from measure import Measured, Report, Row, alternate, machine, now, phase, serve, since
from shot_clips import Change, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

F1_BAR, DISSOLVE_BAR, PEER_BAR, MEMORY_BAR = 0.92, 0.75, 1.0, 512.0
WITHIN = 2  # frames
BATCH = 64  # frames that are given to our detector together
OURS, CONTENT, ADAPTIVE = "cinekit", "content", "adaptive + threshold"
DETECTORS = (OURS, CONTENT, ADAPTIVE)
BACKENDS = ("opencv", "pyav")
SEEDS = (101, 102, 103, 104, 105, 106)


@dataclass
class Score:
    """How well changes were found; scores add up.

    Attributes:
        reported: how many changes were reported.
        hits: how many of the true ones were found, by kind.
        true: how many there are, by kind.
    """

    reported: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    true: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Score) -> Score:
        return Score(self.reported + other.reported, self.hits + other.hits, self.true + other.true)

    @property
    def precision(self) -> float:
        """Share of what was reported that is true."""
        return self.hits.total() / max(1, self.reported)

    @property
    def recall(self) -> float:
        """Share of what is true that was found."""
        return self.hits.total() / max(1, self.true.total())

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.hits.total() / max(1, self.reported + self.true.total())

    def recall_of(self, kind: str) -> float:
        """Share of what is true of a kind that was found."""
        return self.hits[kind] / max(1, self.true[kind])

    def __str__(self) -> str:
        kinds = ", ".join(f"{kind}s {self.recall_of(kind):.3f}" for kind in clips.SHARES)
        return f"F1 {self.f1:.3f}, precision {self.precision:.3f}, recall {self.recall:.3f} ({kinds})"


def score_of(true: Sequence[Change], seconds: Sequence[float], times: NDArray[np.float64]) -> Score:
    """Match what was reported with what is true: each change with the report nearest to its middle that is left.

    Args:
        true: the changes, in order.
        seconds: when the reported ones are.
        times: (n,) seconds of the frames.
    """
    edges = (times[1:] + times[:-1]) / 2
    left = np.searchsorted(edges, seconds).tolist()
    score = Score(len(left))
    for change in true:
        score.true[change.kind] += 1
        near = [frame for frame in left if change.first - WITHIN <= frame <= change.last + WITHIN]
        if near:
            score.hits[change.kind] += 1
            left.remove(min(near, key=lambda frame: abs(2 * frame - change.first - change.last)))
    return score


def decode(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: decode the clips that all is composed of."""
    with phase("decode"):
        clips.decode(Path(arguments["folder"]))
    return {}


def compose(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: compose one clip."""
    with phase("compose"):
        clips.compose(Plan(**arguments["plan"]), Path(arguments["folder"]))
    return {}


def ours(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: our detector over one clip; imports told apart."""
    with phase("imports"):
        import av  # noqa: F401

        from plugins.analyze.frames import open_video
        from plugins.analyze.shot_boundaries import BoundaryFinder
    times: list[float] = []
    batch: list[NDArray[np.uint8]] = []
    found = []
    began = now()
    finder = BoundaryFinder()
    for frame in open_video(Path(arguments["file"])).frames:
        times.append(frame.time)
        batch.append(frame.small)
        if len(batch) == BATCH:
            found += finder.add(np.stack(batch))
            batch = []
    if batch:
        found += finder.add(np.stack(batch))
    found += finder.finish()
    since(began, "detect")
    return {"seconds": [times[one.frame] for one in found], "frames": len(times)}


def theirs(arguments: dict[str, Any]) -> dict[str, Any]:
    """Task: detectors of PySceneDetect over one clip, with their defaults; imports told apart."""
    with phase("imports"):
        from scenedetect import AdaptiveDetector, ContentDetector, SceneManager, ThresholdDetector, open_video
    kinds = {CONTENT: [ContentDetector], ADAPTIVE: [AdaptiveDetector, ThresholdDetector]}
    began = now()
    video = open_video(arguments["file"], backend=arguments["backend"])
    manager = SceneManager()
    for kind in kinds[arguments["detector"]]:
        manager.add_detector(kind())
    frames = manager.detect_scenes(video)
    scenes = manager.get_scene_list()
    since(began, "detect")
    return {"seconds": [first.seconds for first, _ in scenes[1:]], "frames": frames}


def plans_of(seeds: Sequence[int]) -> list[Plan]:
    """Plain compositions; of the last two seeds, one that is spoilt and one of variable rate."""
    *plain, spoilt, uneven = seeds
    return [
        *(Plan(f"plain {seed}", seed) for seed in plain),
        Plan(f"flashes, flicker, noise {spoilt}", spoilt, flashes=20, flicker=0.02, noise=4),
        Plan(f"variable rate, flashes {uneven}", uneven, flashes=10, uneven=True),
    ]


def prepare(plans: Sequence[Plan], folder: Path) -> None:
    """Compose what is not there yet."""
    missing = [plan for plan in plans if not (folder / f"{plan.name}.json").exists()]
    runs: dict[str, tuple[str, dict[str, Any]]] = {}
    if missing and not all((folder / f"{name}.npy").exists() for name in clips.STRETCHES):
        runs["decode"] = ("decode", {"folder": str(folder)})
    runs |= {plan.name: ("compose", {"plan": vars(plan), "folder": str(folder)}) for plan in missing}
    if runs:
        alternate(__file__, runs)


def run_of(detector: str, plan: Plan, folder: Path, backend: str = BACKENDS[0]) -> tuple[str, dict[str, Any]]:
    """The task that runs a detector over a composition."""
    file = {"file": str(folder / f"{plan.name}.mkv")}
    return ("ours", file) if detector == OURS else ("theirs", {**file, "detector": detector, "backend": backend})


def accuracy(report: Report, plans: Sequence[Plan], folder: Path) -> None:
    """Sections 1 and 2: what is found in each composition, and in all plain ones together."""
    runs = {f"{plan.name}: {detector}": (plan, detector) for plan in plans for detector in DETECTORS}
    measured = alternate(__file__, {name: run_of(detector, plan, folder) for name, (plan, detector) in runs.items()})
    scores = {
        (plan.name, detector): score_of(
            clips.truth_of(plan.name, folder)[0],
            measured[name].found["seconds"],
            clips.truth_of(plan.name, folder)[1],
        )
        for name, (plan, detector) in runs.items()
    }
    rows = [
        Row(name, held=scores[plan.name, detector].f1, unit="F1", note=str(scores[plan.name, detector]))
        for name, (plan, detector) in runs.items()
    ]
    report.section("1. Each composition: F1", rows)
    plain = {
        detector: sum((scores[plan.name, detector] for plan in plans if plan.name.startswith("plain")), Score())
        for detector in DETECTORS
    }
    everything = {
        detector: sum((scores[plan.name, detector] for plan in plans), Score()) for detector in DETECTORS
    }  # fmt: skip
    report.section("2. Plain compositions together, and all", [*_held(plain), *_pooled(everything)])


def _held(plain: dict[str, Score]) -> list[Row]:
    """The bars; as the largest value is held to them, each is how many times as much is asked as there is."""
    mine = plain[OURS]
    rows = [Row(f"plain: {name}", held=score.f1, unit="F1", note=str(score)) for name, score in plain.items()]
    asked = [("F1", f"at least {F1_BAR}", F1_BAR / max(mine.f1, 1e-9))]
    asked += [("F1", name, plain[name].f1 / max(mine.f1, 1e-9)) for name in (CONTENT, ADAPTIVE)]
    asked += [("recall of dissolves", f"at least {DISSOLVE_BAR}", DISSOLVE_BAR / max(mine.recall_of("dissolve"), 1e-9))]
    return [*rows, *(Row(f"{OURS}: {what}", against=other, held=held, bar=PEER_BAR) for what, other, held in asked)]


def _pooled(everything: dict[str, Score]) -> list[Row]:
    return [Row(f"all: {name}", held=score.f1, unit="F1", note=str(score)) for name, score in everything.items()]


def speed(report: Report, plan: Plan, folder: Path, repeat: int) -> None:
    """Section 3: frames a CPU second, decoding included; theirs by the faster of their two backends."""
    runs = {OURS: run_of(OURS, plan, folder)}
    for detector in (CONTENT, ADAPTIVE):
        runs |= {f"{detector}, {backend}": run_of(detector, plan, folder, backend) for backend in BACKENDS}
    measured = alternate(__file__, runs, repeat)
    rows = []
    for name, done in measured.items():
        rows.append(Row(name, done.phases["detect"], done.peak_mb, f"{_per_second(done):,.0f} frames a CPU second"))
    rows[0].held, rows[0].bar, rows[0].unit = rows[0].peak_mb, MEMORY_BAR, "MB"
    for detector in (CONTENT, ADAPTIVE):
        names = [f"{detector}, {backend}" for backend in BACKENDS]
        fastest = max(names, key=lambda name: _per_second(measured[name]))
        ratio = _per_second(measured[fastest]) / _per_second(measured[OURS])
        rows.append(Row("frames a CPU second: theirs / ours", against=fastest, held=ratio, bar=PEER_BAR))
    report.section(f"3. Speed on {plan.name}, {measured[OURS].found['frames']:,} frames", rows)


def _per_second(done: Measured) -> float:
    return float(done.found["frames"] / done.phases["detect"].cpu)


def main() -> int:
    """Compose, detect, score, print, and say by the exit code whether the bars hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="three or more; the last two are spoilt")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each for the speed, whose median counts")
    parser.add_argument("--keep", type=Path, help="folder to keep the composed clips in, instead of a temporary one")
    parser.add_argument("--json", type=Path, help="write everything to this file")
    options = parser.parse_args()
    if len(options.seeds) < 3:
        parser.error("--seeds needs three or more: plain ones, then one that is spoilt, then one of variable rate")
    if not clips.CLIPS.is_dir():
        parser.error(f"there is no {clips.CLIPS}; the clips that all is composed of lie there")
    if find_spec("scenedetect") is None:
        parser.error("PySceneDetect is not installed: pip install -e '.[benchmark]'")
    report = Report("shot boundaries", machine(["cinekit", "scenedetect-headless", "av", "numpy"]))
    report.about["seeds"] = list(options.seeds)
    plans = plans_of(options.seeds)
    with tempfile.TemporaryDirectory(prefix="cinekit-benchmark-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        prepare(plans, folder)
        accuracy(report, plans, folder)
        speed(report, plans[0], folder, options.repeat)
    return report.finish(options.json)


if __name__ == "__main__":
    serve({"decode": decode, "compose": compose, "ours": ours, "theirs": theirs})
    raise SystemExit(main())
