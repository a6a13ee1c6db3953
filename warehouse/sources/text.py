"""Files as they come: hashed, unpacked where gzipped, and text made valid UTF-8 or refused, never garbled."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from warehouse.errors import SourceError

BLOCK = 1 << 20
FALLBACK = "cp1252"  # the superset of Latin-1 that Western tools write when they do not write UTF-8
MAX_UNPACKED = 64 << 30
MAX_RATIO = 200  # gzip and deflate reach 1032; text of this kind stays under 30
BINARY = {b"PAR1": "a Parquet file", b"PK\x03\x04": "a zip archive", b"\x1f\x8b": "a gzipped file"}


@dataclass(frozen=True)
class File:
    """One file of a load.

    Attributes:
        name: as a user knows it.
        path: where its content can be read now; text is UTF-8 there.
        encoding: in which encoding the text was found; "" for files that are not text.
    """

    name: str
    path: Path
    encoding: str = ""


@dataclass
class Content:
    """Everything that lies at a path that a user named.

    Attributes:
        path: what the user named.
        files: its files by the names in lower case that a source looks for; one file alone is under "".
        sha256: hash of the file, or of the names and hashes of all files (the same for a folder and its archive).
        size: bytes of all files.
        encoding: encoding of the text where it was not UTF-8, else "utf-8".
        unread: of sources of many files, those that cannot be read, with the reason.
    """

    path: Path
    files: dict[str, File] = field(default_factory=dict)
    sha256: str = ""
    size: int = 0
    encoding: str = "utf-8"
    unread: dict[str, str] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)

    def add(self, key: str, file: File, digest: str, size: int) -> None:
        """Take in a file that was read; `sha256` and `size` become those of all files so far."""
        self.files[key] = file
        self.size += size
        self._digests[key] = digest
        listing = "\n".join(f"{name} {self._digests[name]}" for name in sorted(self._digests))
        self.sha256 = digest if not key else hashlib.sha256(listing.encode()).hexdigest()
        if file.encoding not in ("", "utf-8", self.encoding):
            self.encoding = file.encoding


def existing_file(path: Path) -> Path:
    """The path, if a file is there.

    Raises:
        SourceError: nothing there, or a folder.
    """
    if path.is_dir():
        raise SourceError(f"{path} is a folder; name the file in it that is to be loaded")
    if not path.exists():
        near = [p.name for p in sorted(path.parent.glob("*"))[:5]] if path.parent.is_dir() else []
        raise SourceError(f"there is no file {path}" + (f"; its folder holds {', '.join(near)}" if near else ""))
    return path


def hash_file(path: Path) -> tuple[str, int]:
    """SHA-256 and size of a file that is not text."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as stream:
        for block in _blocks(stream):
            digest.update(block)
            size += len(block)
    if not size:
        raise SourceError(f"{path.name} is empty; nothing to load")
    return digest.hexdigest(), size


