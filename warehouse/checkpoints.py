"""Where training stands, kept in a file that is whole at any time: arrays and JSON, replaced at once."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from warehouse.errors import ArtifactError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.generic]]

# In the folder of artifacts.
FOLDER = "checkpoints"
_PLAIN = "plain.json"


class Checkpoints:
    """A folder with one file for each thing that is trained. It is made when the first is saved.

    A file is an .npz of arrays, none of them of Python objects, with a JSON beside them. The draft of it is on the
    disk before it takes the place of the one before, so that a kill at any moment leaves one of the two; and a sum of
    each part is checked when it is read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, name: str, arrays: Arrays, plain: Mapping[str, Any]) -> None:
        """Replace what is kept under a name.

        Raises:
            ArtifactError: the disk is full, or may not be written to.
        """
        target = self._file(name)
        draft = target.with_name(f".{target.name}.{uuid4().hex[:8]}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with draft.open("wb") as file:
                with zipfile.ZipFile(file, "w") as archive:
                    _write(archive, arrays, plain)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        except OSError as error:
            raise ArtifactError(
                f"cannot write a checkpoint to {self.folder}: {error.strerror or error}"
                "; make room there, or change its permissions"
            ) from error
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)

    def load(self, name: str) -> tuple[dict[str, NDArray[np.generic]], dict[str, Any]] | None:
        """What is kept under a name; None where nothing is.

        Raises:
            ArtifactError: the file is not one that `save` wrote, or was changed.
        """
        file = self._file(name)
        if not file.exists():
            return None
        try:
            with zipfile.ZipFile(file) as archive:
                return _read(archive)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise ArtifactError(f"{file} is no checkpoint ({error}); remove it, and training begins anew") from error

    def remove(self) -> None:
        """Remove what is kept, and drafts that a kill has left."""
        shutil.rmtree(self.folder, ignore_errors=True)
        with suppress(OSError):  # others are trained, or it was never made
            self.folder.parent.rmdir()

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.npz"


def _write(archive: zipfile.ZipFile, arrays: Arrays, plain: Mapping[str, Any]) -> None:
    import numpy as np

    archive.writestr(_PLAIN, json.dumps(dict(plain)))
    for key, array in arrays.items():
        with archive.open(f"{key}.npy", "w", force_zip64=True) as part:
            np.lib.format.write_array(part, np.asanyarray(array), allow_pickle=False)


def _read(archive: zipfile.ZipFile) -> tuple[dict[str, NDArray[np.generic]], dict[str, Any]]:
    import numpy as np

    plain = json.loads(archive.read(_PLAIN))
    arrays = {}
    for name in archive.namelist():
        if name != _PLAIN:
            with archive.open(name) as part:
                arrays[name.removesuffix(".npy")] = np.lib.format.read_array(part, allow_pickle=False)
    return arrays, plain
