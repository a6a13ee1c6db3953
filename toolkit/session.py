"""What the options of every command say, and the runs of the command: one session for one command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolkit.config import Config
    from toolkit.host import Host
    from toolkit.run_hooks import RunHooks
    from warehouse import Warehouse


class Session:
    """What the options of every command say. The config is read, and plugins are found, when they are asked for.

    Attributes:
        warehouse_option: path of the warehouse, of `--warehouse`.
        wait_option: seconds, of `--wait`.
        config_option: path of the config file, of `--config`.
        people: whether people look at the results, and not programs.
    """

    def __init__(self, host: Host | None = None) -> None:
        self.warehouse_option: str | None = None
        self.wait_option: float | None = None
        self.config_option: Path | None = None
        self.people = True
        self._host = host
        self._config: Config | None = None
        self._runs: RunHooks | None = None

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

    @property
    def path(self) -> Path:
        """Where the warehouse is."""
        return self.config.warehouse(self.warehouse_option)

    @property
    def wait(self) -> float:
        """Seconds to wait while another process holds the warehouse."""
        return self.config.wait(self.wait_option)

    def warehouse(self, *, create: bool = False) -> Warehouse:
        """The warehouse, which is made where it is missing only if `create`."""
        from warehouse import Warehouse

        opened = Warehouse.open(self.path, wait=self.wait, create=create)
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
