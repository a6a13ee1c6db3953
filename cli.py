"""The front door: parses, calls, and shows. The work is in `toolkit` and `warehouse`."""

from __future__ import annotations

import errno
import inspect
import os
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from toolkit.config import Config
    from toolkit.host import Host
    from toolkit.run_hooks import RunHooks
    from warehouse import Warehouse

Form = Literal["table", "json", "csv", "parquet"]
FormOption = Annotated[Form | None, typer.Option("--format", help="How to print rows; a table unless said otherwise.")]
INTERRUPTED = 130  # what Typer makes of Ctrl-C
COMMON = ("--warehouse", "--wait", "--config")
OutputOption = Annotated[Path | None, typer.Option("--output", help="Write the rows to this .json, .csv or .parquet.")]

app = typer.Typer(
    help="Machine learning for film and television audiences, on a warehouse that anyone can query.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    epilog="Every command also takes --warehouse, --wait, --config and --debug.",
    context_settings={"max_content_width": 100},
)


@dataclass
class Session:
    """What the options of every command say, and the runs of the command."""

    warehouse_option: str | None = None
    wait_option: float | None = None
    config_option: Path | None = None
    _config: Config | None = None
    people: bool = True
    _host: Host | None = None
    _runs: RunHooks | None = None

    @property
    def config(self) -> Config:
        """The config file's content."""
        if self._config is None:
            from toolkit.config import Config

            self._config = Config.read(self.config_option)
        return self._config

    @property
    def host(self) -> Host:
        """The plugins."""
        if self._host is None:
            from toolkit.host import Host

            self._host = Host(self.config.block)
        return self._host

    def settings(self, verb: str, model: str) -> dict[str, Any]:
        """What the config file sets of a model, after it was checked, so that a fault there names the file."""
        from toolkit.settings import build

        settings = self.config.settings(model)
        if settings:
            where = f"{self.config.path}, [plugins.{model}]"
            build(self.host.model(verb, model), settings, where)
        return settings

    def path(self) -> Path:
        """Where the warehouse is."""
        return self.config.warehouse(self.warehouse_option)

    def warehouse(self, *, create: bool = False) -> Warehouse:
        """The warehouse, which is made where it is missing only if `create`."""
        from warehouse import Warehouse

        opened = Warehouse.open(self.path(), wait=self.config.wait(self.wait_option), create=create)
        opened.observer = self._observer()
        return opened

    def tell_runs(self) -> None:
        """Tell plugins of the runs that have ended, and show what they add where people look at it."""
        if self._runs is not None:
            self._runs.tell(people=self.people)

    def _observer(self) -> RunHooks:
        if self._runs is None:
            from toolkit.run_hooks import RunHooks

            self._runs = RunHooks(lambda: self.host)
        return self._runs


session = Session()


class ModelGroup(TyperGroup):
    """A verb whose commands are the models that plugins offer; a model is imported when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the verb's models, and of its own commands."""
        return sorted(name for name, _ in self._entries())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of one model, its options made of its settings."""
        from toolkit.errors import UnknownNameError
        from toolkit.options import command
        from toolkit.verbs import VERBS, verb_command

        if cmd_name.startswith("-"):
            return None
        own, names = VERBS[str(self.name)].own, [name for name, _ in self._entries()]
        if cmd_name not in names:
            kind = "model or command" if own else "model"
            raise UnknownNameError(kind, cmd_name, names, f"there are {', '.join(names)}")
        verb = verb_command(str(self.name))
        model = None if cmd_name in own else session.host.model(str(self.name), cmd_name)

        def call(format: Form | None, output: Path | None, **given: Any) -> None:
            _note_form(format, output, lines=bool(given.get("stdin")))
            _exit(verb.call(session, cmd_name, given, format, output))

        text = own[cmd_name] if model is None else model.__doc__ or ""
        return command(call, cmd_name, text, verb.parameters(cmd_name, model) + _form_parameters())

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List models with the help they are registered with, importing none."""
        with formatter.section("Models"):
            formatter.write_dl(sorted(self._entries()))

    def _entries(self) -> list[tuple[str, str]]:
        from toolkit.verbs import VERBS

        models = [(entry.name, entry.help) for entry in session.host.models(str(self.name))]
        return [*VERBS[str(self.name)].own.items(), *models]


