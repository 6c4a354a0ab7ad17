"""Whether work takes time in proportion to its size, on a machine of any speed."""

from __future__ import annotations

import time
from collections.abc import Callable

_SLACK = 1.0
"""CPU seconds that other work on the machine may add. Quadratic work must take longer than that."""


def is_linear(work: Callable[[int], object], size: int) -> bool:
    """Return whether four times the size costs less than nine times the CPU time. Quadratic work costs 16 times.

    ``size`` should be one for which quadratic work takes at least a second.
    """
    began = time.process_time()
    work(size)
    once = time.process_time() - began
    work(4 * size)
    return time.process_time() - began - once < 9 * once + _SLACK
