"""Pagination, multiget, credentials, limits and errors of the Schoology API."""
