from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from scipy.sparse import csr_array

from toolkit.errors import ArtifactError, PluginError
from toolkit.model import Model, setting
from toolkit.saving import restore, save


class Keeper(Model):
    """Keeps things."""

    verb: ClassVar[str] = "recommend"
    name: ClassVar[str] = "keeper"
    strength: float = setting(1.0, "How strong")
    _array: np.ndarray
    _matrix: csr_array
    _number: float
    _words: list[str]
    _nothing: None = None


def kept() -> Keeper:
    model = Keeper()
    model._array = np.arange(6, dtype=np.float32).reshape(2, 3)
    model._matrix = csr_array(np.array([[0.0, 2.0], [1.0, 0.0]]))
    model._number = np.float64(0.1)
    model._words = ["Amélie", "七人の侍"]
    return model


def files(folder: Path) -> dict[str, Path]:
    return {file.name: file for file in folder.iterdir()}


def test_fitted_state_comes_back_as_it_was(tmp_path: Path) -> None:
    save(kept(), tmp_path)
    again = Keeper()
    restore(again, files(tmp_path))
    assert again._array.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert again._array.dtype == np.float32
    assert again._matrix.toarray().tolist() == [[0, 2], [1, 0]]
    assert (again._number, again._words, again._nothing) == (0.1, ["Amélie", "七人の侍"], None)


def test_only_formats_that_cannot_run_code_are_written(tmp_path: Path) -> None:
    save(kept(), tmp_path)
    assert {file.suffix for file in tmp_path.iterdir()} == {".npy", ".json"}
    for file in tmp_path.glob("*.npy"):
        np.load(file, allow_pickle=False)


def test_what_cannot_be_saved_is_refused_by_name(tmp_path: Path) -> None:
    model = kept()
    model._array = np.array([object()])
    with pytest.raises(PluginError, match="_array is an array of Python objects"):
        save(model, tmp_path)
    model = kept()
    model._words = {0: "an integer as key"}  # JSON would bring it back as text
    with pytest.raises(PluginError, match="only text as keys"):
        save(model, tmp_path)
    model = kept()
    model._words = [object()]
    with pytest.raises(PluginError, match="keeper: its fitted state cannot be saved"):
        save(model, tmp_path)


def test_files_of_another_version_are_refused(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(json.dumps({"_gone": {"plain": 1}}))
    with pytest.raises(ArtifactError, match="another version"):
        restore(Keeper(), files(tmp_path))
    with pytest.raises(ArtifactError, match=r"has no state\.json"):
        restore(Keeper(), {})
