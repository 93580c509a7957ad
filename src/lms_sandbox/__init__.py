"""Both vendors, imitated over real HTTP from what is known of them.

Ships with the package, shares no code with what it tests, and keeps one invented district in
memory: `world` states it once, `canvas` and `schoology` tell it in two dialects.
"""
