"""`lms-gateway check`: validate the configuration and verify credentials."""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lms_gateway import app
from lms_gateway.config import Settings, TenantSettings, load
from lms_gateway.domain.backend import Backend, CredentialIdentity
from lms_gateway.domain.errors import LmsError, UpstreamTimeout, UpstreamUnavailable

# A pipe has no width; truncated names would be useless for scripts.
_PIPE_WIDTH = 200


@dataclass(frozen=True, slots=True)
class CredentialCheck:
    """Result of one tenant's check."""

    tenant: TenantSettings
    identity: CredentialIdentity | None  # None: it failed
    error: LmsError | None

    @property
    def is_reachable(self) -> bool:
        """Whether the vendor replied, even with an error."""
        return not isinstance(self.error, UpstreamTimeout | UpstreamUnavailable)


def run(arguments: argparse.Namespace) -> int:
    """Verify the credential of each tenant; return 1 if one fails. Raises ConfigError."""
    settings = load(arguments.config, environ=os.environ)
    for warning in settings.warnings:
        print(f"{arguments.config.name}: warning: {warning}", file=sys.stderr)
    results = asyncio.run(check_all(settings))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_PIPE_WIDTH)
    console.print(_results_table(results))
    return 1 if any(result.error for result in results) else 0


async def check_all(settings: Settings) -> Sequence[CredentialCheck]:
    """Verify the credentials of all tenants concurrently, within the request timeout."""
    async with app.open_transport(settings.transport) as transport:
        connect = app.connect_over(transport)
        return await asyncio.gather(
            *(
                _check_tenant(tenant, connect(tenant, 1), settings.limits.request_timeout)
                for tenant in settings.tenants
            )
        )


async def _check_tenant(tenant: TenantSettings, backend: Backend, max_wait: float) -> CredentialCheck:
    try:
        async with asyncio.timeout(max_wait):
            return CredentialCheck(tenant, await backend.identify(), None)
    except TimeoutError:
        return CredentialCheck(tenant, None, UpstreamTimeout(f"no answer within {max_wait:g} s"))
    except LmsError as error:
        return CredentialCheck(tenant, None, error)
    finally:
        await backend.aclose()


def _results_table(results: Sequence[CredentialCheck]) -> Table:
    table = Table()
    for heading in ("tenant", "vendor", "reachable", "identity", "budget left"):
        table.add_column(heading, overflow="fold")
    for result in results:
        # Text, so that a name in square brackets is not taken for markup.
        table.add_row(
            result.tenant.slug,
            str(result.tenant.vendor),
            "yes" if result.is_reachable else "no",
            Text(_identity_text(result)),
            Text((result.identity and result.identity.budget) or "unknown"),
        )
    return table


def _identity_text(result: CredentialCheck) -> str:
    if result.identity is not None:
        return result.identity.name
    return "" if result.error is None else f"{result.error.code}: {result.error.message}"
