"""What ends a command without a traceback."""


class CommandError(Exception):
    """Something outside of the gateway is not as the command needs it; the message says what."""