def read_text(path: Path, name: str, folder: Path, encoding: str | None) -> tuple[File, str, int]:
    """Hash a text file and make sure that what DuckDB reads is UTF-8; with its hash and its size.

    UTF-8 with or without BOM is read where it lies. UTF-16 is known by its BOM. Text without one valid UTF-8
    sequence of several bytes that is no UTF-8 as a whole is taken for `FALLBACK`; a mixture is refused.

    Args:
        path: the file.
        name: what users call it.
        folder: where a copy is written if it has to be unpacked or recoded.
        encoding: what the user says it is; nothing is guessed then.

    Raises:
        SourceError: empty, binary, in no encoding that fits, or a gzip file that is torn or unpacks to too much.
    """
    if path.suffix.lower() == ".gz":
        digest, size = hash_file(path)
        path = _unpacked(path, folder / f"{name.lower()}.text")
    else:
        digest, size = "", 0
    hashed, valid, ascii_only = hashlib.sha256(), True, True
    decoder = codecs.getincrementaldecoder("utf-8")()
    length, head = 0, b""
    with path.open("rb", buffering=0) as stream:
        for block in _blocks(stream):
            hashed.update(block)
            head = head or bytes(block[:4])
            length += len(block)
            if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
                continue
            _refuse_binary(block, head, name)
            if valid and not (block.isascii() and ascii_only):
                ascii_only = False
                valid = _decodes(decoder, block)
    if valid and not ascii_only:
        valid = _decodes(decoder, b"", final=True)
    if not length:
        raise SourceError(f"{name} is empty; nothing to load")
    digest, size = digest or hashed.hexdigest(), size or length
    found = encoding or _encoding(path, name, head, valid)
    if _canonical(found, name) == "utf-8":
        if not valid:
            raise SourceError(f"{name} is not UTF-8 {_where(path)}; say what it is with --encoding, such as latin-1")
        return File(name, path, "utf-8"), digest, size
    return File(name, _recoded(path, name, folder, found), found), digest, size


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _refuse_binary(block: bytes, head: bytes, name: str) -> None:
    for magic, kind in BINARY.items():
        if head.startswith(magic):
            raise SourceError(f"{name} is {kind}, not text; give it the ending that says so")
    if b"\0" in block:
        raise SourceError(f"{name} holds NUL bytes: it is no text, or UTF-16 without a mark; say --encoding utf-16-le")


def _canonical(encoding: str, name: str) -> str:
    try:
        canonical = codecs.lookup(encoding).name
    except LookupError:
        raise SourceError(f"{name}: there is no encoding {encoding!r}; try utf-8, cp1252 or latin-1") from None
    return "utf-8" if canonical == "utf-8-sig" else canonical


def _encoding(path: Path, name: str, head: bytes, valid: bool) -> str:
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    if valid:
        return "utf-8"
    with path.open("rb", buffering=0) as stream:
        decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        for block in _blocks(stream):
            text = decoder.decode(block)
            # Bytes that do not decode become surrogates, which are ignored; any other character was valid UTF-8.
            if not text.encode("utf-8", "ignore").isascii():
                raise SourceError(
                    f"{name} is UTF-8 with broken bytes {_where(path)}; repair the line, or say --encoding"
                )
    return FALLBACK


def _where(path: Path) -> str:
    """The line with the first byte that is not UTF-8."""
    with path.open("rb") as stream:
        bad = next((number for number, line in enumerate(stream, 1) if not _is_utf8(line)), 0)
    return f"in line {bad}"


def _is_utf8(line: bytes) -> bool:
    return _decodes(codecs.getincrementaldecoder("utf-8")(), line, final=True)


def _recoded(path: Path, name: str, folder: Path, encoding: str) -> Path:
    copy = folder / f"{name.lower()}.utf8"
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with path.open("rb", buffering=0) as stream, copy.open("wb") as out:
        try:
            for block in _blocks(stream):
                text = decoder.decode(block)
                lines += text.count("\n")
                out.write(text.encode("utf-8"))
            out.write(decoder.decode(b"", True).encode("utf-8"))
        except UnicodeError as error:
            raise SourceError(
                f"{name} is not {encoding} at or after line {lines}; say what it is with --encoding"
            ) from error
    with copy.open("rb", buffering=0) as stream:
        for block in _blocks(stream):
            if b"\0" in block:
                raise SourceError(f"{name} holds NUL characters; it is no text, or not {encoding}")
    return copy


def _unpacked(path: Path, copy: Path) -> Path:
    packed, size = path.stat().st_size, 0
    try:
        with gzip.open(path, "rb") as stream, copy.open("wb") as out:
            while block := stream.read(BLOCK):
                size += len(block)
                if size > MAX_UNPACKED or size > max(packed * MAX_RATIO, 64 << 20):
                    raise SourceError(
                        f"{path.name} unpacks to far more than its size; unpack it yourself if it is sound"
                    )
                out.write(block)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(f"{path.name} is torn or no gzip file ({error}); fetch it again") from error
    return copy
