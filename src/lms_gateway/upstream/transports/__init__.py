"""Transports: send one HTTP request and receive its reply."""
