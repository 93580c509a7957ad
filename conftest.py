"""Plugins of ours, for every test: here, since pytest takes them only from the topmost conftest."""

pytest_plugins = ["tests.plugins.no_skips"]
