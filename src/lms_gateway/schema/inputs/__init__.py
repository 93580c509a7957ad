"""Input types: references, filters and the inputs of mutations."""
