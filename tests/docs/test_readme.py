"""What the README shows of the demo's script and clip is what the commands print."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cli
from toolkit.demo import SEED
from toolkit.simulated_clip import draw_clip
from toolkit.simulated_script import draw_script

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def shown(command: str) -> list[str]:
    """The lines under a command, up to the next one."""
    after = README.partition(f"    {command}")[2].partition("\n    cinekit ")[0]
    lines = [line.strip() for line in after.splitlines()[1:]]
    return [line for line in lines if line and not set(line) <= {"─", "…"}]


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
    assert set(lines) <= printed(capsys, "analyze", model, file)
