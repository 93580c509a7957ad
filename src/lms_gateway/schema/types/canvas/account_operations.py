"""What Canvas tells of an account beside its fields, and of access tokens.

https://developerdocs.instructure.com/services/canvas/resources/accounts
"""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from lms_gateway.domain.record import Kind
from lms_gateway.schema.declarations.node import Node, tenant_field, vendor_id_field
from lms_gateway.schema.sources import DocumentSource
from lms_gateway.schema.types.refs import TenantType


def _is_document_of_kind(kind: Kind) -> Any:
    def is_type_of(source: object, _info: object) -> bool:
        return (
            isinstance(source, DocumentSource)
            and source.key is not None
            and source.key.kind is kind
        )

    return staticmethod(is_type_of)


@strawberry.type(description="An account's terms of service.")
class TermsOfService:
    id: strawberry.ID | None = strawberry.field(description="Canvas's id.")
    terms_type: str | None = strawberry.field(description="`default`, `custom` or `no_terms`.")
    passive: bool | None = strawberry.field(
        description="Whether use of the site implies acceptance."
    )
    account_id: strawberry.ID | None = strawberry.field(description="The account's id.")
    content: str | None = strawberry.field(description="The terms, as HTML.")
    self_registration_type: str | None = strawberry.field(
        description="Who can register: the self-registration type."
    )


@strawberry.type(description="An entry of the help menu.")
class HelpLink:
    id: str | None = strawberry.field(description="Id.")
    text: str | None = strawberry.field(description="Text of the link.")
    subtext: str | None = strawberry.field(description="Explanation of the link.")
    url: str | None = strawberry.field(description="URL of the link.")
    type: str | None = strawberry.field(description="`default` or `custom`.")
    available_to: list[str] | None = strawberry.field(description="Roles that see the link.")
    is_featured: bool | None = strawberry.field(description="Whether it is featured.")
    is_new: bool | None = strawberry.field(description="Whether it is marked as new.")
    feature_headline: str | None = strawberry.field(description="Headline of a featured link.")


@strawberry.type(description="An account's help menu.")
class HelpLinks:
    help_link_name: str | None = strawberry.field(description="Name of the menu.")
    help_link_icon: str | None = strawberry.field(description="Icon.")
    custom_help_links: list[HelpLink] | None = strawberry.field(description="Links of the school.")
    default_help_links: list[HelpLink] | None = strawberry.field(description="Links of Canvas.")


@strawberry.type(description="A school, found by its name or domain.")
class AccountDomain:
    name: str | None = strawberry.field(description="Name.")
    domain: str | None = strawberry.field(description="Domain.")
    distance: float | None = strawberry.field(
        description="Always null; Canvas has it for compatibility."
    )
    authentication_provider: str | None = strawberry.field(
        description="Authentication provider; null if not reported."
    )


@strawberry.type(description="An account's calendar.")
class AccountCalendar(Node):
    is_type_of = _is_document_of_kind(Kind.CALENDAR)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    name: str | None = strawberry.field(description="The account's name.")
    parent_account_id: strawberry.ID | None = strawberry.field(
        description="Id of the parent account; null for the root."
    )
    root_account_id: strawberry.ID | None = strawberry.field(
        description="The root account; null for the root."
    )
    visible: bool | None = strawberry.field(
        description="Whether users can add it to their calendars."
    )
    auto_subscribe: bool | None = strawberry.field(description="Whether it is added for all users.")
    sub_account_count: int | None = strawberry.field(
        description="Number of accounts directly below; only in lists of an account."
    )
    asset_string: str | None = strawberry.field(description="Canvas's identifier of the calendar.")
    type: str | None = strawberry.field(description="`account`.")
    calendar_event_url: str | None = strawberry.field(
        description="URL of an event's page, with a placeholder for its id."
    )
    can_create_calendar_events: bool | None = strawberry.field(
        description="Whether the viewer can add events."
    )
    create_calendar_event_url: str | None = strawberry.field(description="URL that creates events.")
    new_calendar_event_url: str | None = strawberry.field(
        description="URL of the page for a new event."
    )


@strawberry.type(description="Author of an announcement.")
class NotificationAuthor:
    id: strawberry.ID | None = strawberry.field(description="The user's vendor id.")
    name: str | None = strawberry.field(description="The user's name.")


