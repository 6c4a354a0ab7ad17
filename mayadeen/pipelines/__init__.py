"""The steps of a record on its way to the feeds."""
