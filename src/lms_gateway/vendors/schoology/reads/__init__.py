"""Reads: from a batch of loads to the fewest calls."""
