"""A synthetic newspaper with known answers, served over HTTP on the loopback interface.

It stands in for the real site in the demo, the tests and the benchmarks, and shares no code with the crawler.
"""

from newsroom.newsroom import Newsroom
from newsroom.server import Arrival, Server

__all__ = ["Arrival", "Newsroom", "Server"]
