"""State of the Canvas simulator: access tokens, jobs, settings."""
