"""`docs/errors.md` has the codes, sources, statuses and close codes of the code."""

import re
from collections.abc import Iterator
from pathlib import Path

from lms_gateway.domain.errors import LmsError
from lms_gateway.schema import errors as shown
from lms_gateway.web.http import errors
from lms_gateway.web.protocols import ConnectionLimits
from tests.docs.pages import ROOT, Row, graphql_schema, page, rows_of

PAGE = page("errors.md")
WEB = ROOT / "src" / "lms_gateway" / "web"


def table_below(heading: str) -> list[Row]:
    return list(rows_of(PAGE.partition(f"\n{heading}\n")[2]))


ROWS = {row.codes[0][0]: row for row in table_below("## Codes")}


def error_classes(root: type[LmsError] = LmsError) -> Iterator[type[LmsError]]:
    """Yield every error class of the gateway."""
    yield root
    for kind in root.__subclasses__():
        yield from error_classes(kind)


def matches_in_code(pattern: str, folder: Path = WEB) -> set[str]:
    """Return the matches of a pattern in the code of a folder."""
    texts = (file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.py")))
    return {match for text in texts for match in re.findall(pattern, text)}


def test_the_documented_codes_are_those_of_the_code() -> None:
    of_classes = {kind.code for kind in error_classes()}
    of_schema = {
        value
        for name, value in vars(shown).items()
        if isinstance(value, str) and re.fullmatch(r"[A-Z]+(_[A-Z]+)+|INTERNAL", value)
    }
    of_web = matches_in_code(r'"code": "([A-Z_]+)"')
    assert set(ROWS) == of_classes | of_schema | of_web


def test_each_code_has_its_sources() -> None:
    for kind in error_classes():
        assert kind.source in ROWS[kind.code].cells[1].split(), kind


def test_the_documented_statuses_are_those_of_the_code() -> None:
    documented = {row.cells[0] for row in table_below("## HTTP statuses")}
    refused = matches_in_code(r"HTTPError\(\s*(\d{3})\b")
    ours = {"200", "400", "500", "504"}  # of operations, see web/graphql/executor.py
    assert documented == refused | {str(status) for status in errors._STATUS_BY_CODE.values()} | ours


def test_the_documented_close_codes_are_those_of_the_code() -> None:
    documented = {row.cells[0] for row in table_below("## WebSocket")}
    assert documented == matches_in_code(r"(?:Close|_close)\((\d{4})\b")


def test_the_documented_timeouts_are_those_of_the_code() -> None:
    assert ConnectionLimits().idle_timeout == 300
    assert "for five minutes" in PAGE
    assert ConnectionLimits().init_timeout == 10
    assert "within ten seconds" in PAGE


def test_the_documented_outcomes_of_mutations_are_those_of_the_code() -> None:
    mutations = table_below("## Mutations")
    assert {code for row in mutations for code in row.codes[0] if code.isupper()} <= set(ROWS)
    required = {"CONFLICT", "NOT_FOUND", "OUTCOME_UNKNOWN", "UNSUPPORTED_BY_VENDOR"}
    assert required <= {code for row in mutations for code in row.codes[0]}
    statuses = PAGE.partition("A bulk mutation")[2]
    documented = [row.codes[0][0] for row in rows_of(statuses)]
    assert documented == list(graphql_schema().type_map["RowStatus"].values)  # type: ignore[attr-defined]
