"""Values of vendor operations on accounts and access tokens.

https://developerdocs.instructure.com/services/canvas/resources/accounts
"""

from datetime import datetime
from typing import Any

import strawberry
from strawberry.scalars import JSON

from lms_gateway.domain.record import Kind
from lms_gateway.schema.declarations.node import TenantObject
from lms_gateway.schema.declarations.record_fields import value
from lms_gateway.schema.sources import DocumentSource


def _is_document_of_kind(kind: Kind) -> Any:
    def is_type_of(source: object, _info: object) -> bool:
        return isinstance(source, DocumentSource) and source.key is not None and source.key.kind is kind

    return staticmethod(is_type_of)


@strawberry.type(description="An account's terms of service.")
class TermsOfService:
    id: strawberry.ID | None = value("Canvas's id.")
    terms_type: str | None = value("`default`, `custom` or `no_terms`.")
    passive: bool | None = value("Whether use of the site implies acceptance.")
    account_id: strawberry.ID | None = value("The account's id.")
    content: str | None = value("The terms, as HTML.")
    self_registration_type: str | None = value("Who can register: the self-registration type.")


@strawberry.type(description="An entry of the help menu.")
class HelpLink:
    id: str | None = value("Id.")
    text: str | None = value("Text of the link.")
    subtext: str | None = value("Explanation of the link.")
    url: str | None = value("URL of the link.")
    type: str | None = value("`default` or `custom`.")
    available_to: list[str] | None = value("Roles that see the link.")
    is_featured: bool | None = value("Whether it is featured.")
    is_new: bool | None = value("Whether it is marked as new.")
    feature_headline: str | None = value("Headline of a featured link.")


@strawberry.type(description="An account's help menu.")
class HelpLinks:
    help_link_name: str | None = value("Name of the menu.")
    help_link_icon: str | None = value("Icon.")
    custom_help_links: list[HelpLink] | None = value("Links of the school.")
    default_help_links: list[HelpLink] | None = value("Links of Canvas.")


@strawberry.type(description="A school, found by its name or domain.")
class AccountDomain:
    name: str | None = value("Name.")
    domain: str | None = value("Domain.")
    distance: float | None = value("Always null; Canvas has it for compatibility.")
    authentication_provider: str | None = value("Authentication provider; null if not reported.")


@strawberry.type(description="An account's calendar.")
class AccountCalendar(TenantObject):
    is_type_of = _is_document_of_kind(Kind.CALENDAR)

    name: str | None = value("The account's name.")
    parent_account_id: strawberry.ID | None = value("Id of the parent account; null for the root.")
    root_account_id: strawberry.ID | None = value("The root account; null for the root.")
    visible: bool | None = value("Whether users can add it to their calendars.")
    auto_subscribe: bool | None = value("Whether it is added for all users.")
    sub_account_count: int | None = value("Number of child accounts; only in lists of an account.")
    asset_string: str | None = value("Canvas's identifier of the calendar.")
    type: str | None = value("`account`.")
    calendar_event_url: str | None = value("URL of an event's page, with a placeholder for its id.")
    can_create_calendar_events: bool | None = value("Whether the viewer can add events.")
    create_calendar_event_url: str | None = value("URL that creates events.")
    new_calendar_event_url: str | None = value("URL of the page for a new event.")


@strawberry.type(description="Author of an announcement.")
class NotificationAuthor:
    id: strawberry.ID | None = value("The user's vendor id.")
    name: str | None = value("The user's name.")


@strawberry.type(description="An announcement to the users of an account.")
class AccountNotification(TenantObject):
    is_type_of = _is_document_of_kind(Kind.NOTIFICATION)

    subject: str | None = value("Subject.")
    message: str | None = value("Text, as HTML.")
    start_at: datetime | None = value("Time from which it is visible.")
    end_at: datetime | None = value("Time until which it is visible.")
    icon: str | None = value("`warning`, `information`, `question`, `error` or `calendar`.")
    roles: list[str] | None = value("Roles that see it; empty means all.")
    role_ids: list[strawberry.ID] | None = value("Ids of the roles that see it.")
    author: NotificationAuthor | None = value("Author; only for administrators.")
    closed: bool | None = value("Whether the viewer dismissed it; null if not reported.")


@strawberry.type(description="A parameter of a report.")
class ReportParameter:
    name: str | None = value("Name.")
    description: str | None = value("Description of the parameter.")
    required: bool | None = value("Whether the report requires the parameter.")


@strawberry.type(description="A run of a report.")
class Report(TenantObject):
    is_type_of = _is_document_of_kind(Kind.REPORT)

    report: str | None = value("Name of the report.")
    status: str | None = value(
        "One of `created`, `running`, `compiling`, `complete`, `error`, `aborted`, `deleted`."
    )
    progress: int | None = value("Percent.")
    parameters: JSON | None = value("Parameters of the run.")
    file_url: str | None = value("URL of the result; null until the report is complete.")
    attachment: JSON | None = value("File of the result, with Canvas's keys.")
    message: str | None = value("Message of Canvas.")
    created_at: datetime | None = value("Time of the request.")
    started_at: datetime | None = value("Start of the run; null before it.")
    ended_at: datetime | None = value("End of the run; null before it.")
    current_line: int | None = value("Current line; null on older Canvas.")


@strawberry.type(description="A report that an account can run.")
class AvailableReport:
    report: str | None = value("Its name, for `startReport`.")
    title: str | None = value("Title.")
    parameters: list[ReportParameter] | None = value("Parameters; null if there are none.")
    last_run: JSON | None = value("Last run, with Canvas's keys; null if it never ran.")


@strawberry.type(
    description="An access token of a user. Its secret is returned once, on creation or regeneration."
)
class AccessToken(TenantObject):
    is_type_of = _is_document_of_kind(Kind.TOKEN)

    purpose: str | None = value("Purpose.")
    app_name: str | None = value("Name of the app; null for a token that the user created.")
    workflow_state: str | None = value("`active`, `pending`, `disabled` or `deleted`.")
    scopes: list[str] | None = value("Scopes; empty means unrestricted.")
    token_hint: str | None = value("First characters of the secret.")
    remember_access: bool | None = value("Whether the app remembers the authorization.")
    can_manually_regenerate: bool | None = value("Whether its secret can be regenerated.")
    user_id: strawberry.ID | None = value("Id of the user.")
    real_user_id: strawberry.ID | None = value("Creator if it is not the user; otherwise null.")
    created_at: datetime | None = value("Time of creation.")
    expires_at: datetime | None = value("Time of expiry; null if it does not expire.")
    last_used_at: datetime | None = value("Time of the last use.")
    updated_at: datetime | None = value("Time of the last change.")


DOCUMENT_TYPES = (AccountCalendar, AccountNotification, Report, AccessToken)
"""Types that implement Node and whose source is a document, not a record."""
