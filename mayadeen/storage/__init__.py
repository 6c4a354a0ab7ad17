"""What outlives a run: the SQLite state, the feeds, locks and atomic files."""
