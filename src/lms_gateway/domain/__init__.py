"""Domain model shared by all layers. It imports the standard library only."""
