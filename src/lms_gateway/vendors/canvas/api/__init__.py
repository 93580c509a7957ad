"""Endpoints, pagination, credentials, limits and errors of the Canvas API."""
