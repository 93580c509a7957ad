"""Watched jobs: one poll for all watchers, until the job ends."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import pytest

from lms_gateway.domain.backend import OnSettled
from lms_gateway.domain.errors import UpstreamInvalid, UpstreamUnavailable
from lms_gateway.domain.loads import ById, Load
from lms_gateway.domain.models import Progress, ProgressState
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Kind, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.schema.ids import encode_id
from lms_gateway.schema.jobs.polling import JobPoller
from tests.schema.conftest import SCHEMA
from tests.schema.school import DictBackend, School

STEPS: list[dict[str, Any]] = [
    {"state": ProgressState.QUEUED, "completion": None},
    {"state": ProgressState.RUNNING, "completion": 40.0},
    {"state": ProgressState.RUNNING, "completion": 40.0},
    {"state": ProgressState.COMPLETED, "completion": 100.0},
]


class JobBackend(DictBackend):
    """Returns the next step of a job for each poll; fails after `fails_at` polls."""

    def __init__(self, fails_at: int | None = None) -> None:
        super().__init__()
        self.polls = 0
        self._fails_at = fails_at

    async def fetch(self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled) -> None:
        (load,) = batch
        assert isinstance(load, ById)
        step = STEPS[min(self.polls, len(STEPS) - 1)]
        self.polls += 1
        if self._fails_at is not None and self.polls > self._fails_at:
            on_settled(load, UpstreamUnavailable("away"))
        elif load.id == "404":
            on_settled(load, None)
        else:
            on_settled(load, store.merge(Kind.PROGRESS, load.id, step))


class StuckJobBackend(JobBackend):
    """Answers two polls at once, and the third after `freed` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.stuck, self.freed = asyncio.Event(), asyncio.Event()

    async def fetch(self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled) -> None:
        if self.polls == 2:
            self.stuck.set()
            await self.freed.wait()
        await super().fetch(batch, store, on_settled)


def job_poller() -> JobPoller:
    return JobPoller(min_interval=0.001, max_interval=0.002)


async def watch(poller: JobPoller, job: JobBackend, id: str = "7") -> list[object]:
    states: list[object] = []
    async with aclosing(poller.watch(job, "maple", ById(Kind.PROGRESS, id))) as updates:
        async for record in updates:
            assert record is None or isinstance(record, Progress)
            states.append(record and (record.state, record.completion))
    return states


async def test_each_change_is_reported_until_the_end() -> None:
    job = JobBackend()
    assert await watch(job_poller(), job) == [
        (ProgressState.QUEUED, None),
        (ProgressState.RUNNING, 40.0),
        (ProgressState.COMPLETED, 100.0),
    ]
    assert job.polls == len(STEPS)


async def test_all_watchers_share_one_poll() -> None:
    job, poller = JobBackend(), job_poller()
    watched = await asyncio.gather(*(watch(poller, job) for _ in range(20)))
    assert {len(states) for states in watched} == {3}
    assert job.polls == len(STEPS)


async def test_a_later_watcher_receives_the_current_state() -> None:
    job, poller = StuckJobBackend(), job_poller()
    first = asyncio.create_task(watch(poller, job))
    await job.stuck.wait()
    async with aclosing(poller.watch(job, "maple", ById(Kind.PROGRESS, "7"))) as updates:
        progress = await anext(updates)
        assert isinstance(progress, Progress)
        assert (progress.state, progress.completion) == (ProgressState.RUNNING, 40.0)
    job.freed.set()
    await first


async def test_a_job_without_watchers_is_not_polled() -> None:
    job, poller = JobBackend(), JobPoller(min_interval=0.001, max_interval=0.001)
    async with aclosing(poller.watch(job, "maple", ById(Kind.PROGRESS, "7"))) as updates:
        await anext(updates)
    polls = job.polls
    await asyncio.sleep(0.02)
    assert job.polls == polls


async def test_a_failed_poll_raises_its_error() -> None:
    job = JobBackend(fails_at=1)
    try:
        await watch(job_poller(), job)
    except UpstreamUnavailable:
        assert job.polls == 2
    else:
        raise AssertionError("the failure was not raised")


class BrokenJobBackend(JobBackend):
    """Raises, which a backend must not do, or settles nothing."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self._error = error

    async def fetch(self, batch: Mapping[Load, Projection], store: Store, on_settled: OnSettled) -> None:
        if self._error is not None:
            raise self._error


@pytest.mark.parametrize("error", [None, KeyError("a bug")])
async def test_a_poll_without_a_result_raises_an_error(error: Exception | None) -> None:
    with pytest.raises(UpstreamInvalid) as raised:
        await watch(job_poller(), BrokenJobBackend(error))
    assert (raised.value.tenant, raised.value.vendor) == ("maple", Vendor.CANVAS)


async def test_a_later_watcher_of_an_unknown_job_receives_null() -> None:
    job, poller = JobBackend(), job_poller()
    async with aclosing(poller.watch(job, "maple", ById(Kind.PROGRESS, "404"))) as updates:
        assert await anext(updates) is None
        assert await watch(poller, job, "404") == [None]


async def test_an_unknown_job_is_null() -> None:
    assert await watch(job_poller(), JobBackend(), "404") == [None]


async def test_the_subscription_yields_until_the_end(school: School) -> None:
    job = JobBackend()
    school.maple.fetch = job.fetch  # type: ignore[method-assign]
    object.__setattr__(school.process_state, "job_poller", job_poller())
    context = school.context(None)
    id = encode_id("maple", Kind.PROGRESS, "7")
    stream = await SCHEMA.subscribe(
        "subscription ($id: ID!) { progress(id: $id) { id state completion tenant { slug } } }",
        {"id": id},
        context_value=context,
    )
    assert isinstance(stream, AsyncGenerator)
    events = [result.data["progress"] async for result in stream if result.data]
    assert [row["state"] for row in events] == ["QUEUED", "RUNNING", "COMPLETED"]
    assert events[0]["id"] == id
    assert events[0]["tenant"] == {"slug": "maple"}
    await context.aclose()
