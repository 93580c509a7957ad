"""A simulator of Canvas and Schoology over real HTTP.

It ships with the gateway, imports nothing of it, and keeps its data in memory: `data` defines one
sample district, which `canvas` and `schoology` each serve in the format of the vendor.
"""
