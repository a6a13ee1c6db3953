#!/usr/bin/env python3
"""Make the generated parts of the pages beside this file, out of the program itself.

python docs/make.py           rewrites the pages
python docs/make.py --check   changes nothing; exits with 1 and names the pages that differ

A page is prose with, here and there, two markers; what stands between them is made by the function of that name:

<!-- made: tables -->
…
<!-- end: tables -->
"""

from __future__ import annotations

import inspect
import re
import runpy
import sys
import tempfile
import types
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from toolkit import Analyzer, Classifier, Forecaster, Generator, Recommender, SentimentModel
    from toolkit.host import Host

DOCS = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(DOCS.parent))
WIDTH = 100
BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
KINDS = {float: "number", int: "whole number", str: "text", bool: "yes or no"}
MARKED = re.compile(r"(?P<begin><!-- made: (?P<part>\w+) -->\n).*?(?P<end><!-- end: (?P=part) -->)", re.DOTALL)

_COLUMNS = """
    SELECT c.schema_name, c.table_name, coalesce(t.comment, v.comment), c.column_name, c.data_type, c.comment
    FROM duckdb_columns() c
    LEFT JOIN duckdb_tables() t ON t.schema_name = c.schema_name AND t.table_name = c.table_name
    LEFT JOIN duckdb_views() v ON v.schema_name = c.schema_name AND v.view_name = c.table_name
    WHERE NOT c.internal
    ORDER BY array_position(['main', 'raw', 'features', 'models', 'results', 'meta'], c.schema_name), c.table_name,
             c.column_index
"""
Column = tuple[str, str, str | None]


def views() -> str:
    """Every view of a new warehouse: its comment and its columns."""
    parts = []
    for name, (comment, columns) in _relations().items():
        if name.startswith("main."):
            listed = ", ".join(f"`{column}` {kind}" for column, kind, _ in columns)
            parts.append(f"**`{name.removeprefix('main.')}`** {comment}\n{listed}.")
    return "\n\n".join(parts)


def tables() -> str:
    """Every table of a new warehouse with its comment and its columns, schema by schema."""
    parts = []
    for name, (comment, columns) in _relations().items():
        if not name.startswith("main."):
            rows = [(f"`{column}`", kind, note or "") for column, kind, note in columns]
            parts.append(f"### {name}\n\n{comment}\n\n{_table(('Column', 'Type', 'What it is'), rows)}")
    return "\n\n".join(parts)


def commands() -> str:
    """The help of every command, as the program prints it to a screen of WIDTH columns."""
    import typer

    release = ".".join(typer.__version__.split(".")[:2])
    made_with = f"As Typer {release} lays it out, {WIDTH} columns wide."
    return "\n\n".join([made_with, *(f"## {path}\n\n```text\n{text}\n```" for path, text in _helps())])


def models() -> str:
    """Every built-in recommender: its docstring, what it can do, and its settings."""
    return _models("recommend")


def analyzers() -> str:
    """Every built-in analyzer and model of sentiment: its docstring, what it takes and fills, and its settings."""
    return _models("analyze")


def predictors() -> str:
    """Every built-in forecaster and classifier: its docstring, what it can do, and its settings."""
    return _models("predict")


def generators() -> str:
    """Every built-in generator: its docstring, what it can do, and its settings."""
    return _models("generate")


def _models(verb: str) -> str:
    from toolkit.search import searched

    host = builtin_host()
    parts = []
    for entry in host.models(verb):
        model: Any = host.model(verb, entry.name)
        space = searched(model)
        rows = [_setting(name, field) for name, field in model.model_fields.items()]
        header: tuple[str, ...] = ("Setting", "Type", "Default", "Bounds", "What it is")
        if space:
            header = (*header, "Searched by `tune`")
            rows = [(*row, str(space.get(name, ""))) for name, row in zip(model.model_fields, rows, strict=True)]
        settings = _table(header, rows) if rows else "No settings."
        text = inspect.cleandoc(model.__doc__ or "").replace("``", "`")
        parts.append(f"## {entry.name}\n\n{text}\n\n{_abilities(model)}\n\n{settings}")
    return "\n\n".join(parts)


def errors() -> str:
    """The tree of exceptions with their exit codes."""
    from warehouse import errors as house

    return f"```text\n{inspect.cleandoc(house.__doc__ or '')}\n```"


def hooks() -> str:
    """The hooks that a plugin may implement."""
    from toolkit.spec import Hooks

    parts = []
    for name, hook in vars(Hooks).items():
        if inspect.isfunction(hook):
            whole = inspect.signature(hook)
            given = [parameter for parameter in whole.parameters.values() if parameter.name != "self"]
            signature = str(whole.replace(parameters=given)).replace("'", "")
            text, _, version = inspect.cleandoc(hook.__doc__ or "").partition(".. versionadded:: ")
            parts.append(f"## {name}\n\n```python\ndef {name}{signature}\n```\n\n{text.strip()} Since {version}.")
    return "\n\n".join(parts)


def reference() -> str:
    """Every public name of the toolkit."""
    text: str = runpy.run_path(str(DOCS / "reference.py"))["pages"]()
    return text


PARTS: dict[str, Callable[[], str]] = {
    "analyzers": analyzers,
    "commands": commands,
    "errors": errors,
    "generators": generators,
    "hooks": hooks,
    "models": models,
    "predictors": predictors,
    "reference": reference,
    "tables": tables,
    "views": views,
}


