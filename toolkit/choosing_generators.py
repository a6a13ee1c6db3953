"""Which generator makes it: the one that is named, or the one that was best on what is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from toolkit.errors import CinekitError, ModelError, PluginError, UnknownNameError, UsageError
from toolkit.generator import Generator
from toolkit.generator_fitting import KEPT, candidate
from warehouse.rows import first

if TYPE_CHECKING:
    import duckdb

    from toolkit.generator_fitting import Candidate, TableState
    from toolkit.host import Host
    from toolkit.materials.material import GenerateRequest, Material


def generator_named(host: Host, makes: str, name: str) -> str:
    """The full name of the generator that is meant: "gru" of titles is "titles-gru".

    Raises:
        UnknownNameError: no model of that name.
        UsageError: it makes something else.
    """
    names = [entry.name for entry in host.models("generate")]
    prefix = f"{makes}-"
    full = prefix + name if prefix + name in names else name
    if full not in names:
        own = [one.removeprefix(prefix) for one in names if one.startswith(prefix)]
        raise UnknownNameError("model", name, own, f"of {makes} there are {', '.join(own)}")
    kind = host.model("generate", full)
    if not issubclass(kind, Generator):
        raise PluginError(f"model generate {full} is no Generator")
    if kind.makes != makes:
        raise UsageError(f"{full} makes {kind.makes}, not {makes}; ask cinekit generate {kind.makes}")
    return full


def generators_of(host: Host, makes: str) -> list[str]:
    """Names of all generators of one kind of material, those whose module cannot be imported left out.

    Raises:
        ModelError: there is none.
    """
    names = []
    for entry in host.models("generate"):
        try:
            kind = host.model("generate", entry.name)
        except PluginError:  # one that is broken is no offer, and stops nobody
            continue
        if issubclass(kind, Generator) and kind.makes == makes:
            names.append(entry.name)
    if not names:
        raise ModelError(f"no model makes {makes}: all are blocked or broken; cinekit plugins says why")
    return names


def interpolating(host: Host, makes: str) -> str:
    """Which generators of a kind of material interpolate, as advice."""
    kinds = {name: host.model("generate", name) for name in generators_of(host, makes)}
    names = [name for name, kind in kinds.items() if issubclass(kind, Generator) and kind.interpolates]
    return f"take {' or '.join(names)}" if names else f"no model of {makes} does"


def best_generator(
    con: duckdb.DuckDBPyConnection,
    host: Host,
    settings: Mapping[str, Mapping[str, Any]],
    material: Material[Any, Any, Any],
    request: GenerateRequest,
    tables: TableState,
    *,
    interpolates: bool = False,
) -> tuple[str, str]:
    """The full name of the generator that was best on what is loaded, and why it is taken.

    It is the best of those judged, else of those fitted by their loss on what was held out; of both, only fits count
    that would be brought back. Where there are none it is the material's default, or the first where that is blocked.

    Args:
        con: the connection that `tables` is of.
        host: the plugins.
        settings: settings of generators by their full names.
        material: what is made.
        request: what is wanted.
        tables: the state of the data.
        interpolates: whether only generators count that interpolate, where there are any.

    Raises:
        ModelError: there is no generator.
    """
    makes, default = material.makes, f"{material.makes}-{material.default}"
    names = generators_of(host, makes)
    if interpolates:
        names = [name for name in names if getattr(host.model("generate", name), "interpolates", False)] or names
    candidates = []
    for name in names:
        try:
            candidates.append(candidate(host, name, settings.get(name, {}), material, request, tables))
        except CinekitError:  # one that cannot be built is no offer; whoever asks for it is told why
            continue
    best = _judged(con, candidates, material)
    if best:
        return best[0], f"the best of those judged on these {makes}, {material.key[0]} {best[1]:.4g}"
    best = _fitted(con, candidates)
    if best:
        return best[0], f"the best of those fitted on these {makes}, {best[1]:.4g} {material.unit}"
    name = default if default in names else names[0]
    return name, f"as none was judged on these {makes} yet: {judge_them(makes)}"


def judge_them(makes: str) -> str:
    """The command that judges all generators of a kind of material."""
    return f"cinekit evaluate generate {makes}"


def _judged(
    con: duckdb.DuckDBPyConnection, candidates: list[Candidate], material: Material[Any, Any, Any]
) -> tuple[str, float] | None:
    """The one that was best by the material's metric in its latest evaluation, with the metric."""
    metric, less_is_better = material.key
    # An evaluation records which fits it judges, under the names of the models.
    sql = f"""
        SELECT m.model, m.value FROM results.metrics m JOIN meta.runs r USING (run)
        WHERE r.status = 'done' AND r.model = 'generate' AND m.task = $makes AND m.metric = $metric
          AND list_contains($keys, json_extract_string(r.settings, '$.fits."' || m.model || '"'))
        QUALIFY row_number() OVER (PARTITION BY m.model ORDER BY r.ended_at DESC) = 1
        ORDER BY m.value {"ASC" if less_is_better else "DESC"}, m.model LIMIT 1
    """
    keys = [one.key for one in candidates]
    row = first(con, sql, {"makes": material.makes, "metric": metric, "keys": keys})
    return None if row is None else (str(row[0]), float(row[1]))


def _fitted(con: duckdb.DuckDBPyConnection, candidates: list[Candidate]) -> tuple[str, float] | None:
    """The one whose saved fit has the least loss on what was held out, with the loss."""
    losses = []
    for one in candidates:
        saved = one.saved(con)
        kept = None if saved is None else first(con, KEPT, [saved])
        if kept is not None and kept[1] is not None:
            losses.append((float(kept[1]), one.model.name))
    loss, name = min(losses, default=(0.0, ""))
    return (name, loss) if name else None
