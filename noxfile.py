"""The test suite on the oldest versions that pyproject.toml allows, and on the newest.

    pip install 'nox[uv]' && nox

What is named in pyproject.toml is floored; what stands behind it is whatever fits. Arguments after -- are pytest's.
"""

from __future__ import annotations

import nox

nox.options.default_venv_backend = "uv"


@nox.session
@nox.parametrize("resolution", ["lowest-direct", "highest"], ids=["floor", "newest"])
def tests(session: nox.Session, resolution: str) -> None:
    """Install all extras by one rule, say what came of it, and run the tests."""
    session.install(f"--resolution={resolution}", "-e", ".[all,test]")
    session.run("uv", "pip", "list", external=True)
    session.run("pytest", *session.posargs)