class LoadCommand(TyperCommand):
    """`cinekit load`, whose help lists the sources, those of plugins too."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The options, and below them the sources; none of them is imported."""
        from warehouse.sources import SOURCES

        super().format_options(ctx, formatter)
        offered = {entry.name: entry.help for entry in session.host.sources()}
        with formatter.section("Sources"):
            formatter.write_dl(sorted({**{name: line for name, (_, line) in SOURCES.items()}, **offered}.items()))


class EvaluateGroup(TyperGroup):
    """The verbs that can be evaluated; what each can be asked is imported when it is asked."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The verbs."""
        from toolkit.verbs import VERBS

        return sorted(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of one verb, its options made of what can be asked."""
        from toolkit.options import command
        from toolkit.verbs import VERBS, verb_command

        if cmd_name not in VERBS:
            return None
        verb = verb_command(cmd_name)

        def call(models: list[str] | None, format: Form | None, output: Path | None, **given: Any) -> None:
            _note_form(format, output)
            _exit(verb.evaluate(session, models or [], given, format, output))

        argument = Annotated[list[str] | None, typer.Argument(metavar="MODEL...", help=VERBS[cmd_name].such_as)]
        names = inspect.Parameter("models", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=argument)
        return command(call, cmd_name, VERBS[cmd_name].evaluation, [names, *verb.evaluation(), *_form_parameters()])

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the verbs."""
        from toolkit.verbs import VERBS

        with formatter.section("Commands"):
            formatter.write_dl([(name, VERBS[name].evaluation) for name in sorted(VERBS)])


class TuneGroup(TyperGroup):
    """The verbs whose models can be tuned; how is imported when it is asked."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The verbs."""
        from toolkit.verbs import VERBS

        return sorted(name for name, verb in VERBS.items() if verb.tuning)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of one verb, its options made of what can be asked."""
        from toolkit import tune_command
        from toolkit.options import command
        from toolkit.verbs import VERBS

        if cmd_name not in self.list_commands(ctx):
            return None

        def call(model: str, format: Form | None, output: Path | None, **given: Any) -> None:
            _note_form(format, output)
            _exit(tune_command.call(session, model, given, format, output))

        argument = Annotated[str, typer.Argument(metavar="MODEL", help="Such as: ease.")]
        name = inspect.Parameter("model", inspect.Parameter.KEYWORD_ONLY, annotation=argument)
        return command(call, cmd_name, VERBS[cmd_name].tuning, [name, *tune_command.parameters(), *_form_parameters()])


def _add_verb(name: str, help: str) -> None:
    group = typer.Typer(
        cls=ModelGroup,
        help=help,
        no_args_is_help=True,
        rich_markup_mode=None,
        epilog=f"'cinekit {name} MODEL --help' lists the settings of a model.",
    )
    app.add_typer(group, name=name)


# Said here and not in toolkit.verbs, which is imported when a verb is used.
_add_verb("recommend", "Recommend titles to viewers.")
_add_verb("analyze", "Analyse scripts, subtitles, reviews, videos and images.")
_add_verb("generate", "Make titles, metadata, script pages, music and effects like those that were loaded.")
_add_verb("predict", "Forecast ticket sales and other series, and what viewers do next.")
evaluate_app = typer.Typer(
    cls=EvaluateGroup, help="Measure models on held-out data.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(evaluate_app, name="evaluate")
tune_app = typer.Typer(
    cls=TuneGroup, help="Search for good settings of a model.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(tune_app, name="tune")


def _exit(code: int) -> None:
    if code:
        raise typer.Exit(code)


def _note_form(form: Form | None, output: Path | None, *, lines: bool = False) -> None:
    """Note whether people look at the results, or programs, as those do that ask by `lines` of JSON."""
    from toolkit.verbs import for_people

    session.people = for_people(form, output) and not lines


def _form_parameters() -> list[inspect.Parameter]:
    kind = inspect.Parameter.KEYWORD_ONLY
    return [
        inspect.Parameter("format", kind, default=None, annotation=FormOption),
        inspect.Parameter("output", kind, default=None, annotation=OutputOption),
    ]


@app.command(cls=LoadCommand)
def load(
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
    _exit(done)


@app.command()
def forget(
    viewer: Annotated[
        list[str] | None,
        typer.Option(help="Forget this viewer; may be repeated. Without one, only what is left over goes."),
    ] = None,
) -> None:
    """Remove viewers from every table, with the models that learnt from them."""
    from toolkit import show
    from warehouse.forgetting import forget as forget_viewers

    done = forget_viewers(session.warehouse(), viewer or ())
    rows = ", ".join(f"{table} {count:,}" for table, count in done.tables.items()) or "no rows"
    show.note(f"viewers forgotten: {done.viewers:,} ({rows}); saved models removed: {done.models:,}")
    if done.entries > done.viewers:
        show.note("some were there twice, under an id and under its pseudonym; both are gone")
    if done.again:
        show.note(f"forgotten before: {done.again:,}; what refused rows and runs still said of them is gone")


@app.command()
def simulate(
    viewers: Annotated[int, typer.Option(min=1, help="How many viewers.")] = 500,
    titles: Annotated[int, typer.Option(min=1, help="How many titles.")] = 300,
    days: Annotated[int, typer.Option(min=1, help="How many days.")] = 180,
    seed: Annotated[int, typer.Option(min=0, help="Random seed: the same gives the same audience.")] = 0,
) -> None:
    """Invent an audience whose tastes are known, and load it."""
    from toolkit import show
    from toolkit.loading import described
    from toolkit.simulating import simulate_into

    for line in described(simulate_into(session.warehouse(create=True), viewers, titles, days, seed)):
        show.note(line)


@app.command()
def sql(
    query: Annotated[str, typer.Argument(help="One SELECT; '-' reads it from standard input.")],
    format: FormOption = None,
    output: OutputOption = None,
) -> None:
    """Ask the warehouse, read-only: no files, no network, no writing."""
    from toolkit import show

    text = sys.stdin.read() if query == "-" else query
    show.show(session.warehouse().query(text), format, output)


@app.command()
def tables(
    table: Annotated[str | None, typer.Argument(help="One table: lists its columns.")] = None,
    format: FormOption = None,
    output: OutputOption = None,
) -> None:
    """List what the warehouse holds, or the columns of one table."""
    from toolkit import show

    warehouse = session.warehouse()
    show.show(warehouse.columns(table) if table else warehouse.tables(), format, output)


@app.command()
def runs(
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest first.")] = 20,
    format: FormOption = None,
    output: OutputOption = None,
) -> None:
    """List runs: what was done, when, how it ended."""
    from toolkit import show

    query = "SELECT started_at, verb, model, status, seconds, error, run FROM runs ORDER BY run DESC LIMIT $n"
    show.show(session.warehouse().query(query, {"n": limit}), format, output)


@app.command()
def models(format: FormOption = None, output: OutputOption = None) -> None:
    """List the models that can be used, and how often each was fitted here."""
    from toolkit import inventory, show

    show.show(inventory.models(session.host, session.path(), session.config.wait(session.wait_option)), format, output)


plugins_app = typer.Typer(rich_markup_mode=None)
app.add_typer(plugins_app, name="plugins")


@plugins_app.callback(invoke_without_command=True)
def plugins(
    context: typer.Context,
    times: Annotated[bool, typer.Option("--times", help="Also say how long importing each took.")] = False,
    format: FormOption = None,
    output: OutputOption = None,
) -> None:
    """List plugins: distribution, version, models, state and why; `new` begins one."""
    if context.invoked_subcommand is None:
        from toolkit import inventory, show

        show.show(inventory.plugins(session.host, times=times), format, output)


@plugins_app.command("new")
def plugins_new(
    name: Annotated[str, typer.Argument(help="What users type after the verb; the distribution is cinekit-NAME.")],
    verb: Annotated[Literal["recommend", "generate", "analyze", "predict"], typer.Option(help="What its model does.")],
    folder: Annotated[Path, typer.Option(metavar="DIR", help="Where its folder is to lie.")] = Path(),
) -> None:
    """Write a plugin to begin with: a model that runs, its tests, and what makes it a package."""
    from toolkit import show
    from toolkit.new_plugin import new_plugin, next_steps

    written = new_plugin(session.host, name, verb, folder)
    show.note(f"wrote {written}; what next:")
    for step in next_steps(written, verb):
        show.note(f"  {step}")


@app.command()
def doctor(format: FormOption = None, output: OutputOption = None) -> None:
    """Check the installation and the warehouse; exits with 1 where something is broken."""
    from toolkit import doctor as checks
    from toolkit import show

    frame = checks.examine(session.host, session.config, session.path(), session.config.wait(session.wait_option))
    show.show(frame, format, output)
    if (frame["state"] == "broken").any():
        raise typer.Exit(1)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet.")],
    format: Annotated[Literal["parquet", "csv"], typer.Option("--format", help="Form of the files.")] = "parquet",
) -> None:
    """Write every table into a folder, a file each."""
    from toolkit import show
    from warehouse.export import export as export_tables

    files = export_tables(session.warehouse(), folder, format)
    show.note(f"wrote {files} tables to {folder}")


@app.command()
def demo() -> None:
    """Invent a small audience, recommend to it, and show what to ask next."""
    from toolkit import show
    from toolkit.demo import DEMO_FILE, steps

    session.warehouse_option = session.warehouse_option or DEMO_FILE
    for frame, title in steps(session.warehouse(create=True), session.host):
        show.show(frame, title=title)


def _version(asked: bool) -> None:
    if asked:
        from warehouse.runs import cinekit_version

        print(f"cinekit {cinekit_version()}")
        raise typer.Exit


@app.callback()
def options(
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
    global session
    session = Session(warehouse, wait, config)


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
        try:
            code = app(hoisted(arguments), prog_name="cinekit", standalone_mode=False)
        finally:
            session.tell_runs()
    except KeyboardInterrupt:  # Typer has caught those of the command itself
        code = INTERRUPTED
    except typer.TyperException as error:
        # A group without its command shows its help, which is no error message.
        helped = error.format_message().startswith("Usage:")
        said = error.format_message().replace(": Value error, ", ": ")  # the prefix is pydantic's
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
    shadow = _shadow()
    if shadow:
        print(f"cinekit: {shadow}", file=sys.stderr)
        return 1
    from toolkit.show import note
    from warehouse.errors import CinekitError

    if isinstance(error, CinekitError):
        note(f"cinekit: {error}")
        return error.exit_code
    if isinstance(error, RuntimeError) and "interrupted" in str(error):  # what DuckDB makes of Ctrl-C
        print("cinekit: interrupted", file=sys.stderr)
        return INTERRUPTED
    first = (str(error).splitlines() or [""])[0]
    if isinstance(error, ModuleNotFoundError):
        from toolkit.extras import how_to_install

        first = f"this needs the package {error.name}, which is not installed; {how_to_install(error.name or '')}"
    elif isinstance(error, OSError):
        first = f"{error.filename or 'the disk'}: {error.strerror or first}"
        what_next = {errno.EROFS: "name a place that can be written to", errno.EACCES: "change its permissions"}
        first += f"; {what_next[error.errno]}" if error.errno in what_next else ""
    else:
        first = f"{type(error).__name__}: {first} (this is a bug; --debug shows where)"
    note(f"cinekit: {first}")
    return 1


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
