"""Courses of the Canvas simulator."""