@strawberry.type(description="An announcement to the users of an account.")
class AccountNotification(Node):
    is_type_of = _is_document_of_kind(Kind.NOTIFICATION)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    subject: str | None = strawberry.field(description="Subject.")
    message: str | None = strawberry.field(description="Text, as HTML.")
    start_at: datetime | None = strawberry.field(description="Time from which it is visible.")
    end_at: datetime | None = strawberry.field(description="Time until which it is visible.")
    icon: str | None = strawberry.field(
        description="`warning`, `information`, `question`, `error` or `calendar`."
    )
    roles: list[str] | None = strawberry.field(description="Roles that see it; empty means all.")
    role_ids: list[strawberry.ID] | None = strawberry.field(
        description="Ids of the roles that see it."
    )
    author: NotificationAuthor | None = strawberry.field(
        description="Author; only for administrators."
    )
    closed: bool | None = strawberry.field(
        description="Whether the viewer dismissed it; null if not reported."
    )


@strawberry.type(description="A parameter of a report.")
class ReportParameter:
    name: str | None = strawberry.field(description="Name.")
    description: str | None = strawberry.field(description="Description of the parameter.")
    required: bool | None = strawberry.field(
        description="Whether the report requires the parameter."
    )


@strawberry.type(description="A run of a report.")
class Report(Node):
    is_type_of = _is_document_of_kind(Kind.REPORT)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    report: str | None = strawberry.field(description="Name of the report.")
    status: str | None = strawberry.field(
        description="One of `created`, `running`, `compiling`, `complete`, `error`, `aborted`, "
        "`deleted`."
    )
    progress: int | None = strawberry.field(description="Percent.")
    parameters: JSON | None = strawberry.field(description="Parameters of the run.")
    file_url: str | None = strawberry.field(
        description="URL of the result; null until the report is complete."
    )
    attachment: JSON | None = strawberry.field(
        description="File of the result, with Canvas's keys."
    )
    message: str | None = strawberry.field(description="Message of Canvas.")
    created_at: datetime | None = strawberry.field(description="Time of the request.")
    started_at: datetime | None = strawberry.field(description="Start of the run; null before it.")
    ended_at: datetime | None = strawberry.field(description="End of the run; null before it.")
    current_line: int | None = strawberry.field(description="Current line; null on older Canvas.")


@strawberry.type(description="A report that an account can run.")
class AvailableReport:
    report: str | None = strawberry.field(description="Its name, for `startReport`.")
    title: str | None = strawberry.field(description="Title.")
    parameters: list[ReportParameter] | None = strawberry.field(
        description="Parameters; null if there are none."
    )
    last_run: JSON | None = strawberry.field(
        description="Last run, with Canvas's keys; null if it never ran."
    )


@strawberry.type(
    description="An access token of a user. Its secret is returned only once, on creation."
)
class AccessToken(Node):
    is_type_of = _is_document_of_kind(Kind.TOKEN)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    purpose: str | None = strawberry.field(description="Purpose.")
    app_name: str | None = strawberry.field(
        description="Name of the app; null for a token that the user created."
    )
    workflow_state: str | None = strawberry.field(
        description="`active`, `pending`, `disabled` or `deleted`."
    )
    scopes: list[str] | None = strawberry.field(description="Scopes; empty means unrestricted.")
    token_hint: str | None = strawberry.field(description="First characters of the secret.")
    remember_access: bool | None = strawberry.field(
        description="Whether the app remembers the authorization."
    )
    can_manually_regenerate: bool | None = strawberry.field(
        description="Whether its secret can be regenerated."
    )
    user_id: strawberry.ID | None = strawberry.field(description="Id of the user.")
    real_user_id: strawberry.ID | None = strawberry.field(
        description="Creator if it is not the user; otherwise null."
    )
    created_at: datetime | None = strawberry.field(description="Time of creation.")
    expires_at: datetime | None = strawberry.field(
        description="Time of expiry; null if it does not expire."
    )
    last_used_at: datetime | None = strawberry.field(description="Time of the last use.")
    updated_at: datetime | None = strawberry.field(description="Time of the last change.")


DOCUMENT_TYPES = (AccountCalendar, AccountNotification, Report, AccessToken)
"""The types that implement Node though no record stands behind them."""
