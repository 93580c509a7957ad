"""Upstream: calls to vendors, one client per credential. Only this package imports httpx2."""
