"""Sources of plugins: what they return is one load, checked as any other; what they get wrong is one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.entry_points import with_tests
from tests.hooked import NOTES, SOURCE, Install, install
from toolkit.errors import CinekitError, PluginError, SourceError, UsageError
from toolkit.host import Host
from warehouse import Warehouse
from warehouse.errors import UnknownNameError
from warehouse.forgetting import forget
from warehouse.loads import LoadReport, load

__all__ = ["install"]

GOOD = """rows = pl.read_csv(path, has_header=False, new_columns=["viewer", "title", "stars"])
        return {
            "ratings": rows.rename({"stars": "rating"}),
            "plugin_odd.notes": rows.with_columns(weight=pl.lit(0.5)),
        }"""


def loaded(house: Warehouse, host: Host, path: Path, **options: bool) -> LoadReport:
    return load(house, "odd", path, plugin=host.source("odd"), **options)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.odd"
    path.write_text("ann,Heat (1995),5\nbob,Heat (1995),-1\n")
    return path


def test_frames_are_one_load_with_refused_rows_and_keys(warehouse: Warehouse, install: Install, file: Path) -> None:
    host = install(body=GOOD)
    done = loaded(warehouse, host, file)
    assert (done.taken, done.refused, done.load) == (3, 1, 1)
    assert done.reasons == (("rating is negative", 1, "a.odd: ratings", 2),)
    assert warehouse.query("FROM plugin_odd.notes").rows() == [(1, 1, 5, 0.5, 1), (2, 1, -1, 0.5, 1)]
    assert warehouse.query("SELECT viewer_key, rating FROM raw.ratings").rows() == [(1, 5.0)]
    runs = "SELECT verb, model, plugin, plugin_version, status FROM meta.runs"
    assert warehouse.query(runs).rows() == [("load", "odd", "cinekit-odd", "1.0", "done")]
    written = "SELECT table_name, row_count FROM meta.load_tables WHERE table_name LIKE 'plugin%'"
    assert warehouse.query(written).rows() == [("plugin_odd.notes", 2)]
    again = loaded(warehouse, install(body="raise RuntimeError('asked again')"), file)
    assert again.already_loaded
    assert warehouse.query("SELECT count(*) FROM plugin_odd.notes").item() == 2


def test_a_later_version_adds_nothing_to_what_was_loaded(warehouse: Warehouse, install: Install, file: Path) -> None:
    loaded(warehouse, install(body=GOOD), file)
    later = replace(install(body=GOOD).source("odd"), version="2.0")
    again = load(warehouse, "odd", file, plugin=later)
    assert (again.already_loaded, again.load) == (True, 1)
    assert warehouse.query("SELECT count(*) FROM plugin_odd.notes").item() == 2
    file.write_text("eve,Alien (1979),3\n")
    assert not load(warehouse, "odd", file, plugin=later).already_loaded
    recorded = "SELECT options->>'plugin', options->>'plugin_version' FROM meta.loads ORDER BY load"
    assert warehouse.query(recorded).rows() == [("cinekit-odd", "1.0"), ("cinekit-odd", "2.0")]
    versions = "SELECT plugin_version FROM meta.runs WHERE status = 'done' ORDER BY started_at"
    assert warehouse.query(versions).rows() == [("1.0",), ("2.0",), ("2.0",)]


def test_viewers_are_hashed_and_forgotten_in_own_tables_too(warehouse: Warehouse, install: Install, file: Path) -> None:
    host = install(body=GOOD)
    loaded(warehouse, host, file, pseudonymise=True)
    assert not warehouse.query("SELECT 1 FROM raw.viewers WHERE viewer_id IN ('ann', 'bob')").height
    done = forget(warehouse, ["ann"])
    assert done.tables["plugin_odd.notes"] == 1
    file.write_text("ann,Alien (1979),5\nbob,Alien (1979),4\n")
    report = loaded(warehouse, host, file, pseudonymise=True)
    assert (report.taken, report.refused) == (2, 2)
    assert report.reasons[0][0] == "the viewer was forgotten"
    assert warehouse.query("SELECT stars FROM plugin_odd.notes ORDER BY load").rows() == [(-1,), (4,)]


def test_an_archive_is_unpacked_into_a_folder_of_its_name(
    warehouse: Warehouse, install: Install, tmp_path: Path
) -> None:
    body = """assert path.is_dir()
        names = sorted(one.relative_to(path).as_posix() for one in path.rglob("*") if one.is_file())
        row = {"viewer": [path.name] * len(names), "title": names, "rating": [1] * len(names)}
        return {"ratings": pl.DataFrame(row)}"""
    with zipfile.ZipFile(tmp_path / "ann.zip", "w") as archive:
        for name in ("a.odd", "deep/b.odd", "../../out.odd", "other.txt", ".hidden.odd"):
            archive.writestr(name, name)
    host = install(body=body)
    loaded(warehouse, host, tmp_path / "ann.zip")
    rows = warehouse.query("SELECT viewer_id, name FROM raw.ratings JOIN raw.viewers USING (viewer_key) "
                           "JOIN raw.titles USING (title_key) ORDER BY name").rows()  # fmt: skip
    assert rows == [("ann", "a.odd"), ("ann", "deep/b.odd"), ("ann", "out.odd")]
    assert not list(tmp_path.rglob("out.odd"))
    folder = tmp_path / "same"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.odd").write_text("a.odd")
    (folder / "deep/b.odd").write_text("deep/b.odd")
    (folder / "out.odd").write_text("../../out.odd")
    assert loaded(warehouse, host, folder).already_loaded


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return 3", "returned int, not frames by table"),
        ("return {'ratings': [1]}", "returned list for ratings, not a Polars DataFrame"),
        ("return {'raw.ratings': pl.DataFrame()}", "returned raw.ratings, which it does not declare"),
        ("return {'plugin_other.t': pl.DataFrame()}", "returned plugin_other.t, which it does not declare"),
        ("return {'ratings': pl.DataFrame({'viewer': ['a'], 'title': ['t']})}", "ratings without the column rating"),
        ("return {'ratings': pl.DataFrame({'viewer': ['a'], 'title': ['t'], 'stars': [1]})}", "the column 'stars'"),
        ("return {'ratings': pl.DataFrame({'viewer': [object()], 'title': ['t'], 'rating': [1]})}", "of type Object"),
        (
            "return {'ratings': pl.DataFrame({'viewer': [['a']], 'title': ['t'], 'rating': [1]})}",
            "lists in the column viewer; give one value a row",
        ),
        ("return {'plugin_odd.notes': pl.DataFrame({'viewer': ['a'], 'load': [1]})}", "unknown load"),
        ("return {'plugin_odd.notes': pl.DataFrame({f'c{n}': [1] for n in range(5000)})}", "missing stars"),
        ("raise ZeroDivisionError('by\\nnothing')", "failed with ZeroDivisionError: by nothing"),
        ("raise SystemExit(0)", "failed with SystemExit"),
        ("import nothing_here", "needs the package nothing_here"),
        ("raise SourceError('torn')", "torn"),
    ],
)
def test_what_a_source_gets_wrong_is_one_line_and_leaves_nothing(
    warehouse: Warehouse, install: Install, file: Path, body: str, reason: str
) -> None:
    host = install(body=body)
    with pytest.raises(CinekitError) as caught:
        loaded(warehouse, host, file)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert warehouse.query("SELECT status FROM meta.runs").rows() == [("failed",)]
    counts = "SELECT (SELECT count(*) FROM meta.loads), (SELECT count(*) FROM raw.viewers)"
    assert warehouse.query(counts).row(0) == (0, 0)


def test_rows_that_fit_no_column_are_refused_with_the_reason(
    warehouse: Warehouse, install: Install, file: Path
) -> None:
    body = """return {
            "ratings": pl.DataFrame({"viewer": ["a", "b"], "title": ["t", "t"], "rating": [float("nan"), 4.0]}),
            "plugin_odd.notes": pl.DataFrame({
                "viewer": ["a"] * 6, "title": ["t"] * 6, "stars": ["1", "many", None, "99999", "2", "3"],
                "weight": [1.0, 1.0, 1.0, 1.0, float("nan"), float("inf")],
            }),
        }"""
    done = loaded(warehouse, install(body=body), file)
    assert sorted((reason, rows) for reason, rows, *_ in done.reasons) == [
        ("no stars", 1), ("rating is not a finite number", 1), ("stars is not SMALLINT", 2),
        ("weight is not a finite number", 2)]  # fmt: skip
    assert warehouse.query("SELECT stars, weight FROM plugin_odd.notes").rows() == [(1, 1.0)]


def test_a_source_may_fill_its_own_tables_and_plain_ones_alone(install: Install, tmp_path: Path) -> None:
    host = install()
    source = tmp_path / "site" / "hooked_odd_source.py"
    source.write_text(source.read_text().replace("plugin_odd.notes", "plugin_letterboxd.diary"))
    with pytest.raises(PluginError, match=r"may not write to plugin_letterboxd.diary, but to .*ratings.* plugin_odd\."):
        host.source("odd")


def test_a_refused_schema_stops_the_load(warehouse: Warehouse, install: Install, file: Path) -> None:
    host = install(body=GOOD, schema=NOTES + "DROP TABLE raw.ratings;")
    with pytest.raises(PluginError, match=r"0001_notes\.sql is refused"):
        loaded(warehouse, host, file)
    assert warehouse.query("SELECT count(*) FROM raw.viewers").item() == 0


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("raise ValueError('a\\nb')", "cannot be imported: ValueError: a b"),
        ("import nothing_here", "needs nothing_here, which is not installed; install what it needs"),
    ],
)
def test_the_package_of_the_tables_is_the_plugins_own_fault(
    install: Install, tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, reason: str
) -> None:
    host = install()
    (tmp_path / "site/hooked_odd_schema/__init__.py").write_text(f"print('[]')\n{code}\n")
    with pytest.raises(PluginError) as caught:
        host.source("odd")
    assert str(caught.value) == f"plugin cinekit-odd: the package hooked_odd_schema of its tables {reason}"
    assert capsys.readouterr().out == ""


def test_what_the_package_of_the_tables_prints_is_no_row(
    warehouse: Warehouse, install: Install, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = install(body=GOOD)
    (tmp_path / "site/hooked_odd_schema/__init__.py").write_text("print('[]')\n")
    loaded(warehouse, host, file)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "[]\n")


def test_a_package_of_tables_that_is_not_there_is_named(install: Install) -> None:
    host = install(SOURCE.replace("'hooked_odd_schema'", "'hooked_odd_gone'"))
    with pytest.raises(PluginError, match=r"the package hooked_odd_gone of its tables cannot be imported"):
        host.source("odd")


def test_ours_win_and_both_are_named(install: Install) -> None:
    host = install(SOURCE.replace("'odd', 'hooked", "'ratings', 'hooked"))
    (plugin,) = host.plugins
    assert (plugin.state, plugin.reason) == (
        "broken", "source 'ratings' is already offered by cinekit; this one is refused")  # fmt: skip
    with pytest.raises(UnknownNameError, match="no source 'ratingz'; did you mean 'ratings'"):
        host.source("ratingz")


def test_options_of_plain_tables_are_refused(warehouse: Warehouse, install: Install, file: Path) -> None:
    host = install(body=GOOD)
    with pytest.raises(UsageError, match="take no column mapping"):
        load(warehouse, "odd", file, plugin=host.source("odd"), mapping={"viewer": "x"})
    with pytest.raises(SourceError, match=r"has to end in \.odd or \.zip"):
        loaded(warehouse, host, Path(__file__))


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kills by signal")
@pytest.mark.parametrize("moment", ["warehouse.merging._add_own", "warehouse.loads.record"])
def test_a_kill_leaves_nothing_half_written(
    warehouse: Warehouse, install: Install, file: Path, tmp_path: Path, moment: str
) -> None:
    install(body=GOOD)
    module, _, name = moment.rpartition(".")
    script = f"""
import os, signal, sys
sys.path.insert(0, {str(tmp_path / "site")!r})
import warehouse.merging, warehouse.loads
from tests.entry_points import point_of
from toolkit.host import Host
from warehouse import Warehouse
real = {moment}
def killed(*given):
    real(*given)
    os.kill(os.getpid(), signal.SIGKILL)
{module}.{name} = killed
plugin = Host(points=[point_of("cinekit-odd", "odd", "hooked_odd")]).source("odd")
warehouse.loads.load(Warehouse.open({str(warehouse.path)!r}), "odd", {str(file)!r}, plugin=plugin)
"""
    done = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True, env=with_tests())
    assert done.returncode == -signal.SIGKILL, done.stderr
    after = Warehouse.open(warehouse.path)
    counts = "SELECT (SELECT count(*) FROM plugin_odd.notes), (SELECT count(*) FROM raw.viewers), status FROM meta.runs"
    assert after.query(counts).rows() == [(0, 0, "failed")]