def builtin_host() -> Host:
    """The plugins of cinekit itself, whatever else is installed here."""
    from toolkit.host import OWN, Host

    return Host(points=[point for point in entry_points(group=OWN) if point.dist and point.dist.name == OWN])


def made(text: str) -> str:
    """A page's text with its generated parts made anew."""

    def part(found: re.Match[str]) -> str:
        return f"{found['begin']}\n{PARTS[found['part']]()}\n\n{found['end']}"

    return MARKED.sub(part, text)


def _relations() -> dict[str, tuple[str, list[Column]]]:
    """Comment and columns of each table and view of a new warehouse, by schema.name."""
    from warehouse import Warehouse

    found: dict[str, tuple[str, list[Column]]] = {}
    with tempfile.TemporaryDirectory() as folder, Warehouse.open(Path(folder) / "new.duckdb").reading() as con:
        for schema, table, comment, *column in con.execute(_COLUMNS).fetchall():
            found.setdefault(f"{schema}.{table}", (comment, []))[1].append((column[0], column[1], column[2]))
    return found


def _helps() -> Iterator[tuple[str, str]]:
    """Each command's path, such as "cinekit recommend ease", with its help, through the real Typer app."""
    import cli
    from toolkit.session import Session

    session = Session(builtin_host())
    todo: list[tuple[Any, str, Any]] = [(cli.command_line(), "cinekit", None)]
    while todo:
        command, name, parent = todo.pop(0)
        context = command.context_class(
            command, info_name=name, parent=parent, obj=session, terminal_width=WIDTH, max_content_width=WIDTH
        )
        yield context.command_path, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
        if hasattr(command, "list_commands"):
            names = command.list_commands(context)
            todo = [(command.get_command(context, child), child, context) for child in names] + todo


def _abilities(model: type[Recommender | Analyzer | SentimentModel | Forecaster | Classifier | Generator]) -> str:
    from toolkit import Analyzer, Classifier, Forecaster, Generator, Recommender
    from toolkit.composite import CompositeRecommender

    if issubclass(model, Generator):
        trained = "yes, with checkpoints" if model.trained else "no"
        between = "yes" if model.interpolates else "no"
        return f"*Makes {model.makes}. Learns in epochs: {trained}. Interpolates: {between}.*"
    if issubclass(model, Forecaster):
        saved = "; it is saved, and used again while the data are the same" if model.kept else ""
        return f"*Learns from all series at once: {'yes' if model.trained else 'no'}{saved}.*"
    if issubclass(model, Classifier):
        return f"*Tasks: {', '.join(f'`{task}`' for task in model.tasks) or 'every one but `next-title`'}.*"
    if issubclass(model, Analyzer):
        taken = ", ".join(f"`{suffix}`" for suffix in model.suffixes)
        return f"*Takes out of folders: {taken}. Fills: {', '.join(f'`{table}`' for table in model.writes)}.*"
    if not issubclass(model, Recommender):
        languages = ", ".join(sorted(model.languages))
        return f"*Has to be trained: {'yes' if model.trained else 'no'}; reads: {languages}.*"
    facts = {
        "explains itself": model.contributions is not Recommender.contributions,
        "ranks titles without a history": model.catalogue == "all",
        "personal": model.personal,
        "can be written as a table": model.title_weights is not Recommender.title_weights,
    }
    words = {fact: "yes" if holds else "no" for fact, holds in facts.items()}
    if issubclass(model, CompositeRecommender):
        words["ranks titles without a history"] = "if one of its models does"
    said = [f"{fact}: {word}" for fact, word in words.items()]
    if model.reads:
        said.append(f"reads beside interactions: {', '.join(f'`{table}`' for table in model.reads)}")
    text = "; ".join(said)
    return f"*{text[0].upper()}{text[1:]}.*"


def _setting(name: str, field: FieldInfo) -> tuple[str, ...]:
    pairs = [(rule, key) for rule in field.metadata for key in BOUNDS if hasattr(rule, key)]
    bounds = ", ".join(f"{BOUNDS[key]} {getattr(rule, key):g}" for rule, key in pairs)
    default = "" if field.default is None else f"`{field.default}`"
    return (f"`{name}`", _kind(field.annotation), default, bounds, f"{field.description}.")


def _kind(annotation: Any) -> str:
    if get_origin(annotation) in (Union, types.UnionType):
        return " or ".join(_kind(kind) for kind in get_args(annotation) if kind is not type(None)) + ", or not given"
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(annotation))
    if get_origin(annotation) is tuple:
        return f"{_kind(get_args(annotation)[0])}, any number of them"
    return KINDS.get(annotation, str(annotation))


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *(tuple(cell.replace("|", r"\|") for cell in row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(arguments: list[str]) -> int:
    """Rewrite the pages, or with --check name those that differ; the exit code."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = {}
    for page in sorted(DOCS.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        anew = made(text)
        if anew != text:
            stale[page] = anew
    for page, anew in stale.items():
        if arguments:
            print(f"{page.name} differs from the program: run python docs/make.py", file=sys.stderr)
        else:
            page.write_text(anew, encoding="utf-8")
            print(f"made {page.name}")
    return 1 if stale and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
