from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from scipy.sparse import csr_array

from toolkit.errors import ArtifactError, PluginError
from toolkit.model import Model, setting
from toolkit.saving import restore, save
from toolkit.training import load_keras


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


class Dreamer(Model):
    """Keeps a network."""

    verb: ClassVar[str] = "generate"
    name: ClassVar[str] = "dreamer"
    _network: Any
    _alphabet: list[str]


def dreamer(layer: Any) -> Dreamer:
    keras = load_keras()
    keras.utils.set_random_seed(1)
    given = keras.Input((3,))
    model = Dreamer()
    model._network = keras.Model(given, keras.layers.Dense(2)(layer(given)))
    model._alphabet = ["a", "b"]
    return model


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


@pytest.mark.slow
def test_a_network_comes_back_as_it_was_and_nothing_more_is_compiled_for_it(tmp_path: Path) -> None:
    model, again = dreamer(load_keras().layers.BatchNormalization()), Dreamer()
    model._network.compile("adam", "mean_squared_error")
    save(model, tmp_path)
    assert {file.name for file in tmp_path.iterdir()} == {"network.keras", "state.json"}
    restore(again, files(tmp_path))
    given = np.arange(6, dtype=np.float32).reshape(2, 3)
    assert np.asarray(again._network(given)).tolist() == np.asarray(model._network(given)).tolist()
    assert again._alphabet == ["a", "b"]
    assert not again._network.compiled


def test_a_network_with_code_of_its_own_is_neither_saved_nor_read(tmp_path: Path) -> None:
    plain, lambda_ = dreamer(load_keras().layers.Dropout(0.1)), load_keras().layers.Lambda(lambda values: 2 * values)
    model = dreamer(lambda_)
    with pytest.raises(PluginError, match="dreamer: _network has a Lambda layer, whose code is not saved"):
        save(model, tmp_path)
    inside = dreamer(load_keras().Sequential([lambda_]))
    with pytest.raises(PluginError, match="Lambda layer"):
        save(inside, tmp_path)
    save(plain, tmp_path)
    forged = load_keras().Model(plain._network.input, lambda_(plain._network.input))
    forged.save(tmp_path / "network.keras")
    with pytest.raises(ArtifactError, match=r"^the saved network network.keras is not read: .*Lambda.*--refit$"):
        restore(Dreamer(), files(tmp_path))


def test_a_network_that_is_cut_short_or_missing_is_refused(tmp_path: Path) -> None:
    save(dreamer(load_keras().layers.Dropout(0.1)), tmp_path)
    file = tmp_path / "network.keras"
    file.write_bytes(file.read_bytes()[:500])
    with pytest.raises(ArtifactError, match=r"^the saved network network.keras is not read: it is cut short.*--refit$"):
        restore(Dreamer(), files(tmp_path))
    file.unlink()
    with pytest.raises(ArtifactError, match=r"the saved file network\.keras is missing"):
        restore(Dreamer(), files(tmp_path))


def test_to_save_what_has_no_network_imports_no_keras(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.toolkit.test_saving import kept, save; "
        f"save(kept(), Path({str(tmp_path)!r})); print('keras' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[2], capture_output=True, text=True
    )
    assert done.stdout.strip() == "False"
