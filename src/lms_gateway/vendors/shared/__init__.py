"""Code that the vendors share. It imports no vendor."""
