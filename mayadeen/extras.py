"""The optional dependencies of ``pyproject.toml``."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1]
"""The copy of the repository, if the package runs from one. It has the locked requirements."""


def install_command(extra: str) -> str:
    """Return the command that installs an extra."""
    file = "requirements.txt" if extra == "browser" else f"requirements-{extra}.txt"
    return f"pip install -r {file}" if (FOLDER / file).is_file() else f"pip install 'mayadeen[{extra}]'"
