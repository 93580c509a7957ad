"""The data of the simulated schools."""
