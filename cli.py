"""The front door: parses, calls, and shows. The work is in `toolkit` and `warehouse`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

import typer

if TYPE_CHECKING:
    from toolkit.session import Session

Show = Callable[[Any], None]  # of a Polars frame
INTERRUPTED = 130  # what Typer makes of Ctrl-C
COMMON = ("--warehouse", "--wait", "--config")
# Said here and not in toolkit.verbs, which is imported when a verb is used.
VERBS = {
    "recommend": "Recommend titles to viewers.",
    "analyze": "Analyse scripts, subtitles, reviews, videos and images.",
    "generate": "Make titles, metadata, script pages, music and effects like those that were loaded.",
    "predict": "Forecast ticket sales and other series, and what viewers do next.",
}


def command_line() -> Any:
    """The command of the whole program. Nothing of ours is imported before, so that `run` can say what shadows it."""
    from toolkit.command_groups import EvaluateGroup, LoadCommand, ModelGroup, TuneGroup
    from toolkit.row_options import showing

    app = typer.Typer(
        callback=options,
        help="Machine learning for film and television audiences, on a warehouse that anyone can query.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        epilog="Every command also takes --warehouse, --wait, --config and --debug.",
        context_settings={"max_content_width": 100},
    )
    group = partial(typer.Typer, no_args_is_help=True, rich_markup_mode=None)
    for verb, text in VERBS.items():
        epilog = f"'cinekit {verb} MODEL --help' lists the settings of a model."
        app.add_typer(group(cls=ModelGroup, help=text, epilog=epilog), name=verb)
    app.add_typer(group(cls=EvaluateGroup, help="Measure models on held-out data."), name="evaluate")
    app.add_typer(group(cls=TuneGroup, help="Search for good settings of a model."), name="tune")
    app.command(cls=LoadCommand)(load)
    for call in (forget, simulate, export, demo):
        app.command()(call)
    for shows in (sql, tables, runs, models, doctor):
        app.command()(showing(shows))
    known = typer.Typer(callback=showing(plugins), invoke_without_command=True, rich_markup_mode=None)
    known.command("new")(plugins_new)
    app.add_typer(known, name="plugins")
    return typer.main.get_command(app)


def _version(asked: bool) -> None:
    if asked:
        from warehouse.runs import cinekit_version

        print(f"cinekit {cinekit_version()}")
        raise typer.Exit


def options(
    context: typer.Context,
    warehouse: Annotated[str | None, typer.Option(help="The DuckDB file [default ./cinekit.duckdb].")] = None,
    wait: Annotated[
        float | None, typer.Option(min=0, help="Seconds to wait while another process holds it [default 10].")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="The config file [default ./cinekit.toml].")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it and exit.")
    ] = False,
) -> None:
    """Options of every command."""
    session = _session(context)
    session.warehouse_option, session.wait_option, session.config_option = warehouse, wait, config


def _session(context: typer.Context) -> Session:
    """What the options of every command say."""
    return cast("Session", context.obj)


def load(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="One of the sources below: see docs/loading.md.")],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, folders or .zip archives.")],
    map_: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="FIELD=COLUMN", help="Say which column is which: viewer=cust_no."),
    ] = None,
    label: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Of reviews: the column that says what is positive.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Encoding of the text, where it is not UTF-8.")] = None,
    sum_: Annotated[bool, typer.Option("--sum", help="Of series: add up the rows of one series and time.")] = False,
    pseudonymise: Annotated[
        bool, typer.Option("--pseudonymise", help="Keep keyed hashes in place of viewer ids: see docs/privacy.md.")
    ] = False,
) -> None:
    """Load files into the warehouse; loading the same ones again adds nothing."""
    from toolkit.loading import column_mapping, load_paths

    session = _session(context)
    mapping = column_mapping(source, map_ or (), label)
    opened = partial(session.warehouse, create=True)
    done = load_paths(
        opened,
        source,
        paths,
        mapping=mapping,
        encoding=encoding,
        add_up=sum_,
        pseudonymise=pseudonymise,
        host=lambda: session.host,
    )
    if done:
        raise typer.Exit(done)


def forget(
    context: typer.Context,
    viewer: Annotated[
        list[str] | None,
        typer.Option(help="Forget this viewer; may be repeated. Without one, only what is left over goes."),
    ] = None,
) -> None:
    """Remove viewers from every table, with the models that learnt from them."""
    from toolkit.show import note
    from warehouse.forgetting import forget as forget_viewers

    done = forget_viewers(_session(context).warehouse(), viewer or ())
    rows = ", ".join(f"{table} {count:,}" for table, count in done.tables.items()) or "no rows"
    note(f"viewers forgotten: {done.viewers:,} ({rows}); saved models removed: {done.models:,}")
    if done.entries > done.viewers:
        note("some were there twice, under an id and under its pseudonym; both are gone")
    if done.again:
        note(f"forgotten before: {done.again:,}; what refused rows and runs still said of them is gone")


def simulate(
    context: typer.Context,
    viewers: Annotated[int, typer.Option(min=1, help="How many viewers.")] = 500,
    titles: Annotated[int, typer.Option(min=1, help="How many titles.")] = 300,
    days: Annotated[int, typer.Option(min=1, help="How many days.")] = 180,
    seed: Annotated[int, typer.Option(min=0, help="Random seed: the same gives the same audience.")] = 0,
) -> None:
    """Invent an audience whose tastes are known, and load it."""
    from toolkit.loading import described
    from toolkit.show import note
    from toolkit.simulating import simulate_into

    for line in described(simulate_into(_session(context).warehouse(create=True), viewers, titles, days, seed)):
        note(line)


def sql(
    context: typer.Context,
    show: Show,
    query: Annotated[str, typer.Argument(help="One SELECT; '-' reads it from standard input.")],
) -> None:
    """Ask the warehouse, read-only: no files, no network, no writing."""
    text = sys.stdin.read() if query == "-" else query
    show(_session(context).warehouse().query(text))


def tables(
    context: typer.Context,
    show: Show,
    table: Annotated[str | None, typer.Argument(help="One table: lists its columns.")] = None,
) -> None:
    """List what the warehouse holds, or the columns of one table."""
    warehouse = _session(context).warehouse()
    show(warehouse.columns(table) if table else warehouse.tables())


def runs(
    context: typer.Context,
    show: Show,
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest first.")] = 20,
) -> None:
    """List runs: what was done, when, how it ended."""
    query = "SELECT started_at, verb, model, status, seconds, error, run FROM runs ORDER BY run DESC LIMIT $n"
    show(_session(context).warehouse().query(query, {"n": limit}))


def models(context: typer.Context, show: Show) -> None:
    """List the models that can be used, and how often each was fitted here."""
    from toolkit import inventory

    session = _session(context)
    show(inventory.models(session.host, session.path, session.wait))


def plugins(
    context: typer.Context,
    show: Show,
    times: Annotated[bool, typer.Option("--times", help="Also say how long importing each took.")] = False,
) -> None:
    """List plugins: distribution, version, models, sources, tables, state and why; `new` begins one."""
    if context.invoked_subcommand is None:
        from toolkit import inventory

        show(inventory.plugins(_session(context).host, times=times))


def plugins_new(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="What users type after the verb; the distribution is cinekit-NAME.")],
    verb: Annotated[Literal["recommend", "generate", "analyze", "predict"], typer.Option(help="What its model does.")],
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where its folder is to lie.")] = Path(),
) -> None:
    """Write a plugin to begin with: a model that runs, its tests, and what makes it a package."""
    from toolkit.new_plugin import new_plugin, next_steps
    from toolkit.show import note

    written = new_plugin(_session(context).host, name, verb, folder)
    note(f"wrote {written}; what next:")
    for step in next_steps(written, verb):
        note(f"  {step}")


def doctor(context: typer.Context, show: Show) -> None:
    """Check the installation and the warehouse; exits with 1 where something is broken."""
    from toolkit import doctor as checks

    session = _session(context)
    frame = checks.examine(session.host, session.config, session.path, session.wait)
    show(frame)
    if (frame["state"] == "broken").any():
        raise typer.Exit(1)


def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    format: Annotated[Literal["parquet", "csv"], typer.Option("--format", help="Form of the files.")] = "parquet",
) -> None:
    """Write every table into a folder, a file each."""
    from toolkit.show import note
    from warehouse.export import export as export_tables

    files = export_tables(_session(context).warehouse(), folder, format)
    note(f"wrote {files} tables to {folder}")


def demo(context: typer.Context) -> None:
    """Invent a small audience, recommend to it, and show what to ask next."""
    from toolkit.demo import DEMO_FILE, steps
    from toolkit.show import show

    session = _session(context)
    session.warehouse_option = session.warehouse_option or DEMO_FILE
    for frame, title in steps(session.warehouse(create=True), session.host):
        show(frame, title=title)


def hoisted(arguments: list[str]) -> list[str]:
    """The arguments with the options of every command moved to the front, where Typer wants them."""
    front: list[str] = []
    rest: list[str] = []
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        if argument == "--":
            return front + rest + arguments[position:]
        if argument == "--debug" or (argument.partition("=")[0] in COMMON and "=" in argument):
            front.append(argument)
        elif argument in COMMON:
            front += arguments[position : position + 2]
            position += 1
        else:
            rest.append(argument)
        position += 1
    return front + rest


def run(arguments: list[str]) -> int:
    """Run one command, then tell plugins of its runs; the exit code.

    Whatever goes wrong is one line on stderr, a traceback only with --debug.
    """
    try:
        from toolkit.session import Session

        session = Session()
        try:
            code = command_line()(hoisted(arguments), prog_name="cinekit", standalone_mode=False, obj=session)
        finally:
            session.tell_runs()
    except KeyboardInterrupt:  # Typer has caught those of the command itself
        code = INTERRUPTED
    except typer.TyperException as error:
        # A group without its command shows its help, which is no error message.
        helped = error.format_message().startswith("Usage:")
        said = error.format_message().replace(": Value error, ", ": ")  # the prefix is pydantic's
        if said.startswith("No such command") and "Did you mean" not in said:
            said += " See 'cinekit --help'."
        print(said if helped else f"cinekit: {said}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        return _had_enough()
    except Exception as error:
        if "--debug" in arguments:
            raise
        return _report(error)
    if code == INTERRUPTED:
        print("cinekit: interrupted; nothing half-written was kept", file=sys.stderr)
    return code if isinstance(code, int) else 0


def _report(error: Exception) -> int:
    """Say in a line what went wrong; the exit code."""
    if shadow := _shadow():
        print(f"cinekit: {shadow}", file=sys.stderr)
        return 1
    from toolkit.failures import explained
    from toolkit.show import note

    line, code = explained(error)
    note(f"cinekit: {line}")
    return code


def _shadow() -> str:
    """Which of our packages another one of its name stands before, so that ours is not found; empty if none does."""
    from importlib.util import find_spec

    home = Path(__file__).resolve().parent
    for name in ("toolkit", "plugins", "warehouse"):
        spec = find_spec(name)
        places = [spec.origin, *(spec.submodule_search_locations or ())] if spec else []
        found = next((Path(place).resolve() for place in places if place), None)
        if found is not None and not found.is_relative_to(home):
            return f"{found} shadows cinekit's own {name} in {home}; rename it, or take it off the Python path"
    return ""


def main() -> None:
    """Run the command line: exit 0 done, 1 failed, 2 wrong use."""
    code = _written(run(sys.argv[1:]))
    if "toolkit.process" in sys.modules:  # with the plugins, which may have left something running
        from toolkit.process import end

        end(code)
    sys.exit(code)


def _written(code: int) -> int:
    """Write what is still on its way out; the exit code, 1 where that cannot be written."""
    try:
        if sys.stdout is not None:  # it is where the program began without one
            sys.stdout.flush()
    except BrokenPipeError:
        return _had_enough()
    except OSError as error:
        _had_enough()
        return _report(error)
    return code


def _had_enough() -> int:
    """Write no more to a stdout that takes no more, as `head` does when it has its lines; the exit code."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


if __name__ == "__main__":
    main()
