"""Jobs that are watched: one poll for any number of watchers, to the end."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing

import pytest

from lms_gateway.domain.asks import Ask, ById, Wants
from lms_gateway.domain.backend import Settle
from lms_gateway.domain.errors import UpstreamInvalid, UpstreamUnavailable
from lms_gateway.domain.records import Kind, Progress, ProgressState, Vendor
from lms_gateway.domain.store import Store
from lms_gateway.schema.ids import write_id
from lms_gateway.schema.watches import Watches
from tests.schema.conftest import SCHEMA
from tests.schema.school import DictBackend, School

STEPS = [
    {"state": ProgressState.QUEUED, "completion": None},
    {"state": ProgressState.RUNNING, "completion": 40.0},
    {"state": ProgressState.RUNNING, "completion": 40.0},
    {"state": ProgressState.COMPLETED, "completion": 100.0},
]


class Job(DictBackend):
    """Tells one job's steps, one a poll; fails from `fails_at` on."""

    def __init__(self, fails_at: int | None = None) -> None:
        super().__init__()
        self.polls = 0
        self._fails_at = fails_at

    async def fetch(self, batch: Mapping[Ask, Wants], store: Store, settle: Settle) -> None:
        (ask,) = batch
        assert isinstance(ask, ById)
        step = STEPS[min(self.polls, len(STEPS) - 1)]
        self.polls += 1
        if self._fails_at is not None and self.polls > self._fails_at:
            settle(ask, UpstreamUnavailable("away"))
        elif ask.id == "404":
            settle(ask, None)
        else:
            settle(ask, store.learn(Kind.PROGRESS, ask.id, step))


class StuckJob(Job):
    """Answers two polls, and the third once it is freed."""

    def __init__(self) -> None:
        super().__init__()
        self.stuck, self.freed = asyncio.Event(), asyncio.Event()

    async def fetch(self, batch: Mapping[Ask, Wants], store: Store, settle: Settle) -> None:
        if self.polls == 2:
            self.stuck.set()
            await self.freed.wait()
        await super().fetch(batch, store, settle)


def hub() -> Watches:
    return Watches(first=0.001, longest=0.002)


async def watch(watches: Watches, job: Job, id: str = "7") -> list[object]:
    seen: list[object] = []
    async with aclosing(watches.follow(job, "maple", ById(Kind.PROGRESS, id))) as news:
        async for record in news:
            assert record is None or isinstance(record, Progress)
            seen.append(record and (record.state, record.completion))
    return seen


async def test_each_move_is_told_to_the_end() -> None:
    job = Job()
    assert await watch(hub(), job) == [
        (ProgressState.QUEUED, None),
        (ProgressState.RUNNING, 40.0),
        (ProgressState.COMPLETED, 100.0),
    ]
    assert job.polls == len(STEPS)


async def test_any_number_of_watchers_is_one_poll() -> None:
    job, watches = Job(), hub()
    seen = await asyncio.gather(*(watch(watches, job) for _ in range(20)))
    assert {len(each) for each in seen} == {3}
    assert job.polls == len(STEPS)


async def test_who_comes_later_is_told_how_it_stands() -> None:
    job, watches = StuckJob(), hub()
    first = asyncio.create_task(watch(watches, job))
    await job.stuck.wait()
    async with aclosing(watches.follow(job, "maple", ById(Kind.PROGRESS, "7"))) as news:
        now = await anext(news)
        assert isinstance(now, Progress)
        assert (now.state, now.completion) == (ProgressState.RUNNING, 40.0)
    job.freed.set()
    await first


async def test_a_job_that_nobody_watches_is_not_polled() -> None:
    job, watches = Job(), Watches(first=0.001, longest=0.001)
    async with aclosing(watches.follow(job, "maple", ById(Kind.PROGRESS, "7"))) as news:
        await anext(news)
    polls = job.polls
    await asyncio.sleep(0.02)
    assert job.polls == polls


async def test_a_failing_poll_ends_the_watch_with_its_error() -> None:
    job = Job(fails_at=1)
    try:
        await watch(hub(), job)
    except UpstreamUnavailable:
        assert job.polls == 2
    else:
        raise AssertionError("the failure was not told")


class BrokenJob(Job):
    """Raises, which no backend may, or answers nothing."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self._error = error

    async def fetch(self, batch: Mapping[Ask, Wants], store: Store, settle: Settle) -> None:
        if self._error is not None:
            raise self._error


@pytest.mark.parametrize("error", [None, KeyError("a bug")])
async def test_a_poll_that_breaks_leaves_nobody_waiting(error: Exception | None) -> None:
    with pytest.raises(UpstreamInvalid) as raised:
        await watch(hub(), BrokenJob(error))
    assert (raised.value.tenant, raised.value.vendor) == ("maple", Vendor.CANVAS)


async def test_who_comes_when_an_unknown_job_was_told_is_told_too() -> None:
    job, watches = Job(), hub()
    async with aclosing(watches.follow(job, "maple", ById(Kind.PROGRESS, "404"))) as news:
        assert await anext(news) is None
        assert await watch(watches, job, "404") == [None]


async def test_an_unknown_job_is_null_once() -> None:
    assert await watch(hub(), Job(), "404") == [None]


async def test_the_subscription_pushes_until_the_end(school: School) -> None:
    job = Job()
    school.maple.fetch = job.fetch  # type: ignore[method-assign]
    object.__setattr__(school.shared, "watches", hub())
    context = school.context(None)
    id = write_id("maple", Kind.PROGRESS, "7")
    stream = await SCHEMA.subscribe(
        "subscription ($id: ID!) { progress(id: $id) { id state completion tenant { slug } } }",
        {"id": id},
        context_value=context,
    )
    seen = [result.data["progress"] async for result in stream]  # type: ignore[union-attr]
    assert [row["state"] for row in seen] == ["QUEUED", "RUNNING", "COMPLETED"]
    assert seen[0]["id"] == id
    assert seen[0]["tenant"] == {"slug": "maple"}
    await context.aclose()
