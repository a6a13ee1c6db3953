"""Plugins as pip leaves them: a module and its metadata in a folder on the Python path. Most of these are hostile."""

from __future__ import annotations

from pathlib import Path

GOOD = """
from toolkit import ModelEntry, hookimpl

@hookimpl
def cinekit_models():
    return [ModelEntry("recommend", {name!r}, "{module}_model:Model", "Does what it does.")]
"""
HOOK = """
from toolkit import ModelEntry, hookimpl

@hookimpl
def cinekit_models():
    {body}
"""
SOURCES = HOOK.replace("cinekit_models", "cinekit_sources")
SCHEMA = HOOK.replace("cinekit_models", "cinekit_schema")
# By what it does wrong: its code, and what is said of it.
HOSTILE = {
    "fails-at-import": ("import nothing_of_that_name", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
    "exits-at-import": ("import sys; sys.exit(3)", "SystemExit: 3"),
    "exits-in-hook": (HOOK.format(body="raise SystemExit"), "SystemExit"),
    "raises-in-hook": (HOOK.format(body="return 1 / 0"), "ZeroDivisionError: division by zero"),
    "raises-in-sources": (SOURCES.format(body="raise LookupError('no source')"), "LookupError: no source"),
    "exits-in-sources": (SOURCES.format(body="yield 1; raise SystemExit(4)"), "returned int, not SourceEntry"),
    "raises-in-schema": (SCHEMA.format(body="raise LookupError('no schema')"), "LookupError: no schema"),
    "exits-in-schema": (SCHEMA.format(body="raise SystemExit(4)"), "SystemExit: 4"),
    "returns-odd-schema": (SCHEMA.format(body="return 3"), "cinekit_schema returned int, not str"),
    "raises-no-exception": ("class Odd(BaseException): pass\nraise Odd('odd')", "Odd: odd"),
    "cancels-in-hook": (HOOK.format(body="import asyncio; raise asyncio.CancelledError"), "CancelledError"),
    "raises-what-cannot-be-told": (
        "class Mute(Exception):\n    def __str__(self):\n        raise ValueError\nraise Mute",
        "Mute: no more is known",
    ),
    "raises-markup": ("raise ValueError('[/red] \\x1b[31m')", "ValueError: [/red]"),
    "misspells-a-hook": (
        "from toolkit import hookimpl\n@hookimpl\ndef cinekit_model():\n    return []",
        "unknown hook 'cinekit_model'",
    ),
    "has-no-hook": ("def cinekit_models():\n    return []", "has no hook; mark cinekit_models with @hookimpl"),
    "prints-at-import": ("print('[]')\nimport sys\nsys.stdout.write('more\\n')\nraise KeyError('x')", "KeyError: 'x'"),
    "prints-in-hook": (HOOK.format(body="print('[]'); return ['x']"), "returned str, not ModelEntry"),
    "takes-our-model": (
        HOOK.format(body="return [ModelEntry('recommend', 'ease', 'a:B', 'Theirs.')]"),
        "model 'recommend ease' is already offered by cinekit; this one is refused",
    ),
    "takes-our-command": (
        HOOK.format(body="return [ModelEntry('generate', 'titles', 'a:B', 'Theirs.')]"),
        "'generate titles' is a command of cinekit; the model is refused",
    ),
    "names-an-option": (
        HOOK.format(body="return [ModelEntry('recommend', '--help', 'a:B', 'Theirs.')]"),
        "returned the name '--help': take letters, digits and hyphens",
    ),
    "helps-in-two-lines": (
        HOOK.format(body="return [ModelEntry('recommend', 'two', 'a:B', 'One.\\nTwo.')]"),
        "texts of one line",
    ),
    "needs-a-later-cinekit": (HOOK.format(body="return []"), "needs cinekit>=9, this is "),
}
# What plugins do to the whole process while they load: their code, and what is said of it; they stay loaded.
MEDDLING = {
    kind: (f"import atexit, os, signal, sys, threading, time, warnings\n{code}\n{HOOK.format(body='return []')}", said)
    for kind, (code, said) in {
        "writes-to-the-descriptor": ("os.write(1, b'[]')", ""),
        "calls-a-program": ("os.system('echo hi')", ""),
        "prints-past-us": ("sys.__stdout__.write('[]')", ""),
        "prints-at-exit": ("atexit.register(print, 'bye')", "what runs at the end"),
        "exits-with-another-code": ("atexit.register(os._exit, 7)", "what runs at the end"),
        "leaves-a-thread": ("threading.Thread(target=time.sleep, args=(60,)).start()", "the threads (1 more)"),
        "goes-elsewhere": ("os.chdir('/')", "the working directory"),
        "sets-a-variable": (
            "os.environ['CINEKIT_WAREHOUSE'] = '/x.duckdb'", "the environment variable CINEKIT_WAREHOUSE"
        ),
        "empties-the-environment": ("os.environ = {}", ""),
        "ignores-ctrl-c": ("signal.signal(signal.SIGINT, signal.SIG_IGN)", "what SIGINT does"),
        "closes-stderr": ("sys.stderr.close()", "the standard streams"),
        "closes-the-descriptor": ("os.close(2)", "the standard streams"),
        "replaces-stderr": ("sys.stderr = None", "the standard streams"),
        "raises-warnings": ("warnings.simplefilter('error')", ""),
    }.items()
}  # fmt: skip
# What the process of the tests itself would suffer from.
APART = frozenset({"closes-stderr", "closes-the-descriptor", "leaves-a-thread"})
REQUIRES = {"needs-a-later-cinekit": ("cinekit[recommend]>=9",)}


def install(folder: Path, distribution: str, code: str, requires: tuple[str, ...] = (), value: str = "") -> str:
    """Write a plugin's module and its metadata; the module's name."""
    module = distribution.replace("-", "_")
    (folder / f"{module}.py").write_text(code)
    info = folder / f"{module}-1.2.dist-info"
    info.mkdir()
    needed = "".join(f"Requires-Dist: {line}\n" for line in requires)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.2\n{needed}")
    (info / "entry_points.txt").write_text(f"[cinekit]\n{distribution} = {value or module}\n")
    return module


def install_hostile(folder: Path, kind: str) -> str:
    """Write one of the hostile plugins; its distribution's name."""
    distribution = f"stranger-{kind}"
    install(folder, distribution, (HOSTILE | MEDDLING)[kind][0], REQUIRES.get(kind, ()))
    return distribution
