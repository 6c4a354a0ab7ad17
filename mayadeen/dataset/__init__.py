"""From the feeds of many runs to one dataset: select, mark duplicates, split, write, describe."""
