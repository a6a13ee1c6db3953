"""`cinekit plugins new`: a distribution of one's own, written out of the templates in the folder scaffold."""

from __future__ import annotations

import re
import shlex
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING
from uuid import uuid4

from toolkit.errors import CinekitError, UsageError
from toolkit.installed import OWN
from toolkit.verbs import VERBS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from toolkit.host import Host

LONGEST = 40
_STALE = 3600  # seconds after which nobody is still writing a draft
_DISTRIBUTION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")  # of the packaging user guide
_TEMPLATE = ".in"


@dataclass(frozen=True)
class Start:
    """What the template of a verb begins with.

    Attributes:
        kind: what its model is called.
        contract: the tests of toolkit.testing that it has to pass.
        help: one line on the model.
        extra: the extra of cinekit that it needs, in brackets; empty where none.
        argument: what its command wants beside the model's name, with the space before it.
    """

    kind: str
    contract: str
    help: str
    extra: str = ""
    argument: str = ""


STARTS = {
    "analyze": Start("analyzer", "AnalyzerContract", "Words that stand out in a text.", argument=" README.md"),
    "generate": Start(
        "generator",
        "GeneratorContract",
        "Titles whose words follow each other as in those that were loaded.",
        "[generate]",
    ),
    "predict": Start("forecaster", "ForecasterContract", "The mean of the same place in the last seasons."),
    "recommend": Start("recommender", "RecommenderContract", "Titles liked with what you liked."),
}


def new_plugin(host: Host, name: str, verb: str, parent: Path) -> Path:
    """Write the folder cinekit-NAME into `parent`, whole or not at all; where it is.

    Raises:
        UsageError: the name cannot be that of a plugin, the folder is there already, or `parent` is not.
        CinekitError: it cannot be written.
    """
    name = checked_name(host, name, verb)
    target = parent.absolute() / f"cinekit-{name}"
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent} to write {target.name} into")
    if target.exists() or target.is_symlink():
        raise UsageError(f"{target} is there already; take another name or --folder")
    _sweep(target)
    draft = target.with_name(f".{target.name}.{uuid4().hex[:8]}.new")
    try:
        for path, text in _filled(name, verb):
            (draft / path).parent.mkdir(parents=True, exist_ok=True)
            (draft / path).write_text(text, encoding="utf-8")
        draft.rename(target)
    except OSError as error:
        raise CinekitError(f"cannot write {target}: {error.strerror or error}; make room or name another") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return target


def _sweep(target: Path) -> None:
    """Remove the drafts that processes left when they were killed."""
    for draft in target.parent.glob(f".{target.name}.*.new"):
        with suppress(FileNotFoundError):  # another process may have ended meanwhile
            if time.time() - draft.stat().st_mtime > _STALE:
                shutil.rmtree(draft, ignore_errors=True)


def checked_name(host: Host, name: str, verb: str) -> str:
    """The name as it is written: in lower case, its words parted by hyphens.

    Raises:
        UsageError: it is no name of a distribution, or that of a command or of an installed model of the verb.
    """
    if not _DISTRIBUTION.fullmatch(name) or not name[0].isalpha() or len(name) > LONGEST:
        raise UsageError(
            f"{name!r} cannot be the name of a plugin: take a letter, then letters, digits and hyphens, "
            f"{LONGEST} at most"
        )
    normal = re.sub(r"[-_.]+", "-", name).lower()
    if normal.startswith("cinekit-"):
        raise UsageError(f"leave out 'cinekit-': {normal.removeprefix('cinekit-')!r} becomes {normal}")
    if normal in VERBS[verb].own:
        raise UsageError(f"'{verb} {normal}' is a command of cinekit; take another name")
    if normal in (entry.name for entry in host.models(verb)):
        whose = host.plugin_of(verb, normal).distribution
        # One of the same distribution would be replaced, and clash with nothing.
        if whose != f"cinekit-{normal}":
            raise UsageError(f"'{verb} {normal}' is there already, in {whose}; take another name")
    return normal


def next_steps(folder: Path, verb: str) -> list[str]:
    """The commands that install, test and use what was written."""
    name = folder.name.removeprefix("cinekit-")
    return [
        f"cd {shlex.quote(str(folder))}",
        "pip install -e '.[test]'",
        "pytest",
        f"cinekit {verb} {name}{STARTS[verb].argument}",
    ]


def _filled(name: str, verb: str) -> Iterator[tuple[str, str]]:
    """Path and text of each file."""
    start = STARTS[verb]
    model = "".join(word.capitalize() for word in name.split("-"))
    values = {
        "name": name,
        "verb": verb,
        "package": f"cinekit_{name.replace('-', '_')}",
        # So that it is never the name of something that the model's module imports, or a word of Python.
        "model": model if model.endswith("Model") else f"{model}Model",
        "kind": start.kind,
        "contract": start.contract,
        "help": start.help,
        "extra": start.extra,
        "use": f"cinekit {verb} {name}{start.argument}",
        "cinekit": version(OWN),
    }
    scaffold = files("toolkit") / "scaffold"
    for part in ("common", verb):
        for path, file in _templates(scaffold / part):
            filled = Template(path.removesuffix(_TEMPLATE)).substitute(values)
            yield filled, Template(file.read_text(encoding="utf-8")).substitute(values)


def _templates(folder: Traversable, inside: str = "") -> Iterator[tuple[str, Traversable]]:
    """Each template below a folder, with its path there."""
    for entry in folder.iterdir():
        path = f"{inside}{entry.name}"
        if entry.is_dir():
            yield from _templates(entry, f"{path}/")
        elif path.endswith(_TEMPLATE):
            yield path, entry
