"""What is done to a record on its way to the feeds."""
