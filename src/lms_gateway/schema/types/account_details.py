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
    passive: bool | None = strawberry.field(description="Whether using the site accepts them.")
    account_id: strawberry.ID | None = strawberry.field(description="The account's id.")
    content: str | None = strawberry.field(description="The terms, as HTML.")
    self_registration_type: str | None = strawberry.field(
        description="Who may register themselves."
    )


@strawberry.type(description="An entry of the help menu.")
class HelpLink:
    id: str | None = strawberry.field(description="Its id.")
    text: str | None = strawberry.field(description="What it says.")
    subtext: str | None = strawberry.field(description="What it explains.")
    url: str | None = strawberry.field(description="Where it leads.")
    type: str | None = strawberry.field(description="`default` or `custom`.")
    available_to: list[str] | None = strawberry.field(description="Whom it is shown to.")
    is_featured: bool | None = strawberry.field(description="Whether it stands out.")
    is_new: bool | None = strawberry.field(description="Whether it is marked as new.")
    feature_headline: str | None = strawberry.field(
        description="The headline, where it stands out."
    )


@strawberry.type(description="An account's help menu.")
class HelpLinks:
    help_link_name: str | None = strawberry.field(description="What the menu is called.")
    help_link_icon: str | None = strawberry.field(description="Its icon.")
    custom_help_links: list[HelpLink] | None = strawberry.field(
        description="The school's own entries."
    )
    default_help_links: list[HelpLink] | None = strawberry.field(description="Canvas's entries.")


@strawberry.type(description="A school that can be found by its name or domain.")
class AccountDomain:
    name: str | None = strawberry.field(description="Its name.")
    domain: str | None = strawberry.field(description="Its domain.")
    distance: float | None = strawberry.field(
        description="Always null: kept by Canvas for old clients."
    )
    authentication_provider: str | None = strawberry.field(
        description="What to sign in with; null where not told."
    )


@strawberry.type(description="An account's calendar.")
class AccountCalendar(Node):
    is_type_of = _is_document_of_kind(Kind.CALENDAR)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    name: str | None = strawberry.field(description="The account's name.")
    parent_account_id: strawberry.ID | None = strawberry.field(
        description="The account above; null for the root."
    )
    root_account_id: strawberry.ID | None = strawberry.field(
        description="The root account; null for the root."
    )
    visible: bool | None = strawberry.field(
        description="Whether people may add it to their calendars."
    )
    auto_subscribe: bool | None = strawberry.field(description="Whether it is added for everybody.")
    sub_account_count: int | None = strawberry.field(
        description="How many accounts lie directly below; only in an account's listing."
    )
    asset_string: str | None = strawberry.field(description="Canvas's name of it.")
    type: str | None = strawberry.field(description="`account`.")
    calendar_event_url: str | None = strawberry.field(
        description="Where an event's page is, with a placeholder for its id."
    )
    can_create_calendar_events: bool | None = strawberry.field(
        description="Whether the viewer may add events."
    )
    create_calendar_event_url: str | None = strawberry.field(
        description="Where events are created."
    )
    new_calendar_event_url: str | None = strawberry.field(description="The page for a new event.")


@strawberry.type(description="Who wrote a notification.")
class NotificationAuthor:
    id: strawberry.ID | None = strawberry.field(description="The user's vendor id.")
    name: str | None = strawberry.field(description="The user's name.")


@strawberry.type(description="An announcement to everybody in an account.")
class AccountNotification(Node):
    is_type_of = _is_document_of_kind(Kind.NOTIFICATION)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    subject: str | None = strawberry.field(description="Its subject.")
    message: str | None = strawberry.field(description="Its text, as HTML.")
    start_at: datetime | None = strawberry.field(description="When it appears.")
    end_at: datetime | None = strawberry.field(description="When it disappears.")
    icon: str | None = strawberry.field(
        description="`warning`, `information`, `question`, `error` or `calendar`."
    )
    roles: list[str] | None = strawberry.field(
        description="To whom it goes, by role; empty for everybody."
    )
    role_ids: list[strawberry.ID] | None = strawberry.field(
        description="To whom it goes, by the roles' ids."
    )
    author: NotificationAuthor | None = strawberry.field(
        description="Who wrote it; only told to admins."
    )
    closed: bool | None = strawberry.field(
        description="Whether the viewer dismissed it; null where not told."
    )


@strawberry.type(description="What a report may be asked with.")
class ReportParameter:
    name: str | None = strawberry.field(description="Its name.")
    description: str | None = strawberry.field(description="What it means.")
    required: bool | None = strawberry.field(description="Whether the report needs it.")


@strawberry.type(description="A report that was started.")
class Report(Node):
    is_type_of = _is_document_of_kind(Kind.REPORT)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    report: str | None = strawberry.field(description="Which report.")
    status: str | None = strawberry.field(
        description="One of `created running compiling complete error aborted deleted`."
    )
    progress: int | None = strawberry.field(description="Per cent.")
    parameters: JSON | None = strawberry.field(description="What it was asked with.")
    file_url: str | None = strawberry.field(
        description="Where the result is; null until it is complete."
    )
    attachment: JSON | None = strawberry.field(
        description="The result's file, in Canvas's own form."
    )
    message: str | None = strawberry.field(description="What Canvas says of it.")
    created_at: datetime | None = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When it began; null before.")
    ended_at: datetime | None = strawberry.field(description="When it ended; null before.")
    current_line: int | None = strawberry.field(
        description="The line that it is at; null on older Canvas."
    )


@strawberry.type(description="A report that an account can run.")
class AvailableReport:
    report: str | None = strawberry.field(description="Its name, for `startReport`.")
    title: str | None = strawberry.field(description="Its title.")
    parameters: list[ReportParameter] | None = strawberry.field(
        description="What it may be asked with; null for nothing."
    )
    last_run: JSON | None = strawberry.field(
        description="Its last run, in Canvas's own form; null where it never ran."
    )


@strawberry.type(
    description="A user's access token; the secret itself is told only once, when it is made."
)
class AccessToken(Node):
    is_type_of = _is_document_of_kind(Kind.TOKEN)

    vendor_id: strawberry.ID = vendor_id_field()
    tenant: TenantType = tenant_field()
    purpose: str | None = strawberry.field(description="What it is for.")
    app_name: str | None = strawberry.field(
        description="The app it belongs to; null for the user's own."
    )
    workflow_state: str | None = strawberry.field(
        description="`active`, `pending`, `disabled` or `deleted`."
    )
    scopes: list[str] | None = strawberry.field(
        description="What it may be used for; empty for everything."
    )
    token_hint: str | None = strawberry.field(description="The first characters of the secret.")
    remember_access: bool | None = strawberry.field(
        description="Whether the app was told to remember."
    )
    can_manually_regenerate: bool | None = strawberry.field(
        description="Whether its secret can be renewed."
    )
    user_id: strawberry.ID | None = strawberry.field(description="Whose it is.")
    real_user_id: strawberry.ID | None = strawberry.field(
        description="Who made it on the user's behalf; null for the user."
    )
    created_at: datetime | None = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends; null for never.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used.")
    updated_at: datetime | None = strawberry.field(description="When it last changed.")


DOCUMENT_TYPES = (AccountCalendar, AccountNotification, Report, AccessToken)
"""The types that implement Node though no record stands behind them."""
