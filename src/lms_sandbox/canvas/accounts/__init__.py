"""Accounts of the Canvas simulator."""
