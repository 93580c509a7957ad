"""Request bodies: a JSON object whose values are converted as PHP converts them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from lms_sandbox.schoology.context import Json, SchoologyError

MALFORMED_BODY = "Malformed request body"


@dataclass(frozen=True, slots=True)
class BodyFields:
    """The fields of one object of a body.

    Each method returns None for a field that was not sent, so a partial object stays partial. It
    raises SchoologyError if the value is invalid.
    """

    values: Mapping[str, Json]

    def text(self, *names: str) -> str | None:
        """Return the first of these fields as text; an array or object becomes "Array"."""
        for name in names:
            if name in self.values:
                return _php_text(self.values[name])
        return None

    def flag(self, name: str) -> bool | None:
        """Return a flag: 1 or 0, as a number, text or Boolean; null means 0."""
        number = self.number(name, 0, 1)
        return None if number is None else number == 1

    def number(self, name: str, low: int = 0, high: int | None = None) -> int | None:
        """Return an integer, `low` to `high`, sent as a number or text; null and "" are `low`."""
        if name not in self.values:
            return None
        value = self.values[name]
        number = low if value is None or value == "" else _parse_int(value)
        if number is None or number < low or (high is not None and number > high):
            raise invalid_field(name)
        return number

    def numbers(self, name: str, high: int | None = None) -> tuple[int, ...] | None:
        """Return a list of integers; a single value is a list of one, "" and null are omitted."""
        if name not in self.values:
            return None
        value = self.values[name]
        items = value if isinstance(value, list) else [value]
        numbers = [_parse_int(item) for item in items if item is not None and item != ""]
        parsed = tuple(dict.fromkeys(number for number in numbers if number is not None))
        if None in numbers or (high is not None and any(number > high for number in parsed)):
            raise invalid_field(name)
        return parsed

    def nested(self, name: str) -> "BodyFields":
        """Return the object in a field; without one, an object that has no fields."""
        value = self.values.get(name)
        if value is None or value == []:
            return BodyFields({})
        if not isinstance(value, Mapping):
            raise invalid_field(name)
        return BodyFields(value)


def read_body(body: bytes) -> BodyFields:
    """Return the fields of a body. Raises SchoologyError if it is not a JSON object."""
    try:
        document = json.loads(body)
    except ValueError:
        raise SchoologyError(400, MALFORMED_BODY) from None
    if not isinstance(document, dict):
        raise SchoologyError(400, MALFORMED_BODY)
    return BodyFields(document)


def invalid_field(name: str) -> SchoologyError:
    return SchoologyError(400, f"The value of {name} is not valid.")


def missing_field(name: str) -> SchoologyError:
    return SchoologyError(400, f"The field {name} is required.")


def _php_text(value: Json) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "1"
        case list() | dict():
            return "Array"
        case _:
            return str(value)


def _parse_int(value: Json) -> int | None:
    if isinstance(value, int):
        return int(value) if value >= 0 else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    return None
