"""Saving what a model has fitted: its private attributes, as .npy and .keras files and one JSON; none can run code."""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, is_zipfile

import numpy as np

from toolkit.errors import ArtifactError, PluginError
from toolkit.first_weights import not_drawn
from toolkit.model import Model
from toolkit.network_steps import NETWORK_EXTRAS, load_keras

STATE = "state.json"


def save(model: Model, folder: Path) -> None:
    """Write the fitted state of a model into a folder.

    Raises:
        ArtifactError: the disk is full, or may not be written to.
        PluginError: an attribute is of a kind that is not saved: arrays, sparse CSR arrays, Keras models without
            Lambda layers, numbers, text, None, lists and dicts of numbers and text, and dicts of other models are.
    """
    try:
        state = _state(model, folder, "")
        (folder / STATE).write_text(_as_json(state), encoding="utf-8")
    except OSError as error:
        raise ArtifactError(
            f"cannot write the fitted {model.name} to {folder}: {error.strerror or error}"
            "; make room there, or change its permissions"
        ) from error
    except (TypeError, ValueError) as error:
        raise PluginError(f"model {model.name}: its fitted state cannot be saved: {error}") from error


def restore(model: Model, files: Mapping[str, Path]) -> None:
    """Bring the fitted state back; arrays are memory maps that cannot be written to.

    Raises:
        ArtifactError: the files are not those of this model, or a network in them has code of its own.
        ModelError: a network is among them, and keras is not installed.
    """
    if STATE not in files:
        raise ArtifactError(f"the saved model {model.name} has no {STATE}; fit it again with --refit")
    _fill(model, json.loads(files[STATE].read_text(encoding="utf-8")), files)


def _fill(model: Model, state: Mapping[str, Any], files: Mapping[str, Path]) -> None:
    declared = set(type(model).__private_attributes__)
    if not set(state) <= declared:
        raise ArtifactError(f"the saved model {model.name} is of another version; fit it again with --refit")
    for name, kept in state.items():
        if "models" in kept:
            for key, part in getattr(model, name).items():
                _fill(part, kept["models"][key], files)
        else:
            setattr(model, name, _read(model, kept, files))


def _as_json(state: dict[str, Any]) -> str:
    text = json.dumps(state)
    if json.loads(text) != state:
        raise ValueError("JSON has no tuples, and only text as keys of a dict")
    return text


def _state(model: Model, folder: Path, prefix: str) -> dict[str, Any]:
    """What is kept of each private attribute; its files, whose names begin with the prefix, are written."""
    private = model.__pydantic_private__ or {}
    return {name: _write(model, name, value, folder, prefix) for name, value in private.items()}


def _write(model: Model, name: str, value: Any, folder: Path, prefix: str) -> dict[str, Any]:
    from scipy.sparse import csr_array, issparse

    plain = prefix + name.lstrip("_")
    if isinstance(value, dict) and any(isinstance(part, Model) for part in value.values()):
        return {"models": {key: _state(part, folder, f"{plain}.{key}.") for key, part in value.items()}}
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise PluginError(f"model {model.name}: {name} is an array of Python objects, which is not saved")
        np.save(folder / f"{plain}.npy", value, allow_pickle=False)
        return {"array": f"{plain}.npy"}
    if issparse(value):
        matrix = csr_array(value)
        for part in ("data", "indices", "indptr"):
            np.save(folder / f"{plain}.{part}.npy", getattr(matrix, part), allow_pickle=False)
        return {"csr": plain, "shape": list(matrix.shape)}
    if _is_network(value):
        _write_network(model, name, value, folder / f"{plain}.keras")
        return {"keras": f"{plain}.keras"}
    return {"plain": value.item() if isinstance(value, np.generic) else value}


def _read(model: Model, kept: Mapping[str, Any], files: Mapping[str, Path]) -> Any:
    if "array" in kept:
        return _load(files, kept["array"])
    if "csr" in kept:
        from scipy.sparse import csr_array

        parts = tuple(_load(files, f"{kept['csr']}.{part}.npy") for part in ("data", "indices", "indptr"))
        return csr_array(parts, shape=tuple(kept["shape"]), copy=False)
    if "keras" in kept:
        return _read_network(model, _file(files, kept["keras"]))
    return kept["plain"]


def _load(files: Mapping[str, Path], name: str) -> Any:
    return np.load(_file(files, name), mmap_mode="r", allow_pickle=False)


def _file(files: Mapping[str, Path], name: str) -> Path:
    if name not in files:
        raise ArtifactError(f"the saved file {name} is missing; fit the model again with --refit")
    return files[name]


def _is_network(value: Any) -> bool:
    # Where keras was not imported, nothing can be of it; to ask it would take a second.
    keras = sys.modules.get("keras")
    return keras is not None and isinstance(value, keras.Model)


def _write_network(model: Model, name: str, network: Any, file: Path) -> None:
    keras = load_keras()
    if any(isinstance(layer, keras.layers.Lambda) for layer in network._flatten_layers()):
        raise PluginError(
            f"model {model.name}: {name} has a Lambda layer, whose code is not saved; make it a layer of your own, "
            "registered with keras.saving.register_keras_serializable"
        )
    with warnings.catch_warnings():
        # Keras 3.15 converts variables in a way that NumPy 2 deprecates.
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        network.save(file, include_optimizer=False)


def _read_network(model: Model, file: Path) -> Any:
    keras = load_keras(NETWORK_EXTRAS.get(model.verb, model.verb))
    if not is_zipfile(file):
        raise _unreadable(file, "it is cut short, or no .keras file")
    try:
        with not_drawn():
            return keras.saving.load_model(file, compile=False, safe_mode=True)
    except (ValueError, TypeError, KeyError, OSError, BadZipFile) as error:
        raise _unreadable(file, " ".join(str(error).split(". ")[0].split())) from error


def _unreadable(file: Path, reason: str) -> ArtifactError:
    return ArtifactError(f"the saved network {file.name} is not read: {reason}; fit the model again with --refit")
