"""What a write brings: one object or wrapped rows, its values read the way PHP reads them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .habits import SchoologyHabits
from .view import Json, Refusal

MOST_ROWS = 50
_MALFORMED = "Malformed request body"


@dataclass(frozen=True, slots=True)
class Fields:
    """One object of a body.

    Every reader answers None for a name that is not there, so that a partial object stays one.
    """

    told: Mapping[str, Json]

    def text(self, *names: str) -> str | None:
        """The value of the first of these names; what is nested becomes the word "Array"."""
        for name in names:
            if name in self.told:
                return _text(self.told[name])
        return None

    def flag(self, name: str) -> bool | None:
        """1 or 0, as a number, a text or a Boolean; null is 0. Raises Refusal."""
        number = self.number(name, 0, 1)
        return None if number is None else number == 1

    def number(self, name: str, low: int = 0, high: int | None = None) -> int | None:
        """A whole number, also as text; null and "" are `low`. Raises Refusal."""
        if name not in self.told:
            return None
        value = self.told[name]
        number = low if value is None or value == "" else _whole(value)
        if number is None or number < low or (high is not None and number > high):
            raise invalid(name)
        return number

    def numbers(self, name: str, high: int | None = None) -> tuple[int, ...] | None:
        """A list of whole numbers; one alone is a list of one, "" is none. Raises Refusal."""
        if name not in self.told:
            return None
        value = self.told[name]
        given = value if isinstance(value, list) else [value]
        numbers = [_whole(one) for one in given if one is not None and one != ""]
        read = tuple(dict.fromkeys(one for one in numbers if one is not None))
        if None in numbers or (high is not None and any(one > high for one in read)):
            raise invalid(name)
        return read

    def inside(self, name: str) -> "Fields":
        """The object under a name; an empty one where there is none. Raises Refusal."""
        value = self.told.get(name)
        if value is None or value == []:
            return Fields({})
        if not isinstance(value, Mapping):
            raise invalid(name)
        return Fields(value)


def read_body(body: bytes) -> Fields:
    """A body's object. Raises Refusal where it is no JSON object."""
    try:
        told = json.loads(body)
    except ValueError:
        raise Refusal(400, _MALFORMED) from None
    if not isinstance(told, dict):
        raise Refusal(400, _MALFORMED)
    return Fields(told)


def read_rows(
    fields: Fields, plural: str, singular: str, habits: SchoologyHabits
) -> list[Fields] | None:
    """The rows of a body that wraps them; None where it is a single object.

    A row that is no object reads as one without any fields, and is refused for what it lacks.
    Raises Refusal where the wrapping is wrong or there are more than 50.
    """
    if plural not in fields.told:
        return None
    wrapped = fields.told[plural]
    rows = wrapped.get(singular) if isinstance(wrapped, dict) else None
    if isinstance(rows, dict):
        rows = [rows]  # as from XML, where one element is a list of one
    if not isinstance(rows, list):
        raise Refusal(400, _MALFORMED)
    if len(rows) > MOST_ROWS and habits.bulk_overflow == "refused":
        raise Refusal(400, f"No more than {MOST_ROWS} items may be sent at a time.")
    return [Fields(row if isinstance(row, dict) else {}) for row in rows[:MOST_ROWS]]


def require_rows(
    fields: Fields, plural: str, singular: str, habits: SchoologyHabits
) -> list[Fields]:
    """The same where there is no single form. Raises Refusal."""
    rows = read_rows(fields, plural, singular, habits)
    if rows is None:
        raise Refusal(400, _MALFORMED)
    return rows


def read_ids(text: str, habits: SchoologyHabits) -> Sequence[str]:
    """The ids of a bulk deletion. Raises Refusal where there are none or more than 50."""
    ids = [one.strip() for one in text.split(",") if one.strip()]
    if not ids:
        raise Refusal(403)
    if len(ids) > MOST_ROWS and habits.bulk_overflow == "refused":
        raise Refusal(400, f"No more than {MOST_ROWS} items may be sent at a time.")
    return ids[:MOST_ROWS]


def invalid(name: str) -> Refusal:
    return Refusal(400, f"The value of {name} is not valid.")


def missing(name: str) -> Refusal:
    return Refusal(400, f"The field {name} is required.")


def _text(value: Json) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "1"
        case list() | dict():
            return "Array"
        case _:
            return str(value)


def _whole(value: Json) -> int | None:
    if isinstance(value, int):
        return int(value) if value >= 0 else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        return int(value)
    return None
