"""A synthetic test site with known answers, served over HTTP on the loopback interface.

It replaces the real site in the demo, the tests and the benchmarks, and shares no code with the crawler.
"""

from testsite.server import Arrival, Server
from testsite.site import SyntheticSite

__all__ = ["Arrival", "Server", "SyntheticSite"]
