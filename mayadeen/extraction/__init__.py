"""Bytes in, facts out. Pure: no engine, no network, no clock, no settings."""
