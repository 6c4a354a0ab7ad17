"""What watches a run from outside."""
