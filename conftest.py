"""Pytest plugins and hypothesis settings of all tests. Pytest loads plugins only from this file."""

import hypothesis

pytest_plugins = ["tests.plugins.no_skips"]

# The duration of an example depends on the machine, not on the code.
hypothesis.settings.register_profile(
    "untimed",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("untimed")
