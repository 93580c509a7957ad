"""Plugins of ours, for every test: here, since pytest takes them only from the topmost conftest."""

import hypothesis

pytest_plugins = ["tests.plugins.no_skips"]

# How long an example takes tells of the machine, not of the code.
hypothesis.settings.register_profile(
    "untimed",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("untimed")
