"""What is left when a process is killed, interrupted, or out of disk: everything earlier, nothing half-written."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from toolkit.simulated_clip import draw_clip
from toolkit.simulated_script import draw_script
from warehouse import Warehouse

CINEKIT = [sys.executable, "-c", "import cli; cli.main()"]


def write_ratings(path: Path, viewers: int, seed: int) -> Path:
    generator = random.Random(seed)
    rows = [f"{v},{t},{generator.randint(1, 5)}" for v in range(viewers) for t in generator.sample(range(120), 40)]
    path.write_text("viewer,title,rating\n" + "\n".join(rows) + "\n")
    return path


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a warehouse that holds two loads and one finished run, and a second file to load."""
    folder = tmp_path_factory.mktemp("before")
    first = write_ratings(folder / "first.csv", 300, 1)
    write_ratings(folder / "second.csv", 3000, 2)
    subprocess.run([*CINEKIT, "load", "ratings", str(first)], cwd=folder, check=True, capture_output=True)
    sales = [
        f"{c},{2000 + d // 336}-{d // 28 % 12 + 1:02}-{d % 28 + 1:02},{d % 7 + c}"
        for c in range(60)
        for d in range(600)
    ]
    (folder / "sales.csv").write_text("series,date,value\n" + "\n".join(sales) + "\n")
    subprocess.run([*CINEKIT, "load", "series", "sales.csv"], cwd=folder, check=True, capture_output=True)
    subprocess.run([*CINEKIT, "recommend", "popular"], cwd=folder, check=True, capture_output=True)
    return folder


def rows_of(warehouse: Warehouse) -> tuple[int, ...]:
    tables = (
        "raw.ratings", "raw.titles", "raw.documents", "results.recommendations", "results.analyses", "results.scenes",
        "results.sentiment", "results.shots", "results.forecasts", "models.fitted", "raw.images",
    )  # fmt: skip
    return warehouse.query("SELECT " + ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)).row(0)


