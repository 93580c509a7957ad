"""Transports: how one HTTP request is sent and its reply received."""
