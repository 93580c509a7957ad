"""Bulk writes: many rows in one request, and a result row for each.

A request wraps its rows and its response wraps the results in the same order. A rejected row does
not affect the other rows. For example, a POST of two sections of which the second has no title:

    request   {"sections": {"section": [{"title": "A", ...}, {"section_code": "B", ...}]}}
    response  207 {"section": [{"response_code": 200, "id": "789", ...},
                               {"response_code": 400, "message": "The field title is required.",
                                "section_code": "B"}]}
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lms_sandbox.schoology.context import Json, SchoologyError, SchoologyRequest, SchoologyResponse
from lms_sandbox.schoology.params import split_list
from lms_sandbox.schoology.request_body import MALFORMED_BODY, BodyFields, read_body

MAX_ROWS = 50

WriteRow = Callable[[BodyFields], Json]
"""Writes one row and returns its result. Raises SchoologyError if the row is rejected."""


@dataclass(frozen=True, slots=True)
class BulkResource:
    """A kind of object that is written in bulk.

    `plural` and `singular` are the names that wrap its rows. The result of a rejected row repeats
    those of the `echoed` fields that were sent.
    """

    plural: str
    singular: str
    echoed: tuple[str, ...]

    def rows(self, request: SchoologyRequest, fields: BodyFields) -> list[BodyFields] | None:
        """Return the rows that a body wraps; None if the body is a single object.

        A row that is not an object has no fields, so it is rejected for a missing field. Raises
        SchoologyError if the wrapping is wrong or there are more than 50 rows.
        """
        if self.plural not in fields.values:
            return None
        wrapper = fields.values[self.plural]
        rows = wrapper.get(self.singular) if isinstance(wrapper, dict) else None
        if isinstance(rows, dict):
            rows = [rows]  # a single element: XML cannot distinguish it from a list of one
        if not isinstance(rows, list):
            raise SchoologyError(400, MALFORMED_BODY)
        return [BodyFields(row if isinstance(row, dict) else {}) for row in _limit(request, rows)]

    def required_rows(self, request: SchoologyRequest) -> list[BodyFields]:
        """Return the rows of a body that must wrap rows. Raises SchoologyError."""
        rows = self.rows(request, read_body(request.body))
        if rows is None:
            raise SchoologyError(400, MALFORMED_BODY)
        return rows

    def write_rows(
        self, request: SchoologyRequest, rows: Iterable[BodyFields], write_row: WriteRow
    ) -> list[Json]:
        """Write each row and return the results, without the wrapping."""
        results = []
        for row in rows:
            try:
                results.append(write_row(row))
            except SchoologyError as error:
                results.append(self._rejected(request, row, error))
        return results

    def write(
        self, request: SchoologyRequest, rows: Iterable[BodyFields], write_row: WriteRow, *, status: int = 207
    ) -> SchoologyResponse:
        """Write each row and return the wrapped results; those of enrollments are wrapped twice."""
        wrapped: Json = {self.singular: self.write_rows(request, rows, write_row)}
        return SchoologyResponse(status, {self.plural: wrapped} if self.singular == "enrollment" else wrapped)

    def update(self, request: SchoologyRequest, write_row: WriteRow) -> SchoologyResponse:
        """Answer a bulk PUT. `write_row` finds the object by the `id` of the row."""
        rows = self.required_rows(request)
        return self.write(request, rows, write_row, status=request.quirks.bulk_put_status)

    def delete(self, request: SchoologyRequest, delete_one: Callable[[str], None]) -> SchoologyResponse:
        """Answer a bulk DELETE, whose ids are in a parameter, for example `section_ids`.

        Raises SchoologyError if there are no ids or more than 50.
        """
        ids = split_list(request.params.get(f"{self.singular}_ids", ""))
        if not ids:
            raise SchoologyError(403)

        def write_row(row: BodyFields) -> Json:
            id = row.values["id"]
            delete_one(id)
            return {"response_code": request.quirks.changed_row_code, "id": id}

        rows = [BodyFields({"id": id}) for id in _limit(request, ids)]
        return self.write(request, rows, write_row)

    def _rejected(self, request: SchoologyRequest, row: BodyFields, error: SchoologyError) -> Json:
        result: dict[str, Json] = {
            "response_code": error.status,
            request.quirks.failed_row_key: error.text or f"Status {error.status}",
        }
        if request.quirks.failed_row_echo == "codes":
            result |= {name: row.values[name] for name in self.echoed if name in row.values}
        return result


def _limit(request: SchoologyRequest, items: list[Json]) -> list[Json]:
    if len(items) > MAX_ROWS and request.quirks.bulk_overflow == "refused":
        raise SchoologyError(400, f"No more than {MAX_ROWS} items may be sent at a time.")
    return items[:MAX_ROWS]
