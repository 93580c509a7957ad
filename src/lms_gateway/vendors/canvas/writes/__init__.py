"""Writes: from a command to calls that are sent at most once."""
