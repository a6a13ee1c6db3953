"""A clean environment, such as a stranger has: cinekit from a wheel, examples installed beside it, an empty folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Environment:
    """A virtual environment outside the checkout, and the wheel of cinekit that goes into it.

    Attributes:
        folder: holds the environment, the wheel, and copies of the examples.
    """

    folder: Path

    @property
    def programs(self) -> Path:
        """Where its python and cinekit are."""
        return self.folder / "venv" / "bin"

    def build(self) -> None:
        """Make an environment with the wheel of the checkout and what it needs; once for all processes of a run."""
        with self._alone():
            if (self.folder / "built").exists():
                return
            venv.create(self.folder / "venv", clear=True, with_pip=True)
            self._pip("wheel", "--no-deps", "--wheel-dir", str(self.folder / "dist"), str(ROOT))
            (wheel,) = (self.folder / "dist").glob("cinekit-*.whl")
            self._pip("install", str(wheel))
            (self.folder / "built").touch()

    def install(self, example: str) -> Path:
        """Install an example with what its tests need, from a copy of its folder, which is returned."""
        copy = self.folder / example
        with self._alone():
            if not copy.exists():
                shutil.copytree(ROOT / "examples" / example, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
                self._pip("install", f"{copy}[test]")
        return copy

    def install_editable(self, folder: Path) -> None:
        """Install a distribution with what its tests need, so that it is imported from its folder."""
        with self._alone():
            self._pip("install", "--editable", f"{folder}[test]")

    def run(self, *command: str, cwd: Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in a folder, and check its exit code."""
        done = subprocess.run(
            [self.programs / command[0], *command[1:]],
            check=False,
            cwd=cwd,
            env=self._variables(),
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == code, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done

    def _pip(self, *arguments: str) -> None:
        self.run("python", "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check", cwd=self.folder)

    def _variables(self) -> dict[str, str]:
        """Those of the shell without what would let the checkout, or the environment of the tests, be found."""
        left_out = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "COLUMNS", "CINEKIT_WAREHOUSE"}
        kept = {name: value for name, value in os.environ.items() if name not in left_out}
        return {**kept, "PATH": os.pathsep.join([str(self.programs), os.defpath]), "PYTHONUTF8": "1"}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep the other processes of a test run out meanwhile."""
        with (self.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment of its own with cinekit's wheel; `install` puts an example into it."""
    base = tmp_path_factory.getbasetemp()
    # Each process of pytest-xdist has a folder of its own, in one that all of them share.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = Path(shared) / "examples"
    folder.mkdir(exist_ok=True)
    made = Environment(folder)
    made.build()
    return made
