"""Raise the floors of the extractor's quality to what is measured: ``python -m tools.quality_floors``.

A floor is never lowered. A figure below its floor is named, and the exit status is 1.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests"


def raised(floors: dict[str, float], found: dict[str, float]) -> dict[str, float]:
    """The floors that the measured figures allow, rounded down to four digits."""
    return {name: max(floors.get(name, 0.0), math.floor(value * 10_000) / 10_000) for name, value in found.items()}


def main() -> int:
    sys.path.insert(0, str(TESTS))
    from extraction import test_quality as quality  # type: ignore[import-not-found]

    if not quality.CORPUS.is_dir():
        print("quality_floors: the corpus is not next to this checkout. Nothing was changed.", file=sys.stderr)
        return 1
    floors = json.loads(quality.FLOORS.read_text(encoding="utf-8")) if quality.FLOORS.exists() else {}
    found = quality.measured()
    below = [name for name, floor in floors.items() if found.get(name, 0.0) < floor]
    for name in below:
        print(f"quality_floors: {name} is {found[name]:.4f}, below its floor {floors[name]}. Fix it.", file=sys.stderr)
    if not below:
        quality.FLOORS.write_text(json.dumps(raised(floors, found), indent=2) + "\n", encoding="utf-8")
    return int(bool(below))


if __name__ == "__main__":
    sys.exit(main())
