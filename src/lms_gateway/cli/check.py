"""`lms-gateway check`: whether a configuration holds, and whether each vendor knows us."""

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
from lms_gateway.domain.backend import Backend, Identity
from lms_gateway.domain.errors import LmsError, UpstreamTimeout, UpstreamUnavailable

# A pipe has no width of its own, and a name cut in the middle is of no use to a script.
_WIDTH_OF_A_PIPE = 200


@dataclass(frozen=True, slots=True)
class Finding:
    """What a tenant's vendor said of our credential."""

    tenant: TenantSettings
    identity: Identity | None  # None where it failed
    error: LmsError | None

    @property
    def reached(self) -> bool:
        """Whether the vendor answered at all, if only to say no."""
        return not isinstance(self.error, UpstreamTimeout | UpstreamUnavailable)


def run(arguments: argparse.Namespace) -> int:
    """Ask each tenant's vendor who we are; returns 1 where one fails. Raises ConfigError."""
    settings = load(arguments.config, environ=os.environ)
    for warning in settings.warnings:
        print(f"{arguments.config.name}: warning: {warning}", file=sys.stderr)
    findings = asyncio.run(ask_all(settings))
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OF_A_PIPE)
    console.print(_table(findings))
    return 1 if any(finding.error for finding in findings) else 0


async def ask_all(settings: Settings) -> Sequence[Finding]:
    """Ask every tenant's vendor, side by side, within the time that a request has."""
    async with app.open_transport(settings.transport) as transport:
        connect = app.connect_over(transport)
        return await asyncio.gather(
            *(
                _ask(tenant, connect(tenant, 1), settings.limits.request_timeout)
                for tenant in settings.tenants
            )
        )


async def _ask(tenant: TenantSettings, backend: Backend, patience: float) -> Finding:
    try:
        async with asyncio.timeout(patience):
            return Finding(tenant, await backend.identify(), None)
    except TimeoutError:
        return Finding(tenant, None, UpstreamTimeout(f"no answer within {patience:g} s"))
    except LmsError as error:
        return Finding(tenant, None, error)
    finally:
        await backend.aclose()


def _table(findings: Sequence[Finding]) -> Table:
    table = Table()
    for heading in ("tenant", "vendor", "reachable", "identity", "budget left"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        # As Text, since a name in square brackets is no markup.
        table.add_row(
            finding.tenant.slug,
            str(finding.tenant.vendor),
            "yes" if finding.reached else "no",
            Text(_tell_identity(finding)),
            Text((finding.identity and finding.identity.budget) or "unknown"),
        )
    return table


def _tell_identity(finding: Finding) -> str:
    if finding.identity is not None:
        return finding.identity.name
    return "" if finding.error is None else f"{finding.error.code}: {finding.error.message}"
