"""Limitations of a vendor: loads, commands and arguments that it does not support."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from lms_gateway.domain.record import Kind


class Limitation(NamedTuple):
    """A load or command, or one argument of it, that a vendor cannot carry out.

    `operation` is a class of `domain.loads` or `domain.commands`. `kind` is the kind of the objects
    that it loads or changes, `parent` the kind of the object that they belong to; None covers
    every kind. `argument` is a filter, alias or value; None covers the operation as a whole. With
    a `condition`, for example "several", only such values of the argument are unsupported.
    """

    operation: type[Any]
    kind: Kind | None = None
    parent: Kind | None = None
    argument: str | None = None
    condition: str | None = None


Limitations = Mapping[Limitation, str]
"""The reason of each limitation, in words for the client."""
