"""A gateway with a small schema, to test the endpoints without vendors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, cast

import httpx2
import strawberry
import uvicorn
from starlette.applications import Starlette

from lms_gateway import web
from lms_gateway.config import LimitSettings
from lms_gateway.domain.access import Access, ApiKey, Scope
from lms_gateway.domain.deadline import request_deadline
from lms_gateway.domain.errors import Forbidden, RateLimited, TenantRequired
from lms_gateway.domain.record import Vendor
from lms_gateway.execution import ValidatedDocumentExtension
from lms_gateway.tenancy import Caller, Tenant, Tenants, hash_key

KEY = "lgw_small"
AUTHORIZED = {"Authorization": f"Bearer {KEY}"}

MAPLE = Tenant(
    slug="maple",
    name="Maple University",
    vendor=Vendor.CANVAS,
    access=Access.OPEN,
    hosts=frozenset({"maple.example"}),
    time_zone=None,
    backend=cast(Any, None),
)
ELM = Tenant(
    slug="elm",
    name="Elm High",
    vendor=Vendor.SCHOOLOGY,
    access=Access.KEY,
    hosts=frozenset(),
    time_zone=None,
    backend=cast(Any, None),
)
API_KEY = ApiKey("small", hash_key(KEY), frozenset({"maple", "elm"}), frozenset(Scope), None)
OTHER_KEY = ApiKey("other", hash_key("lgw_other_key"), API_KEY.tenants, API_KEY.scopes, None)


@dataclass
class SmallContext:
    """Records its arguments."""

    tenants: Tenants
    caller: Caller
    selected: Tenant | None
    pinned: bool
    request_id: str | None
    gateway: "SmallGateway"
    closed: bool = False

    async def aclose(self) -> None:
        self.closed = True
        self.gateway.closed.set()


Info = strawberry.Info[SmallContext, None]


@strawberry.input(one_of=True)
class Ref:
    id: strawberry.ID | None = strawberry.UNSET
    vendor_id: strawberry.ID | None = strawberry.UNSET


@strawberry.type
class Query:
    @strawberry.field
    def hello(self, name: str = "world") -> str:
        return f"hello {name}"

    @strawberry.field
    def me(self) -> "Query":
        return Query()

    @strawberry.field
    def tenant(self, info: Info) -> str:
        if info.context.selected is None:
            raise TenantRequired("select a tenant")
        return info.context.selected.slug

    @strawberry.field
    def by(self, ref: Ref) -> str | None:
        return ref.id or None

    @strawberry.field
    def count_of(self, most: int = 3) -> int:
        return most

    @strawberry.field
    def boom(self) -> str | None:
        raise ValueError("Ada Lovelace's grades")

    @strawberry.field
    def misfit(self) -> int | None:
        return cast(int, "Ada Lovelace")

    @strawberry.field
    def forbidden(self) -> str | None:
        error = Forbidden("the vendor refuses this")
        error.tenant, error.vendor = "maple", "canvas"
        raise error

    @strawberry.field
    def busy(self) -> str | None:
        raise RateLimited(2.2)

    @strawberry.field
    def remaining(self) -> float | None:
        due = request_deadline.get()
        return None if due is None else due - asyncio.get_running_loop().time()

    @strawberry.field
    async def wait(self, info: Info) -> str:
        return await info.context.gateway.wait()


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def write(self, info: Info) -> str:
        return await info.context.gateway.wait()

    @strawberry.mutation
    def tenant(self, info: Info) -> str | None:
        return None if info.context.selected is None else info.context.selected.slug


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def count(self, to: int) -> AsyncIterator[int]:
        for number in range(to):
            yield number

    @strawberry.subscription
    async def forever(self, info: Info) -> AsyncIterator[str]:
        yield "first"
        yield await info.context.gateway.wait()

    @strawberry.subscription
    async def broken(self) -> AsyncIterator[str]:
        yield "first"
        raise ValueError("Ada Lovelace's grades")


SCHEMA = strawberry.Schema(Query, Mutation, Subscription, extensions=[ValidatedDocumentExtension])


@dataclass
class SmallSnapshot:
    tenants: Tenants
    limits: LimitSettings


@dataclass
class SmallGateway:
    """The application's state, and events of its slow fields."""

    limits: LimitSettings = field(default_factory=LimitSettings)
    default: str | None = None
    tenants: tuple[Tenant, ...] = (MAPLE, ELM)
    draining: bool = False
    leases: int = 0
    contexts: list[SmallContext] = field(default_factory=list)
    wait_started: asyncio.Event = field(default_factory=asyncio.Event)
    proceed: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    snapshot: SmallSnapshot | None = None

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[SmallSnapshot]:
        self.leases += 1
        if self.snapshot is None or self.snapshot.limits != self.limits:
            self.reload()
        assert self.snapshot is not None
        try:
            yield self.snapshot
        finally:
            self.leases -= 1
            self.released.set()

    def reload(self) -> None:
        """Create a new snapshot."""
        keyed = Tenants(self.tenants, keys=[API_KEY, OTHER_KEY], default=self.default)
        self.snapshot = SmallSnapshot(keyed, self.limits)

    async def wait(self) -> str:
        """Resolve a slow field: wait for `proceed`, record completion or cancellation."""
        self.wait_started.set()
        try:
            await self.proceed.wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        self.finished.set()
        return "done"

    def context(self, **arguments: Any) -> SmallContext:
        context = SmallContext(**arguments, gateway=self)
        self.contexts.append(context)
        return context

    def app(self, **options: Any) -> Starlette:
        return web.build(self, SCHEMA, make_context=self.context, **options)

    def client(self) -> httpx2.AsyncClient:
        """Return a client that calls the application without a socket."""
        transport = httpx2.ASGITransport(self.app())
        return httpx2.AsyncClient(transport=transport, base_url="http://gateway")


class _QuietServer(uvicorn.Server):
    """Installs no signal handlers, and signals when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listens = asyncio.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.listens.set()

    def capture_signals(self) -> Any:
        return nullcontext()


@asynccontextmanager
async def serve(app: Starlette) -> AsyncIterator[str]:
    """Serve on a free local port; yields host and port."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        lifespan="off",
        http="httptools",
        log_config=None,
        access_log=False,
    )
    config.timeout_graceful_shutdown = 5
    server = _QuietServer(config)
    task = asyncio.create_task(server.serve())
    await server.listens.wait()
    host, port = server.servers[0].sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.should_exit = True
        await task
