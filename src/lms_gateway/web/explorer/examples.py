"""The queries that the explorer opens with, chosen by what the tenants in reach can answer."""

from collections.abc import Sequence
from typing import Final

from lms_gateway.domain.access import Access
from lms_gateway.domain.record import Vendor
from lms_gateway.tenancy import Tenant
from lms_gateway.web.explorer import ExampleQuery

SIDE_BY_SIDE: Final = """\
# Every tenant that you may use, Canvas and Schoology alike, in one request.
query SideBySide {
  tenants {
    slug
    vendor
    viewer {
      displayName
    }
    courses(first: 3) {
      nodes {
        name
        sections(first: 5) {
          nodes {
            name
            studentCount
          }
        }
      }
    }
  }
}
"""

COURSES: Final = """\
# Courses with their term and teachers. `after` takes the endCursor of the page before.
query Courses($first: Int!, $after: String) {
  courses(first: $first, after: $after) {
    pageInfo {
      hasNextPage
      endCursor
    }
    nodes {
      id
      name
      code
      state
      term {
        name
        startAt
      }
      teachers(first: 3) {
        nodes {
          displayName
        }
      }
    }
  }
}
"""

ROSTERS: Final = """\
# Who is in the sections of the first courses, and as what.
query Rosters {
  courses(first: 2) {
    nodes {
      name
      sections(first: 5) {
        nodes {
          name
          enrollments(first: 5) {
            nodes {
              role
              state
              user {
                displayName
              }
            }
          }
        }
      }
    }
  }
}
"""

CANVAS: Final = """\
# What only Canvas has lies in `canvas`.
query OnlyCanvas {
  courses(first: 5) {
    nodes {
      name
      timeZone
      canvas {
        uuid
        workflowState
      }
    }
  }
}
"""

SCHOOLOGY: Final = """\
# What only Schoology has lies in `schoology`.
query OnlySchoology {
  courses(first: 5) {
    nodes {
      name
      department
      credits
      schoology {
        buildingId
      }
    }
  }
}
"""

ACCOUNT: Final = """\
# What Canvas tells of an account: each is a call of its own, and all of them go out at once.
query Account {
  account(by: {root: true}) {
    name
    settings
    calendars(first: 5) {
      nodes {
        name
        visible
      }
    }
    notifications {
      subject
      startAt
      roles
    }
    availableReports {
      report
      title
    }
  }
}
"""

REPORT: Final = """\
# Starts a report. Its id can be followed: subscription { report(id: "...") { status fileUrl } }
mutation Report($input: StartReportInput!) {
  startReport(input: $input) {
    report {
      id
      status
      progress
      fileUrl
    }
    errors {
      code
      message
      field
    }
  }
}
"""
REPORT_VARIABLES: Final = {"input": {"account": {"root": True}, "report": "provisioning_csv"}}

CREATE_COURSE: Final = """\
# Makes a course, and shows it as Canvas stored it. What is wrong with the input is in `errors`.
mutation NewCourse($input: CreateCourseInput!) {
  createCourse(input: $input) {
    course {
      id
      vendorId
      name
      code
      state
      canvas {
        license
      }
    }
    errors {
      code
      message
      field
    }
  }
}
"""
CREATE_COURSE_VARIABLES: Final = {
    "input": {
        "name": "Evening Botany",
        "code": "BOT-E",
        "canvas": {"license": "CC_BY", "offer": True},
    }
}


def examples_for(tenants: Sequence[Tenant]) -> list[ExampleQuery]:
    """Example queries, each for the first tenant in `tenants` that can answer it.

    One that changes something is only offered for an open tenant, such as the demo's.
    """
    if not tenants:
        return []
    first_slug = tenants[0].slug
    examples = [
        ExampleQuery("Side by side", SIDE_BY_SIDE),
        ExampleQuery("Courses", COURSES, tenant=first_slug, variables={"first": 10}),
        ExampleQuery("Rosters", ROSTERS, tenant=first_slug),
    ]
    for vendor, title, query in (
        (Vendor.CANVAS, "Only Canvas", CANVAS),
        (Vendor.CANVAS, "An account", ACCOUNT),
        (Vendor.SCHOOLOGY, "Only Schoology", SCHOOLOGY),
    ):
        vendor_slugs = [tenant.slug for tenant in tenants if tenant.vendor is vendor]
        if vendor_slugs:
            examples.append(ExampleQuery(title, query, tenant=vendor_slugs[0]))
    writable_slugs = [
        tenant.slug
        for tenant in tenants
        if tenant.access is Access.OPEN and tenant.vendor is Vendor.CANVAS
    ]
    if writable_slugs:
        examples.append(
            ExampleQuery(
                "A change",
                CREATE_COURSE,
                tenant=writable_slugs[0],
                variables=CREATE_COURSE_VARIABLES,
            )
        )
        examples.append(
            ExampleQuery("A report", REPORT, tenant=writable_slugs[0], variables=REPORT_VARIABLES)
        )
    return examples
