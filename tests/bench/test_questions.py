"""`make bench` measures answers, not errors."""

import pytest

from bench.calls import measure
from bench.questions import QUESTIONS, Question
from lms_gateway.sandbox.app import create_sandbox
from lms_gateway.sandbox.server import SandboxServer


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: f"{q.title}-{q.tenant or 'all'}")
async def test_a_question_fits_one_window_of_credits(question: Question) -> None:
    with SandboxServer(create_sandbox(60)) as server:
        round_ = await measure(question, server)
        assert (round_.calls == 0) == (question.title == "no vendor")
        assert round_.credits <= 48  # the warm-up took two of the fifty
