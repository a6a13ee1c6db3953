"""Numbered loads: a file, folder or archive into the warehouse, once, whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse import viewer_ids
from warehouse.connection import first_line
from warehouse.errors import SourceError, UsageError
from warehouse.load_reports import VERSION, LoadReport, earlier_load, note_met, record, report_of
from warehouse.sources import FILES, SOURCES, TABLES, stage_function
from warehouse.sources.folders import check_files
from warehouse.sources.text import existing_file

if TYPE_CHECKING:
    import duckdb

    from warehouse.runs import Run
    from warehouse.sources import StageFunction
    from warehouse.sources.frames import FrameSource
    from warehouse.sources.text import Content
    from warehouse.store import Warehouse

__all__ = ["LoadReport", "check_path", "check_simulation", "load"]


def load(
    warehouse: Warehouse,
    source: str,
    path: str | Path | Sequence[str | Path],
    *,
    mapping: Mapping[str, str] | None = None,
    encoding: str | None = None,
    name: str | None = None,
    add_up: bool = False,
    pseudonymise: bool = False,
    plugin: FrameSource | None = None,
) -> LoadReport:
    """Load a file, folder or archive. Loading the same content again with the same options adds nothing.

    Args:
        warehouse: where to.
        path: file, folder or archive; of `warehouse.sources.FILES` perhaps several, which are one load then.
        source: one of `warehouse.sources.SOURCES`.
        mapping: columns of plain tables that go by unusual names: what they hold to their name.
        encoding: encoding of text, where it is not to be found out.
        name: what to record instead of the path, for what was made in passing.
        add_up: rows of one series and time are added up instead of refused.
        pseudonymise: keep keyed hashes in place of viewer ids (see warehouse.viewer_ids).
        plugin: the source, where a plugin offers it.

    Raises:
        UnknownNameError: no such source.
        SourceError: it cannot be read, or not one row of it can be taken; nothing is loaded then.
        UsageError: a mapping, adding up, an encoding or several paths for a source that has no use for them, a
            simulation beside other data, or ids beside pseudonyms.
        PluginError: the plugin's source breaks its promise; nothing is loaded then.
        LockedError: another process holds the warehouse.
    """
    paths = [Path(one).expanduser() for one in ([path] if isinstance(path, str | Path) else path)]
    for one in paths:
        check_path(source, one, plugin)
    _check_options(source, paths, mapping, encoding, add_up=add_up)
    options: dict[str, Any] = {"encoding": encoding, "mapping": dict(sorted((mapping or {}).items()))}
    if source == "series":
        options["sum"] = add_up
    if pseudonymise:
        options["pseudonymise"] = True
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    shown = name or f"{paths[0]}{more}"
    try:
        with tempfile.TemporaryDirectory(prefix="cinekit-") as folder:
            if plugin:
                return _load_frames(warehouse, plugin, plugin.gather(paths[0], Path(folder)), options, shown)
            gather = import_module(f"warehouse.sources.{SOURCES[source][0]}").gather
            content: Content = gather(paths if source in FILES else paths[0], Path(folder), encoding)
            with warehouse.run(verb="load", model=source, settings={"path": shown, **options}) as run:
                recorded = name or f"{paths[0].resolve()}{more}"
                return _load(warehouse, run, source, stage_function(source), content, options, recorded)
    except OSError as error:
        raise SourceError(f"{error.filename or paths[0]}: {error.strerror or error}; nothing was loaded") from error


def _load_frames(
    warehouse: Warehouse, plugin: FrameSource, content: Content, options: dict[str, Any], shown: str
) -> LoadReport:
    """Load what the source of a plugin makes of files; it is not asked where they were loaded before."""
    from warehouse.plugin_schemas import ensure

    options |= {"plugin": plugin.plugin, VERSION: plugin.version}
    name = str(content.path.resolve())
    with warehouse.run(
        verb="load",
        model=plugin.name,
        settings={"path": shown, **options},
        plugin=plugin.plugin,
        plugin_version=plugin.version,
    ) as run:
        with warehouse.reading() as con:
            earlier = earlier_load(con, plugin.name, content, options, name)
        if earlier is None:
            plugin.read()
            if plugin.schema is not None:
                ensure(warehouse, plugin.schema)
        return _load(warehouse, run, plugin.name, plugin.stage, content, options, name)


def _check_options(
    source: str, paths: Sequence[Path], mapping: Mapping[str, str] | None, encoding: str | None, *, add_up: bool
) -> None:  # fmt: skip
    if add_up and source != "series":
        raise UsageError(f"{source} take no --sum, which adds up values of one series and time; leave it away")
    if mapping and (source not in SOURCES or SOURCES[source][0] not in TABLES):
        raise UsageError(f"{source} take no column mapping; leave --map away")
    if encoding and (source not in SOURCES or source in FILES - {"scripts"}):
        raise UsageError(f"{source} take no --encoding, which is for text; leave it away")
    if len(paths) != 1 and source not in FILES:
        raise UsageError(f"{source} are loaded from one path at a time")
    if not paths:
        raise UsageError(f"name at least one file or folder of {source}")


def check_path(source: str, path: str | Path, plugin: FrameSource | None = None) -> None:
    """Find out whether there is anything to load, before a warehouse is made for it.

    Raises:
        UnknownNameError: no such source.
        SourceError: nothing there, or of many files none that the source wants.
    """
    if plugin is None:
        stage_function(source)
    path = Path(path).expanduser()
    try:
        if plugin is not None:
            plugin.check(path)
        elif source in FILES:
            check_files(path, import_module(f"warehouse.sources.{SOURCES[source][0]}").ENDINGS, source)
        elif SOURCES[source][0] in TABLES | {"films"}:
            existing_file(path)
        elif not path.exists():
            raise SourceError(f"there is no folder or archive {path}; give the one that holds the {source} data")
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}; nothing was loaded") from error


def check_simulation(con: duckdb.DuckDBPyConnection, file: Path, name: str | None = None) -> None:
    """See to it that invented people are not mixed with real ones, nor with others that were invented.

    Args:
        con: connection to the warehouse.
        file: the warehouse's file, for the message.
        name: a simulation that may be there already, by the name that its load has.

    Raises:
        UsageError: the warehouse holds real data, or another simulation.
    """
    loads = con.execute("SELECT source, path FROM meta.loads ORDER BY source = 'simulation', load").fetchall()
    others = [(source, path) for source, path in loads if source != "simulation" or path != name]
    if not others:
        return
    source, path = others[0]
    more = f" and {len(others) - 1} more" if len(others) > 1 else ""
    held = f"another simulation ({path}{more})" if source == "simulation" else f"real data ({source} {path}{more})"
    raise UsageError(f"{file} already holds {held}; name another warehouse with --warehouse")


def _load(
    warehouse: Warehouse,
    run: Run,
    source: str,
    stage: StageFunction,
    content: Content,
    options: dict[str, Any],
    name: str,
) -> LoadReport:
    import duckdb

    from warehouse.merging import merge
    from warehouse.sources.staging import Staging

    with warehouse.writing() as con:
        earlier = earlier_load(con, source, content, options, name)
        if earlier is not None:
            run.finish(con, writes={})
            return earlier
        if source == "simulation":
            check_simulation(con, warehouse.path)
        staging = Staging(con, source, content, options["mapping"], add_up=options.get("sum", False))
        try:
            stage(staging)
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.DataError) as error:
            raise SourceError(f"{content.path} cannot be read: {first_line(error)}") from error
        viewer_ids.check_kind(staging, warehouse, pseudonymised=options.get("pseudonymise", False))
        if options.get("pseudonymise"):
            viewer_ids.pseudonymise(staging, viewer_ids.key_of(con, warehouse))
        viewer_ids.refuse_forgotten(staging, warehouse)
        number = staging.count("SELECT coalesce(max(load), 0) + 1 FROM meta.loads")
        merged = merge(staging, number)
        viewer_ids.hide_contents(staging, warehouse, all_rows=options.get("pseudonymise", False))
        note_met(staging, merged, name)
        report = report_of(staging, number, merged, name)
        record(con, run, report, content, options)
        run.finish(con, writes=report.tables)
    return report
