"""Thousands of runs on sites that nobody redesigns: docs/drift.md gives the figures."""

from __future__ import annotations

import pytest

from tests.support.drifting import quiet_runs

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("concentration", [10, 20])
def test_no_run_alerts(concentration: int) -> None:
    assert sum(quiet_runs(seed, concentration, count=50) for seed in range(20)) == 0
