"""Types of values that only Schoology has."""
