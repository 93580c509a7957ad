"""Conversion of Python names to GraphQL names."""


def camel_case(name: str) -> str:
    """Return `startAt` for `start_at`."""
    head, *tail = name.split("_")
    return head + "".join(word.title() for word in tail)
