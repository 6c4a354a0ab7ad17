"""Listings that load more by script, read in a browser."""
