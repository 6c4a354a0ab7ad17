"""Many orders of crawls, kills and changes of the site."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support.interleaving import Step, play, steps


@pytest.mark.soak
@settings(derandomize=True, max_examples=40, database=None, suppress_health_check=list(HealthCheck))
@given(steps(4, 12))
def test_whatever_happens_every_version_is_there_once(made: list[Step]) -> None:
    play(made)
