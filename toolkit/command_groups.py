"""Groups of commands whose members are found when they are asked for: models of a verb, evaluations, tunings."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

from toolkit.row_options import row_parameters

if TYPE_CHECKING:
    from toolkit.row_options import Format
    from toolkit.session import Session


class ModelGroup(TyperGroup):
    """A verb whose commands are the models that plugins offer; a model is imported when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the verb's models, and of its own commands."""
        return sorted(name for name, _ in self._entries(ctx))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of one model, its options made of its settings."""
        from toolkit.errors import UnknownNameError
        from toolkit.options import command
        from toolkit.verbs import ELSEWHERE, VERBS, verb_command

        if cmd_name.startswith("-"):
            return None
        own, names = VERBS[str(self.name)].own, [name for name, _ in self._entries(ctx)]
        if cmd_name not in names:
            kind = "model or command" if own else "model"
            raise UnknownNameError(kind, cmd_name, names, f"there are {', '.join(names)}; {ELSEWHERE}")
        verb = verb_command(str(self.name))
        model = None if cmd_name in own else _session(ctx).host.model(str(self.name), cmd_name)

        def call(format: Format | None, output: Path | None, **given: Any) -> None:
            _note_form(_session(ctx), format, output, lines=bool(given.get("stdin")))
            _end(verb.call(_session(ctx), cmd_name, given, format, output))

        text = own[cmd_name] if model is None else model.__doc__ or ""
        return command(call, cmd_name, text, verb.parameters(cmd_name, model) + row_parameters())

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List models with the help they are registered with, importing none."""
        with formatter.section("Models"):
            formatter.write_dl(sorted(self._entries(ctx)))

    def _entries(self, ctx: Any) -> list[tuple[str, str]]:
        from toolkit.verbs import VERBS

        models = [(entry.name, entry.help) for entry in _session(ctx).host.models(str(self.name))]
        return [*VERBS[str(self.name)].own.items(), *models]


class LoadCommand(TyperCommand):
    """`cinekit load`, whose help lists the sources, those of plugins too."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The options, and below them the sources; none of them is imported."""
        from warehouse.sources import SOURCES

        super().format_options(ctx, formatter)
        offered = {entry.name: entry.help for entry in _session(ctx).host.sources()}
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

        if cmd_name.startswith("-"):
            return None
        _check_verb(cmd_name, self.list_commands(ctx))
        verb = verb_command(cmd_name)

        def call(models: list[str] | None, format: Format | None, output: Path | None, **given: Any) -> None:
            _note_form(_session(ctx), format, output)
            _end(verb.evaluate(_session(ctx), models or [], given, format, output))

        argument = Annotated[list[str] | None, typer.Argument(metavar="MODEL...", help=VERBS[cmd_name].such_as)]
        names = inspect.Parameter("models", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=argument)
        return command(call, cmd_name, VERBS[cmd_name].evaluation, [names, *verb.evaluation(), *row_parameters()])

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

        if cmd_name.startswith("-"):
            return None
        _check_verb(cmd_name, self.list_commands(ctx))

        def call(model: str, format: Format | None, output: Path | None, **given: Any) -> None:
            _note_form(_session(ctx), format, output)
            _end(tune_command.call(_session(ctx), model, given, format, output))

        argument = Annotated[str, typer.Argument(metavar="MODEL", help="Such as: ease.")]
        name = inspect.Parameter("model", inspect.Parameter.KEYWORD_ONLY, annotation=argument)
        return command(call, cmd_name, VERBS[cmd_name].tuning, [name, *tune_command.parameters(), *row_parameters()])


def _session(ctx: Any) -> Session:
    """What the options of every command say."""
    return cast("Session", ctx.obj)


def _check_verb(name: str, verbs: list[str]) -> None:
    from toolkit.errors import UnknownNameError

    if name not in verbs:
        raise UnknownNameError("verb", name, verbs, f"name a verb, then models of it; verbs here: {', '.join(verbs)}")


def _note_form(session: Session, form: Format | None, output: Path | None, *, lines: bool = False) -> None:
    """Note whether people look at the results, or programs, as those do that ask by `lines` of JSON."""
    from toolkit.verbs import for_people

    session.people = for_people(form, output) and not lines


def _end(code: int) -> None:
    """End with an exit code, unless it is 0."""
    if code:
        raise typer.Exit(code)
