"""Types of values that only Canvas has."""
