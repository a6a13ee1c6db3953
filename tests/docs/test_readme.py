"""What the README shows of the demo's script and clip is what the commands print."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

import cli
from toolkit.demo import DAYS, SEED, TITLES, VIEWERS
from toolkit.simulated_clip import draw_clip
from toolkit.simulated_script import draw_script
from toolkit.simulating import simulate_into
from warehouse import Warehouse

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def shown(command: str) -> list[str]:
    """The lines under a command, up to the next one."""
    after = README.partition(f"    {command}")[2].partition("\n    cinekit ")[0]
    lines = [line.strip() for line in after.splitlines()[1:]]
    return [line for line in lines if line and not set(line) <= {"─", "…"}]


def uncoloured(lines: Iterable[str]) -> set[str]:
    """The lines without the digits of colours: FFmpeg's releases decode to others, by which a palette may change."""
    return {re.sub(r"#[0-9a-f]{6}\b", "#", line) for line in lines}


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> set[str]:
    assert cli.run(list(arguments)) == 0
    return {re.sub(r" +", " ", line).strip() for line in capsys.readouterr().out.splitlines()}


@pytest.mark.parametrize("model", ["script", "video"])
def test_the_analyses_of_the_readme_hold(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "cinekit-demo"
    folder.mkdir()
    file = "cinekit-demo/script.fountain" if model == "script" else "cinekit-demo/clip.mkv"
    if model == "script":
        Path(file).write_text(draw_script(SEED), encoding="utf-8")
    else:
        pytest.importorskip("av", reason="video needs PyAV")
        draw_clip(Path(file), SEED)
    lines = [re.sub(r" +", " ", line) for line in shown(f"cinekit analyze {model} {file}")]
    assert len(lines) >= 6
    assert uncoloured(lines) <= uncoloured(printed(capsys, "analyze", model, file))


@pytest.mark.slow
@pytest.mark.parametrize("command", ["predict tickets", "evaluate predict", "predict churn"])
def test_the_predictions_of_the_readme_hold(
    command: str, audience: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CINEKIT_WAREHOUSE", str(audience))
    line = next(line for line in README.splitlines() if line.startswith(f"    cinekit {command} "))
    arguments = line.partition("#")[0].split()[1:]
    lines = [re.sub(r" +", " ", text) for text in shown(line.strip())]
    lines = lines[: next((n for n, text in enumerate(lines) if text.startswith("Your own series")), None)]
    assert len(lines) >= 4
    assert not set(lines) - printed(capsys, *arguments)


@pytest.fixture(scope="module")
def audience(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's audience."""
    path = tmp_path_factory.mktemp("audience") / "cinekit-demo.duckdb"
    simulate_into(Warehouse.open(path), VIEWERS, TITLES, DAYS, SEED)
    return path
