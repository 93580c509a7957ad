"""The vendors: one package each, and what they share."""
