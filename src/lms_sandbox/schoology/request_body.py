"""What a write brings: one object or wrapped rows, its values read the way PHP reads them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lms_sandbox.schoology.context import Json, SchoologyError
from lms_sandbox.schoology.quirks import SchoologyQuirks

MAX_ROWS = 50
_MALFORMED = "Malformed request body"


@dataclass(frozen=True, slots=True)
class BodyFields:
    """One object of a body.

    Every reader answers None for a name that is not there, so that a partial object stays one.
    """

    values: Mapping[str, Json]

    def text(self, *names: str) -> str | None:
        """The value of the first of these names; what is nested becomes the word "Array"."""
        for name in names:
            if name in self.values:
                return _php_text(self.values[name])
        return None

    def flag(self, name: str) -> bool | None:
        """1 or 0, as a number, a text or a Boolean; null is 0. Raises Refusal."""
        number = self.number(name, 0, 1)
        return None if number is None else number == 1

    def number(self, name: str, low: int = 0, high: int | None = None) -> int | None:
        """A whole number, also as text; null and "" are `low`. Raises Refusal."""
        if name not in self.values:
            return None
        value = self.values[name]
        number = low if value is None or value == "" else _parse_int(value)
        if number is None or number < low or (high is not None and number > high):
            raise invalid_field(name)
        return number

    def numbers(self, name: str, high: int | None = None) -> tuple[int, ...] | None:
        """A list of whole numbers; one alone is a list of one, "" is none. Raises Refusal."""
        if name not in self.values:
            return None
        value = self.values[name]
        items = value if isinstance(value, list) else [value]
        numbers = [_parse_int(item) for item in items if item is not None and item != ""]
        parsed = tuple(dict.fromkeys(item for item in numbers if item is not None))
        if None in numbers or (high is not None and any(item > high for item in parsed)):
            raise invalid_field(name)
        return parsed

    def nested(self, name: str) -> "BodyFields":
        """The object under a name; an empty one where there is none. Raises Refusal."""
        value = self.values.get(name)
        if value is None or value == []:
            return BodyFields({})
        if not isinstance(value, Mapping):
            raise invalid_field(name)
        return BodyFields(value)


def read_body(body: bytes) -> BodyFields:
    """A body's object. Raises Refusal where it is no JSON object."""
    try:
        document = json.loads(body)
    except ValueError:
        raise SchoologyError(400, _MALFORMED) from None
    if not isinstance(document, dict):
        raise SchoologyError(400, _MALFORMED)
    return BodyFields(document)


def read_rows(
    fields: BodyFields, plural: str, singular: str, quirks: SchoologyQuirks
) -> list[BodyFields] | None:
    """The rows of a body that wraps them; None where it is a single object.

    A row that is no object reads as one without any fields, and is refused for what it lacks.
    Raises Refusal where the wrapping is wrong or there are more than 50.
    """
    if plural not in fields.values:
        return None
    wrapper = fields.values[plural]
    rows = wrapper.get(singular) if isinstance(wrapper, dict) else None
    if isinstance(rows, dict):
        rows = [rows]  # as from XML, where one element is a list of one
    if not isinstance(rows, list):
        raise SchoologyError(400, _MALFORMED)
    if len(rows) > MAX_ROWS and quirks.bulk_overflow == "refused":
        raise SchoologyError(400, f"No more than {MAX_ROWS} items may be sent at a time.")
    return [BodyFields(row if isinstance(row, dict) else {}) for row in rows[:MAX_ROWS]]


def require_rows(
    fields: BodyFields, plural: str, singular: str, quirks: SchoologyQuirks
) -> list[BodyFields]:
    """The same where there is no single form. Raises Refusal."""
    rows = read_rows(fields, plural, singular, quirks)
    if rows is None:
        raise SchoologyError(400, _MALFORMED)
    return rows


def read_ids(text: str, quirks: SchoologyQuirks) -> Sequence[str]:
    """The ids of a bulk deletion. Raises Refusal where there are none or more than 50."""
    ids = [part.strip() for part in text.split(",") if part.strip()]
    if not ids:
        raise SchoologyError(403)
    if len(ids) > MAX_ROWS and quirks.bulk_overflow == "refused":
        raise SchoologyError(400, f"No more than {MAX_ROWS} items may be sent at a time.")
    return ids[:MAX_ROWS]


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
