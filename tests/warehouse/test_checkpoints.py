"""Checkpoints: whole at any time, checked when they are read."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

from warehouse.checkpoints import Checkpoints
from warehouse.errors import ArtifactError


def kept() -> dict[str, np.ndarray]:
    return {"state/a.0": np.arange(6, dtype=np.float32).reshape(2, 3), "state/n": np.array(3), "best/none": np.empty(0)}


def test_what_is_saved_comes_back_and_the_last_is_kept(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path / "here" / "model")
    assert checkpoints.load("network") is None
    checkpoints.save("network", {"state/a.0": np.zeros(1)}, {})
    checkpoints.save("network", kept(), {"losses": [0.1, 1 / 3]})
    checkpoints.save("other", {}, {"losses": []})
    again = checkpoints.load("network")
    assert again is not None
    arrays, plain = again
    assert {key: (array.dtype, array.tolist()) for key, array in arrays.items()} == {
        key: (array.dtype, array.tolist()) for key, array in kept().items()
    }
    assert plain == {"losses": [0.1, 1 / 3]}
    assert sorted(file.name for file in checkpoints.folder.iterdir()) == ["network.npz", "other.npz"]


def test_numpy_reads_it_too(tmp_path: Path) -> None:
    Checkpoints(tmp_path).save("network", kept(), {"best": 1})
    with np.load(tmp_path / "network.npz", allow_pickle=False) as arrays:
        assert arrays["state/a.0"].shape == (2, 3)


@pytest.mark.parametrize("place", range(0, 1000, 90))
def test_a_byte_that_was_changed_is_found(tmp_path: Path, place: int) -> None:
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save("network", {"a": np.full(4000, 0.1)}, {"losses": [0.5]})
    file = tmp_path / "network.npz"
    content = bytearray(file.read_bytes())
    begin = content.index(np.float64(0.1).tobytes())
    content[begin + 7 * place] ^= 4
    file.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"network\.npz is no checkpoint \(.*\); remove it"):
        checkpoints.load("network")


def test_files_that_save_did_not_write_are_refused(tmp_path: Path) -> None:
    checkpoints, file = Checkpoints(tmp_path), tmp_path / "network.npz"
    checkpoints.save("network", kept(), {})
    whole = file.read_bytes()
    for content in (b"", b"PK", whole[:200], whole[: len(whole) // 2]):
        file.write_bytes(content)
        with pytest.raises(ArtifactError, match="is no checkpoint"):
            checkpoints.load("network")
    np.savez(file, a=np.zeros(1))
    with pytest.raises(ArtifactError, match="is no checkpoint"):
        checkpoints.load("network")
    np.save(tmp_path / "object.npy", np.array([{}], dtype=object), allow_pickle=True)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("plain.json", json.dumps({}))
        archive.write(tmp_path / "object.npy", "object.npy")
    with pytest.raises(ArtifactError, match="is no checkpoint"):
        checkpoints.load("network")


def test_what_cannot_be_written_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoints = Checkpoints(tmp_path / "model")
    checkpoints.save("network", {}, {"best": 1})

    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ArtifactError, match=r"cannot write a checkpoint to .*: No space left .*; make room there"):
        checkpoints.save("network", kept(), {"best": 2})
    with pytest.raises(ValueError, match="pickle"):
        checkpoints.save("network", {"objects": np.array([{}])}, {})
    assert [file.name for file in checkpoints.folder.iterdir()] == ["network.npz"]
    assert checkpoints.load("network") == ({}, {"best": 1})


def test_to_remove_takes_drafts_of_a_killed_program_along(tmp_path: Path) -> None:
    first, second = Checkpoints(tmp_path / "all" / "first"), Checkpoints(tmp_path / "all" / "second")
    for checkpoints in (first, second):
        checkpoints.save("network", {}, {})
    (first.folder / ".network.npz.0123abcd").write_bytes(b"PK")
    first.remove()
    assert [folder.name for folder in (tmp_path / "all").iterdir()] == ["second"]
    second.remove()
    second.remove()
    assert not (tmp_path / "all").exists()
