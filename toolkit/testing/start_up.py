"""What a module imports, found out in a new Python: heavy packages make every command slow to start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

# What no module may import that `cinekit --help` imports.
HEAVY = (
    "altair", "av", "cv2", "dataframely", "duckdb", "holidays", "jax", "keras", "matplotlib", "networkx", "nltk",
    "numpy", "optuna", "pandas", "PIL", "polars", "pyarrow", "pytest", "rapidfuzz", "rich", "scipy", "sklearn",
    "statsforecast", "tensorflow", "textblob", "torch", "transformers",
)  # fmt: skip
_IMPORT = """
import importlib, json, sys, time
sys.path[:] = json.loads(sys.argv[1])
began = time.perf_counter()
importlib.import_module(sys.argv[2])
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "modules": sorted({name.split(".")[0] for name in sys.modules})}))
"""


@dataclass(frozen=True)
class StartUp:
    """An import in a new Python.

    Attributes:
        heavy: the heavy packages that it brought.
        seconds: wall seconds that it took.
        error: the last line of what went wrong; "" where nothing did.
    """

    heavy: tuple[str, ...]
    seconds: float
    error: str = ""


@cache
def imported(module: str, heavy: tuple[str, ...] = HEAVY) -> StartUp:
    """Import a module in a new Python with the search path of this one."""
    path = json.dumps([entry or os.getcwd() for entry in sys.path])  # noqa: PTH109 - what "" stands for there
    done = subprocess.run(  # noqa: S603 - Python itself
        [sys.executable, "-c", _IMPORT, path, module], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        return StartUp((), 0.0, said[-1] if said else f"exit code {done.returncode}")
    found = json.loads(done.stdout.splitlines()[-1])
    return StartUp(tuple(name for name in heavy if name in found["modules"]), float(found["seconds"]))
