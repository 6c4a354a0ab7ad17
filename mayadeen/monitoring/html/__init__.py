"""Pages for people to look at: each one file, without network and scripts, whatever stands in the records."""

import sys

import pygal

# pygal looks for plugins at every later import that fails, by a way that Python 3.11 warns of and 3.12 no longer has.
sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != pygal.__name__]
