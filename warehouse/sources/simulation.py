"""A folder of Parquet files, one a table, as the simulator writes them: read where they lie, nothing copied."""

from __future__ import annotations

from pathlib import Path

from warehouse.errors import SourceError
from warehouse.names import identifier
from warehouse.sources.staging import Stage, Staging, file_pattern, literal
from warehouse.sources.text import Content, File, hash_file

TABLES = (
    "titles", "viewers", "genres", "credits", "tags", "ratings", "watches", "purchases", "reviews",
    "simulated_viewers", "simulated_titles",
)  # fmt: skip
DRAWN = ("genres", "credits", "simulated_viewers", "simulated_titles")


def gather(path: Path, folder: Path, encoding: str | None) -> Content:  # noqa: ARG001 as every source's
    """Hash titles.parquet, watches.parquet or watches/*.parquet, and so on.

    Raises:
        SourceError: no such folder, or none of the tables in it.
    """
    if not path.is_dir():
        raise SourceError(f"there is no folder {path}; give the folder that 'cinekit simulate' wrote")
    content = Content(path)
    for table in TABLES:
        whole = path / f"{table}.parquet"
        for part in [whole] if whole.is_file() else sorted((path / table).glob("*.parquet")):
            key = part.relative_to(path).as_posix()
            digest, size = hash_file(part)
            content.add(key, File(key, part), digest, size)
    if not content.files:
        raise SourceError(f"{path} holds no table as Parquet ({', '.join(TABLES[:4])}, ...); was it simulated?")
    return content


def stage(staging: Staging) -> None:
    """Stage every table that is there.

    Raises:
        SourceError: a file is torn or no Parquet file.
    """
    import duckdb

    for table in TABLES:
        files = [f for key, f in staging.content.files.items() if key.split("/")[0].removesuffix(".parquet") == table]
        if not files:
            continue
        listed = ", ".join(literal(file_pattern(file.path)) for file in files)
        # Row numbers count within each file; files of one table are put one after the other.
        ordinal = "(file_index << 40) + file_row_number" if len(files) > 1 else "file_row_number"
        reader = f"read_parquet([{listed}], file_row_number = true)"
        try:
            types = {row[0]: row[1] for row in staging.con.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()}
        except duckdb.Error as error:
            raise SourceError(
                f"{staging.content.path}: {table} is torn or no Parquet file; simulate it again"
            ) from error
        columns = ", ".join(identifier(c) for c in types if c not in ("ordinal", "file_row_number"))
        view = staging.view(table, f"SELECT {ordinal} AS ordinal, {columns} FROM {reader}")
        staging.add(Stage(table, view, f"{table}.parquet", counted=table not in DRAWN))