def check_sound(folder: Path, earlier: tuple[int, ...]) -> str:
    """The earlier rows are there, the cut-off run left none, and is shown as failed unless it had ended before."""
    warehouse = Warehouse.open(folder / "cinekit.duckdb")
    assert warehouse.repeated_keys() == []
    runs = warehouse.query("SELECT run, status FROM runs ORDER BY run").rows()
    assert [status for _, status in runs[:3]] == ["done", "done", "done"]
    assert {status for _, status in runs} <= {"done", "failed"}
    last = runs[3][1] if len(runs) > 3 else "never began"
    if last == "done":
        assert rows_of(warehouse) != earlier
    else:
        assert rows_of(warehouse) == earlier
    failed = {run for run, status in runs if status == "failed"}
    orphans = warehouse.query(
        "SELECT run FROM meta.run_writes UNION ALL SELECT run FROM results.recommendations "
        "UNION ALL SELECT run FROM results.analyses UNION ALL SELECT run FROM results.forecasts "
        "UNION ALL SELECT run FROM raw.documents"
    )
    assert failed.isdisjoint(orphans["run"])
    if warehouse.artifacts.folder.exists():
        assert failed.isdisjoint(f.name for f in warehouse.artifacts.folder.iterdir())
    return last


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["load", "ratings", "second.csv"],
        ["load", "images", "sprites"],
        ["recommend", "ease", "--explain"],
        ["analyze", "script", "draft.fountain"],
        ["analyze", "video", "clip.mkv"],
        ["predict", "tickets", "--frequency", "day"],
    ],
    ids=["load", "images", "recommend", "script", "video", "predict"],
)
def test_killed_twenty_times_at_random_moments(before: Path, tmp_path: Path, arguments: list[str]) -> None:
    (before / "draft.fountain").write_text(draw_script(1) * 8, encoding="utf-8")
    if arguments[-1] == "clip.mkv":
        draw_clip(before / "clip.mkv", 1)
    if arguments[-1] == "sprites":
        (before / "sprites").mkdir()
        for number in range(120):
            Image.new("RGBA", (64, 64), (number, 0, 0, 255)).save(before / f"sprites/{number}.png")
    earlier = rows_of(Warehouse.open(before / "cinekit.duckdb"))
    shutil.copytree(before, tmp_path / "timed")
    began = time.monotonic()
    subprocess.run([*CINEKIT, *arguments], cwd=tmp_path / "timed", check=True, capture_output=True)
    whole = time.monotonic() - began
    generator = random.Random(11)
    ends = []
    for attempt in range(20):
        folder = tmp_path / f"killed-{attempt}"
        shutil.copytree(before, folder)
        process = subprocess.Popen(
            [*CINEKIT, *arguments], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        # Start-up is the same each time and touches nothing, so moments are drawn from what comes after it.
        time.sleep(whole * generator.uniform(0.25, 1.0))
        process.kill()
        process.wait()
        ends.append(check_sound(folder, earlier))
        shutil.rmtree(folder)
    assert "failed" in ends  # some of the moments did hit a run


@pytest.mark.slow
def test_training_killed_again_and_again_comes_to_the_same(tmp_path: Path) -> None:
    firsts, lasts = (
        ("Red", "Lost", "Last", "Long", "Dark", "Cold", "High"),
        ("River", "Night", "Garden", "Letter", "Hunter"),
    )
    names = [f"{first} {last} {number}" for first in firsts for last in lasts for number in range(2, 10)]
    (tmp_path / "titles.csv").write_text("title,year\n" + "".join(f"{name},1990\n" for name in names))
    train = ["generate", "titles-gru", "--units", "24", "--epochs", "20", "--count", "3", "--format", "json"]
    found = []
    for folder in (tmp_path / "whole", tmp_path / "killed"):
        folder.mkdir()
        subprocess.run([*CINEKIT, "load", "titles", "../titles.csv"], cwd=folder, check=True, capture_output=True)
    began = time.monotonic()
    done = subprocess.run([*CINEKIT, *train], cwd=tmp_path / "whole", check=True, capture_output=True, text=True)
    whole = time.monotonic() - began
    found.append(json.loads(done.stdout))
    generator = random.Random(5)
    for _ in range(5):
        process = subprocess.Popen(
            [*CINEKIT, *train], cwd=tmp_path / "killed", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        with suppress(subprocess.TimeoutExpired):
            process.wait(whole * generator.uniform(0.4, 0.8))
        process.kill()
        process.wait()
    done = subprocess.run([*CINEKIT, *train], cwd=tmp_path / "killed", check=True, capture_output=True, text=True)
    found.append(json.loads(done.stdout))
    assert found[0] == found[1]
    warehouses = [Warehouse.open(folder / "cinekit.duckdb") for folder in (tmp_path / "whole", tmp_path / "killed")]
    fits = [one.query("SELECT loss, epochs, finished FROM models.fitted") for one in warehouses]
    assert fits[0].equals(fits[1])
    assert warehouses[1].repeated_keys() == []
    kept = set(warehouses[1].query("SELECT run FROM meta.artifacts")["run"])
    with warehouses[1].reading() as con:
        assert all(warehouses[1].artifacts.checked(con, run) for run in kept)
    assert {path.name for path in warehouses[1].artifacts.folder.iterdir()} == kept


@pytest.mark.slow
@pytest.mark.parametrize("name", ["multvae", "sasrec"])
def test_a_recommender_killed_in_training_comes_to_the_same(tmp_path: Path, name: str) -> None:
    generator = random.Random(4)
    rows = [f"{v},{t},5,{day}" for v in range(200) for day, t in enumerate(generator.sample(range(60), 12), 1)]
    (tmp_path / "ratings.csv").write_text("viewer,title,rating,timestamp\n" + "\n".join(rows) + "\n")
    train = [*CINEKIT, "recommend", name, "--epochs", "60", "--batch", "8"]
    for folder in (tmp_path / "whole", tmp_path / "killed"):
        folder.mkdir()
        subprocess.run([*CINEKIT, "load", "ratings", "../ratings.csv"], cwd=folder, check=True, capture_output=True)
    subprocess.run(train, cwd=tmp_path / "whole", check=True, capture_output=True)
    whole, killed = (Warehouse.open(tmp_path / folder / "cinekit.duckdb") for folder in ("whole", "killed"))

    def kept() -> dict[Path, int]:
        return {file: file.stat().st_mtime_ns for file in killed.artifacts.folder.glob("checkpoints/*/*.npz")}

    for _ in range(2):
        before = kept()
        with subprocess.Popen(train, cwd=tmp_path / "killed", stdout=subprocess.DEVNULL) as process:
            while kept() == before and process.poll() is None:
                time.sleep(0.01)
            process.kill()
        assert process.returncode < 0
    done = subprocess.run(train, cwd=tmp_path / "killed", check=True, capture_output=True, text=True)
    assert "epochs of it before it was stopped" in done.stderr
    lists = [
        one.query("SELECT viewer_key, rank, title_key, score FROM results.recommendations") for one in (whole, killed)
    ]
    assert lists[0].equals(lists[1])
    files = [{f.name: f.read_bytes() for f in one.artifacts.folder.glob("*/*.npy")} for one in (whole, killed)]
    assert files[0] == files[1] != {}
    assert not (killed.artifacts.folder / "checkpoints").exists()


def test_interrupted_by_hand(before: Path, tmp_path: Path) -> None:
    folder = tmp_path / "interrupted"
    shutil.copytree(before, folder)
    earlier = rows_of(Warehouse.open(folder / "cinekit.duckdb"))
    script = (
        "import cli, os, signal, toolkit.recommending as r\n"
        "def interrupt(*a, **k): os.kill(os.getpid(), signal.SIGINT)\n"
        "r.rank_all = interrupt\n"
        "cli.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "recommend", "popular"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 130
    assert done.stderr.splitlines()[-1] == "cinekit: interrupted; nothing half-written was kept"
    assert check_sound(folder, earlier) == "failed"
    assert (
        Warehouse.open(folder / "cinekit.duckdb").query("SELECT error FROM runs ORDER BY run").item(3, 0)
        == "interrupted"
    )


def with_files_up_to(size: int) -> list[str]:
    """The program, in a process whose files cannot grow beyond a size."""
    limit = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size})); import cli; cli.main()"
    )
    return [sys.executable, "-c", limit]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "room"),
    [(["load", "ratings", "third.csv"], 20_000), (["recommend", "ease", "--regularisation", "3"], 400_000)],
    ids=["the warehouse cannot grow", "a model's file cannot be written"],
)
def test_a_file_that_may_not_grow_as_on_a_full_disk(
    before: Path, tmp_path: Path, arguments: list[str], room: int
) -> None:
    folder = tmp_path / "full"
    shutil.copytree(before, folder)
    path = folder / "cinekit.duckdb"
    earlier = rows_of(Warehouse.open(path))
    write_ratings(folder / "third.csv", 15_000, 3)
    room += path.stat().st_size if "load" in arguments else 0
    done = subprocess.run(
        [*with_files_up_to(room), *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "bug" not in done.stderr
    assert check_sound(folder, earlier) in ("failed", "never began")
    again = subprocess.run([*CINEKIT, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr


@pytest.mark.slow
def test_a_locked_warehouse_names_its_holder(before: Path, tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    shutil.copytree(before, folder)
    hold = "import duckdb; c = duckdb.connect('cinekit.duckdb'); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        done = subprocess.run(
            [*CINEKIT, "recommend", "popular", "--wait", "0.2"], cwd=folder, capture_output=True, text=True, check=False
        )
        doctor = subprocess.run(
            [*CINEKIT, "doctor", "--wait", "0.2", "--format", "json"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        holder.kill()
    assert done.returncode == 1
    assert f"locked by process {holder.pid}" in done.stderr
    rows = {row["check"]: row for row in json.loads(doctor.stdout)}
    assert rows["warehouse"]["state"] == "warning"
    assert f"process {holder.pid}" in rows["warehouse"]["detail"]
