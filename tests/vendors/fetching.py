"""Fetching from a backend in tests."""

from collections.abc import Mapping
from typing import Any

from lms_gateway.domain.backend import Backend
from lms_gateway.domain.errors import LmsError
from lms_gateway.domain.loads import Load, LoadResult, Page
from lms_gateway.domain.projection import Projection
from lms_gateway.domain.record import Record
from lms_gateway.domain.store import Store


async def fetch_answers(
    backend: Backend, batch: Mapping[Any, Projection], store: Store | None = None
) -> dict[Load, LoadResult | LmsError]:
    """Fetch a batch. Fails unless each load is settled exactly once."""
    settled: dict[Load, LoadResult | LmsError] = {}

    def on_settled(load: Load, answer: LoadResult | LmsError) -> None:
        assert load in batch
        assert load not in settled, f"settled twice: {load}"
        settled[load] = answer

    await backend.fetch(batch, Store("school") if store is None else store, on_settled)
    assert settled.keys() == batch.keys()
    return {load: settled[load] for load in batch}


async def fetch_answer(
    backend: Backend, load: Load, projection: Projection, store: Store | None = None
) -> LoadResult | LmsError:
    """Fetch one load."""
    return (await fetch_answers(backend, {load: projection}, store))[load]


async def fetch_record(
    backend: Backend, load: Load, projection: Projection, store: Store | None = None
) -> Any:
    """Fetch one load whose result is a record."""
    answer = await fetch_answer(backend, load, projection, store)
    assert isinstance(answer, Record), answer
    return answer


async def fetch_page(
    backend: Backend, load: Load, projection: Projection, store: Store | None = None
) -> Page:
    """Fetch one load whose result is a page."""
    answer = await fetch_answer(backend, load, projection, store)
    assert isinstance(answer, Page), answer
    return answer


def records_of(page: object) -> list[Any]:
    """Return a page's items, all of which are records."""
    assert isinstance(page, Page), page
    assert len(page.items) == len(page.positions)
    assert all(isinstance(item, Record) for item in page.items)
    return list(page.items)


def vendor_ids(page: object) -> list[str]:
    """Return the ids of a page's records."""
    return [record.key.id for record in records_of(page)]
