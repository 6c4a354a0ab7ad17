"""From the feeds of many runs to one dataset: merge, mark duplicates, split, write, describe."""
