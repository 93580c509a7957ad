"""CommandError: ends a command without a traceback."""


class CommandError(Exception):
    """A command cannot run, e.g. because a port is in use. The message says why."""
