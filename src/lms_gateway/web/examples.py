"""The queries that the explorer opens with, chosen by what the tenants in reach can answer."""

from collections.abc import Sequence
from typing import Final

from lms_gateway.domain.records import Vendor
from lms_gateway.tenancy import Access, Tenant
from lms_gateway.web.explorer import Example

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
PROVISIONING: Final = {"input": {"account": {"root": True}, "report": "provisioning_csv"}}

CHANGE: Final = """\
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
NEW_COURSE: Final = {
    "input": {
        "name": "Evening Botany",
        "code": "BOT-E",
        "canvas": {"license": "CC_BY", "offer": True},
    }
}


def examples_for(tenants: Sequence[Tenant]) -> list[Example]:
    """Example queries, each for the first tenant in `tenants` that can answer it.

    One that changes something is only offered for an open tenant, such as the demo's.
    """
    if not tenants:
        return []
    first = tenants[0].slug
    examples = [
        Example("Side by side", SIDE_BY_SIDE),
        Example("Courses", COURSES, tenant=first, variables={"first": 10}),
        Example("Rosters", ROSTERS, tenant=first),
    ]
    for vendor, title, query in (
        (Vendor.CANVAS, "Only Canvas", CANVAS),
        (Vendor.CANVAS, "An account", ACCOUNT),
        (Vendor.SCHOOLOGY, "Only Schoology", SCHOOLOGY),
    ):
        of_vendor = [tenant.slug for tenant in tenants if tenant.vendor is vendor]
        if of_vendor:
            examples.append(Example(title, query, tenant=of_vendor[0]))
    writable = [
        tenant.slug
        for tenant in tenants
        if tenant.access is Access.OPEN and tenant.vendor is Vendor.CANVAS
    ]
    if writable:
        examples.append(Example("A change", CHANGE, tenant=writable[0], variables=NEW_COURSE))
        examples.append(Example("A report", REPORT, tenant=writable[0], variables=PROVISIONING))
    return examples
