"""Any order of crawls, kills and changes of the site. ``make soak`` tries more orders."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings

from tests.support.interleaving import Step, play, steps


@settings(
    derandomize=True, max_examples=2, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck)
)
@given(steps(5, 7))
def test_whatever_happens_every_version_is_there_once(made: list[Step]) -> None:
    play(made)
