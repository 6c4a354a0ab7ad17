"""Reports, pages, metrics, progress and drift alerts of runs."""
