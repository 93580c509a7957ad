"""Sections of the Canvas simulator."""
