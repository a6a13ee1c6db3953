"""What holds of every model: the checks that the contracts of all kinds share."""

from __future__ import annotations

import copy
import io
from abc import ABC, abstractmethod
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from toolkit.errors import CinekitError
from toolkit.offers import check_model
from toolkit.saving import restore, save
from toolkit.testing import round_trips
from toolkit.testing.checks import built, difference, fail, in_words, must, obeyed
from toolkit.testing.entry_modules import check_light, entry_module
from toolkit.testing.installed_plugins import installed_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from toolkit.model import Model

# Networks that are saved and read again may round differently.
_SAVED_TOLERANCE = 1e-5


class ModelContract(ABC):
    """What holds of every model; subclass the contract of the model's kind, such as `RecommenderContract`.

    .. versionadded:: 0.1

    Class attributes:
        model: the class, or its name where the plugin is installed.
        settings: values other than the defaults, which it is tried with.
        entry_point: the module with the hook, as in "cinekit_together"; found unless given.
        seed: of all that is random.
    """

    model: ClassVar[type[Model] | str]
    settings: ClassVar[Mapping[str, Any]] = {}
    entry_point: ClassVar[str] = ""
    seed: ClassVar[int] = 1
    # what contracts of a kind fill in
    kind: ClassVar[type[Model]]

    @abstractmethod
    def given(self, folder: Path) -> Any:
        """What the model works on: a copy of its own; files go into the folder."""

    @abstractmethod
    def fit(self, model: Any, given: Any, seed: int) -> None:
        """Have the model learn from what is given."""

    @abstractmethod
    def answers(self, model: Any, given: Any, seed: int) -> Any:
        """What a fitted model makes of what is given."""

    @abstractmethod
    def check_promise(self, model: Any, given: Any) -> None:
        """Fail where the answers of a fitted model are of other types or shapes than its kind promises."""

    @abstractmethod
    def too_little(self, folder: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
        """Ways to ask the model with empty or tiny input, each with what it is in words."""

    def taken_down(self, given: Any) -> Any:
        """A copy of what is given, to see later whether it has changed."""
        return copy.deepcopy(given)

    def found(self) -> type[Model]:
        """The model's class."""
        verb = self.kind.verb
        if not hasattr(self, "model"):
            fail(f"{type(self).__name__} has no model; add a line such as: model = Together")
        try:
            made = installed_host().model(verb, self.model) if isinstance(self.model, str) else self.model
            check_model(f"model {made!r}", made, verb, getattr(made, "name", "?"))
        except CinekitError as error:
            fail(str(error))
        must(issubclass(made, self.kind), f"{made.__name__} is no {self.kind.__name__}; take the contract of its kind")
        return made

    def built(self) -> Any:
        """A model with the settings that it is tried with, not fitted."""
        return built(self.found(), self.settings)

    def fitted(self, given: Any, seed: int | None = None) -> Any:
        """A new model that has learnt from what is given."""
        model = self.built()
        self.fit(model, given, self.seed if seed is None else seed)
        return model

    def test_it_is_documented(self) -> None:
        """Its docstring, whose first line is its help, and help of every setting are there."""
        found = self.found()
        first = (found.__doc__ or "").strip().partition("\n")[0]
        must(bool(first), f"{found.__name__} has no docstring; its first line is its help")
        for name, field in found.model_fields.items():
            told = (field.description or "").strip()
            must(
                bool(told), f"{found.__name__}: the setting {name} has no help; write setting(default, 'what it does')"
            )

    def test_settings_come_through_the_command_line(self) -> None:
        """Options are made of its settings, and give the values back."""
        round_trips.command_line(self.found(), self.settings)

    def test_settings_come_through_the_config_file(self, tmp_path: Path) -> None:
        """[plugins.NAME] of cinekit.toml gives the values back."""
        round_trips.config_file(self.found(), self.settings, tmp_path)

    def test_settings_come_through_the_record_of_runs(self) -> None:
        """What meta.runs records of a run makes the same model again."""
        round_trips.recorded_run(self.built())

    def test_it_reads_only_what_it_declares(self, tmp_path: Path) -> None:
        """`reads` names every table that it asks for; a kind that is given no tables has none."""
        del tmp_path
        found = self.found()
        must(
            not found.reads,
            f"{found.__name__} has reads = {found.reads}, but a {self.kind.__name__} is given no tables; remove it",
        )

    def test_it_returns_what_it_promises(self, tmp_path: Path) -> None:
        """Answers have the types, columns and shapes of its kind."""
        given = self.given(tmp_path)
        self.check_promise(self.fitted(given), given)

    def test_the_same_seed_gives_the_same(self, tmp_path: Path) -> None:
        """Two fits with the same seed, on the same data, answer the same."""
        made = []
        for _ in range(2):
            given = self.given(tmp_path)
            made.append(self.answers(self.fitted(given), given, self.seed))
        where = difference(*made)
        must(
            not where,
            f"{self.name}: two fits with the same seed differ in {where}; draw from np.random.default_rng(seed) alone",
        )

    def test_asking_does_not_change_it(self, tmp_path: Path) -> None:
        """Asked twice, it answers the same."""
        given = self.given(tmp_path)
        model = self.fitted(given)
        where = difference(
            copy.deepcopy(self.answers(model, given, self.seed)), self.answers(model, given, self.seed)
        )  # fmt: skip
        must(
            not where,
            f"{self.name}: asked twice it answers differently in {where}; only fit may set private attributes",
        )

    def test_it_survives_empty_and_tiny_input(self, tmp_path: Path) -> None:
        """On too little it works, or raises a CinekitError of one line."""
        for what, ask in self.too_little(tmp_path):
            obeyed(ask, self.name, what)

    def test_it_does_not_change_its_input(self, tmp_path: Path) -> None:
        """What it is given is afterwards as it was."""
        given = self.given(tmp_path)
        before = self.taken_down(given)
        self.answers(self.fitted(given), given, self.seed)
        where = difference(before, self.taken_down(given))
        must(not where, f"{self.name} changes {where} of what it is given; work on a copy")

    def test_it_prints_nothing(self, tmp_path: Path) -> None:
        """Standard output is for rows."""
        given, said = self.given(tmp_path), io.StringIO()
        with redirect_stdout(said):
            self.answers(self.fitted(given), given, self.seed)
        must(not said.getvalue(), f"{self.name} prints {said.getvalue()[:60]!r}; remove the print, or write to stderr")

    def test_it_is_cheap_to_import(self) -> None:
        """The module with the hook imports nothing heavy."""
        check_light(self.entry_point or entry_module(self.found()), self.name)

    @property
    def name(self) -> str:
        """The model's name, for messages."""
        return self.found().name


class SavedContract(ModelContract):
    """What holds of models that are saved when they were fitted, and brought back by later runs.

    .. versionadded:: 0.1
    """

    def is_saved(self) -> bool:
        """Whether the toolkit saves this one."""
        return True

    def test_it_comes_back_as_it_was_saved(self, tmp_path: Path) -> None:
        """Saved by the toolkit and brought back, it answers the same."""
        if not self.is_saved():
            pytest.skip(f"{self.name} is fitted for each run, and never saved")
        given = self.given(tmp_path)
        model, again, folder = self.fitted(given), self.built(), Path(mkdtemp(dir=tmp_path))
        try:
            save(model, folder)
            restore(again, {file.name: file for file in folder.iterdir()})
        except CinekitError as error:
            fail(f"{error}; see 'What is saved' in docs/plugins.md")
        expected = copy.deepcopy(self.answers(model, given, self.seed))
        try:
            came = self.answers(again, given, self.seed)
        except (Exception, SystemExit) as error:
            fail(
                f"{self.name}: brought back, it raises {in_words(error)}; declare all that fit learns as "
                "private attributes, and write into none of them when asked, as they are read-only"
            )
        where = difference(expected, came, _SAVED_TOLERANCE)
        must(
            not where,
            f"{self.name}: brought back, it answers differently in {where}; declare all that fit learns as private "
            "attributes",
        )
