"""Finding the files that a user named, and the title that each belongs to."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from toolkit.errors import CinekitError, SourceError, UsageError
from toolkit.lookup import title_asked, title_named
from warehouse.artifacts import sha256_of
from warehouse.documents import Kept, known

if TYPE_CHECKING:
    import duckdb

    from toolkit.document import Document

# "episode.en.srt" belongs to the title of "episode.mkv": ISO 639-1, and those of 639-2 that subtitles carry.
_CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu "
    "ara bul cat ces chi cze dan deu dut ell eng est fin fra fre ger gre heb hin hrv hun ice ind ita jpn kor lav lit "
    "nld nor per pol por ron rum rus slk slo slv spa srp swe tha tur ukr vie zho"
)
_LANGUAGE = re.compile(rf"\.(?:{_CODES.replace(' ', '|')})(?:-[a-z]{{2,4}})?$", re.IGNORECASE)
_SPACES = re.compile(r"[_\s]+")

TitledBy = Literal["file", "folder"]


def files_at(paths: Sequence[Path], suffixes: tuple[str, ...]) -> tuple[list[Path], dict[str, CinekitError]]:
    """The files at some paths, each once, and what is wrong with the other paths, by path.

    A file is taken whatever its ending; of a folder, and of the folders in it, the files with one of the endings.
    """
    found: dict[Path, None] = {}
    wrong: dict[str, CinekitError] = {}
    for path in paths:
        try:
            found |= dict.fromkeys(_files(path.expanduser(), suffixes))
        except CinekitError as error:
            wrong[str(path)] = error
        except OSError as error:
            wrong[str(path)] = SourceError(f"{path}: {error.strerror or error}")
    return list(found), wrong


def titles_after(files: Sequence[Path], by: TitledBy, kind: str) -> dict[Path, str]:
    """What the title of each file is called that is named after it, or after the folder that it lies in.

    Files of one name in several folders are named after their folders: heat/script.fountain, alien/script.fountain.
    """
    folders = {file: _spaced(file.resolve().parent.name) or file.name for file in files}
    if by == "folder":
        return folders
    names = {file: _spaced(_LANGUAGE.sub("", file.stem) if kind == "subtitles" else file.stem) for file in files}
    places: dict[str, set[Path]] = defaultdict(set)
    for file, name in names.items():
        places[name.casefold()].add(file.resolve().parent)
    return {
        file: folders[file] if len(places[name.casefold()]) > 1 else name or file.name for file, name in names.items()
    }


@dataclass(frozen=True)
class Found:
    """A file before it is analysed.

    Attributes:
        path: where it is.
        sha256: of its content.
        named: what its title is called, if one has to be added.
        title: key of the title that it belongs to; None where there is none yet.
        known_as: name under which the same content is listed already; "" where it is new.
    """

    path: Path
    sha256: str
    named: str
    title: int | None
    known_as: str = ""


def hashed(paths: Sequence[Path]) -> tuple[dict[Path, str], dict[Path, CinekitError]]:
    """SHA-256 of each file, and what is wrong with the others. No connection is held meanwhile: files may be large."""
    digests: dict[Path, str] = {}
    wrong: dict[Path, CinekitError] = {}
    for path in paths:
        try:
            digests[path] = sha256_of(path)
        except OSError as error:
            wrong[path] = SourceError(f"{path}: {error.strerror or error}")
    return digests, wrong


def identify(
    con: duckdb.DuckDBPyConnection, digests: Mapping[Path, str], names: Mapping[Path, str], asked: str | None
) -> tuple[list[Found], dict[Path, CinekitError]]:
    """The title of each file, and what is wrong with the others.

    A document belongs to the title asked for ("Heat (1995)", or "id:6"), else to that of the same content, else to
    that of its name.

    Raises:
        UsageError: the title asked for is blank, or several have that name.
        UnknownNameError: it is an id, and no title has it.
    """
    wanted = title_asked(con, asked) if asked is not None else None
    titles: dict[str, int | None] = {}
    found: list[Found] = []
    wrong: dict[Path, CinekitError] = {}
    for path, digest in digests.items():
        own, name = known(con, digest) or (None, "")
        named = asked or names[path]
        if asked is not None:
            title = wanted
        elif own is not None:
            title = own
        else:
            try:
                if named not in titles:
                    titles[named] = title_named(con, named)
            except UsageError as error:
                wrong[path] = UsageError(f"{path.name}: {error}, with --title")
                continue
            title = titles[named]
        found.append(Found(path, digest, named, title, name))
    return found, wrong


def kept(document: Document, sha256: str, kind: str) -> Kept:
    """What a document is stored as, once it was analysed."""
    path = document.path
    return Kept(sha256, path.stat().st_size, kind, path.name, str(path.resolve()), document.known_text)


def _spaced(name: str) -> str:
    return _SPACES.sub(" ", name).strip()


def _files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    if path.is_dir():
        inside = sorted(p for p in path.rglob("*") if p.is_file() and p.suffix.lower() in suffixes)
        if not inside:
            raise SourceError(f"{path} holds no file that ends in {', '.join(suffixes)}; name the files themselves")
        return inside
    if not path.exists():
        raise SourceError(f"there is no file {path}; check its name")
    if not path.is_file():
        raise SourceError(f"{path} is no ordinary file; name a file or a folder")
    return [path]
