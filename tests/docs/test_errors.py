"""`docs/errors.md` and the code name the same codes, sources, statuses and close codes."""

import re
from collections.abc import Iterator
from pathlib import Path

from lms_gateway.domain.errors import LmsError
from lms_gateway.schema import errors as shown
from lms_gateway.web import refusals
from lms_gateway.web.state import Pace
from tests.docs.pages import ROOT, Row, graphql_schema, page, rows_of

PAGE = page("errors.md")
WEB = ROOT / "src" / "lms_gateway" / "web"


def table_below(heading: str) -> list[Row]:
    return list(rows_of(PAGE.partition(f"\n{heading}\n")[2]))


ROWS = {row.codes[0][0]: row for row in table_below("## Codes")}


def kinds(root: type[LmsError] = LmsError) -> Iterator[type[LmsError]]:
    """Every error of ours, those of the upstream stack among them."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds(kind)


def written(pattern: str, folder: Path = WEB) -> set[str]:
    """What a pattern finds in the code of a folder."""
    texts = (file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.py")))
    return {found for text in texts for found in re.findall(pattern, text)}


def test_every_code_is_on_the_page_and_every_code_on_the_page_exists() -> None:
    of_classes = {kind.code for kind in kinds()}
    of_schema = {
        value
        for name, value in vars(shown).items()
        if isinstance(value, str) and re.fullmatch(r"[A-Z]+(_[A-Z]+)+|INTERNAL", value)
    }
    of_web = written(r'"code": "([A-Z_]+)"')
    assert set(ROWS) == of_classes | of_schema | of_web


def test_each_code_names_every_source_that_it_can_have() -> None:
    for kind in kinds():
        assert kind.source in ROWS[kind.code].cells[1].split(), kind


def test_every_status_is_on_the_page_and_every_status_on_the_page_is_answered() -> None:
    told = {row.cells[0] for row in table_below("## HTTP statuses")}
    refused = written(r"Refused\(\s*(\d{3})\b")
    ours = {"200", "400", "500", "504"}  # of operations, see web/operations.py
    assert told == refused | {str(status) for status in refusals._STATUS.values()} | ours


def test_every_close_code_is_on_the_page_and_every_one_on_the_page_is_sent() -> None:
    told = {row.cells[0] for row in table_below("## WebSocket")}
    assert told == written(r"(?:Close|_close)\((\d{4})\b")


def test_the_pages_waits_are_the_codes() -> None:
    assert Pace().idle == 300
    assert "for five minutes" in PAGE
    assert Pace().hello == 10
    assert "within ten seconds" in PAGE


def test_what_mutations_answer_are_codes_and_statuses_of_the_gateway() -> None:
    mutations = table_below("## Mutations")
    assert {code for row in mutations for code in row.codes[0] if code.isupper()} <= set(ROWS)
    written = {"CONFLICT", "NOT_FOUND", "OUTCOME_UNKNOWN", "UNSUPPORTED_BY_VENDOR"}
    assert written <= {code for row in mutations for code in row.codes[0]}
    statuses = PAGE.partition("A bulk mutation")[2]
    told = [row.codes[0][0] for row in rows_of(statuses)]
    assert told == list(graphql_schema().type_map["RowStatus"].values)  # type: ignore[attr-defined]
