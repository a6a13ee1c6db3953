from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.config import Config
from toolkit.errors import SettingsError


def test_the_option_beats_the_environment_beats_the_file_beats_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CINEKIT_WAREHOUSE", raising=False)
    assert Config.read().warehouse() == Path("cinekit.duckdb")
    (tmp_path / "cinekit.toml").write_text('warehouse = "mine.duckdb"\nwait = 3\n')
    assert Config.read().warehouse() == Path("mine.duckdb")
    assert Config.read().wait() == 3.0
    monkeypatch.setenv("CINEKIT_WAREHOUSE", "env.duckdb")
    assert Config.read().warehouse() == Path("env.duckdb")
    assert Config.read().warehouse("option.duckdb") == Path("option.duckdb")
    assert Config.read().wait(0.5) == 0.5


def test_a_relative_warehouse_lies_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CINEKIT_WAREHOUSE", raising=False)
    (tmp_path / "other.toml").write_text('warehouse = "mine.duckdb"')
    assert Config.read(tmp_path / "other.toml").warehouse() == tmp_path / "mine.duckdb"


def test_sections_of_models_and_the_block_list(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[plugins]\nblock = ["bad-one"]\n[plugins.ease]\nregularization = 3\n')
    config = Config.read(path)
    assert config.block == {"bad-one"}
    assert config.settings("ease") == {"regularization": 3}
    assert config.settings("popular") == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("warehose = 'x'", "unknown key 'warehose'"),
        ("warehouse = 3", "'warehouse' has the wrong type, int"),
        ("[plugins]\nblock = 'x'", "'block' in"),
        ("[plugins]\nease = 3", r"go into \[plugins.ease\]"),
        ("a = = 3", "correct the file"),
    ],
)
def test_a_wrong_file_is_one_clear_line(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=reason) as caught:
        Config.read(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_that_was_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml"):
        Config.read(tmp_path / "none.toml")
