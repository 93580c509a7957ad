"""Catalog of Canvas's objects: every documented key, one line a key.

Field maps, row sources and the mappings of inputs derive from these tables (`field_maps`,
`sources`, `writes.input_mapping`). Columns:

key      Canvas's key. An indented line is a key of the object or of the listed objects above it.
         A key becomes the record field `canvas.<key>`.
type     converter (`converters.CONVERTERS`). `struct` and `structs` have the keys below them;
         `struct?` is None if Canvas reports an error in its place; `record` is an object with an
         identity of its own, decoded by that object's table; `-` is only written.
field    record fields that both vendors have. `!`: with a converter of its own.
write    operations that accept the key: `c` create, `u` update. `e`: an empty string clears it,
         because Canvas ignores null. `=name`: the parameter, if it is not called like the key.
sources  one letter a source, explained above the table, and below it a mark a key:
         `+` each row has the key; if it is missing, the viewer may not see it
         `i` as `+`, if `include[]` requests it
         `?` `include[]` requests it; some versions of Canvas ignore that, so a missing key says
             nothing
         `.` never
include  values of `include[]` if they are not the key itself.

https://developerdocs.instructure.com/services/canvas/resources/sections
https://developerdocs.instructure.com/services/canvas/resources/courses
https://developerdocs.instructure.com/services/canvas/resources/users
https://developerdocs.instructure.com/services/canvas/resources/enrollments
https://developerdocs.instructure.com/services/canvas/resources/enrollment_terms
https://developerdocs.instructure.com/services/canvas/resources/accounts
https://developerdocs.instructure.com/services/canvas/resources/progress
"""

# r: every row of a section.
SECTION = """\
key                                    type      field                 write  r  include
name                                   text      name                  cu     +
sis_section_id                         text      sis_id                cue    +
sis_course_id                          text      -                     -      +
integration_id                         text      integration_id        cue    +
course_id                              id        course_id             -      +
nonxlist_course_id                     id        original_course_id    -      +
sis_import_id                          id        -                     -      +
start_at                               datetime  start_at              cu     +
end_at                                 datetime  end_at                cu     +
created_at                             datetime  -                     -      +
restrict_enrollments_to_section_dates  bool      -                     cu     +
total_students                         int       student_count         -      i
user_count                             int       -                     -      i
permissions                            object    may_manage_calendar!  -      i
passback_status                        raw       -                     -      i
"""

# u: GET /courses and /users/:id/courses    s: GET /courses/:id    a: GET /accounts/:id/courses
# `license` and five further flags (`allow_*` but `allow_student_wiki_edits`, `open_enrollment`,
# `self_enrollment`) are documented of a course, and returned only when a course is created.
# `grading_standard_id` is text: the id of Canvas's default scheme is 0.
COURSE = """\
key                                        type        field           write       usa  include
sis_course_id                              text        sis_id          cue         +++
uuid                                       text        -               -           +++
integration_id                             text        integration_id  cue         +++
name                                       text        name            cu          +++
course_code                                text        code            cu          +++
original_name                              text        -               -           +++
friendly_name                              text        -               ue          +++
workflow_state                             text        state!          -           +++
grade_passback_setting                     text        -               cue         +++
locale                                     text        -               -           +++
default_view                               text        -               cu          +++
syllabus_body                              text        -               cu          iii
public_description                         text        description     cu          ii?
grading_standard_id                        text        -               cue         +++
license                                    text        -               cu          +++
course_format                              text        -               cue         +++
time_zone                                  text        time_zone       cu          +++
image_download_url                         text        image_url       -           ii?  course_image
banner_image_download_url                  text        -               -           ii?  banner_image
lti_context_id                             text        -               -           ii?
html_url                                   text        -               -           ii?
account_name                               text        -               -           ..i
subaccount_name                            text        -               -           ii.  subaccount
sis_import_id                              id          -               -           +++
account_id                                 id          account_id      u           +++
root_account_id                            id          -               -           +++
enrollment_term_id                         id          term_id         cu=term_id  +++
subaccount_id                              id          -               -           ii.  subaccount
created_at                                 datetime    -               -           +++
start_at                                   datetime    start_at        cu          +++
end_at                                     datetime    end_at          cu          +++
apply_assignment_group_weights             bool        -               cu          +++
is_public                                  bool        -               cu          +++
is_public_to_auth_users                    bool        -               cu          +++
public_syllabus                            bool        -               cu          +++
public_syllabus_to_auth                    bool        -               cu          +++
hide_final_grades                          bool        -               cu          +++
allow_student_assignment_edits             bool        -               -           +++
allow_wiki_comments                        bool        -               cu          +++
allow_student_forum_attachments            bool        -               cu          +++
open_enrollment                            bool        -               cu          +++
self_enrollment                            bool        -               cu          +++
restrict_enrollments_to_course_dates       bool        -               cu          +++
access_restricted_by_date                  bool        -               -           ii?
blueprint                                  bool        -               u           +++
template                                   bool        -               u           +++
is_favorite                                bool        -               -           ii?  favorites
concluded                                  bool        -               -           iii
post_manually                              bool        -               cu          iii
has_grading_periods                        bool        -               -           ii.  scores
total_students                             int         student_count   -           iii
needs_grading_count                        int         -               -           ii.
storage_quota_mb                           float       -               u           +++
storage_quota_used_mb                      float       -               -           iii
blueprint_restrictions_by_object_type      raw_object  -               u           +++
observed_users                             objects     -               -           ii.
passback_status                            raw         -               -           ii?
grading_scheme                             raw         -               -           ii?
calendar                                   struct      -               -           +++
  ics                                      text
permissions                                struct      -               -           .i.
  create_discussion_topic                  bool
  create_announcement                      bool
blueprint_restrictions                     struct      -               u           +++
  content                                  bool
  points                                   bool
  due_dates                                bool
  availability_dates                       bool
course_progress                            struct?     -               -           iii
  requirement_count                        int
  requirement_completed_count              int
  next_requirement_url                     text
  completed_at                             datetime
grading_periods                            structs     -               -           ii?
  id                                       text
  title                                    text
  workflow_state                           text
  start_date                               datetime
  end_date                                 datetime
sections                                   structs     -               -           ii.
  id                                       text
  name                                     text
  enrollment_role                          text
  start_at                                 datetime
  end_at                                   datetime
tabs                                       structs     -               -           ii?
  id                                       text
  label                                    text
  type                                     text
  html_url                                 text
  full_url                                 text
  visibility                               text
  position                                 int
  hidden                                   bool
enrollments                                structs     -               -           ii.  scores
  type                                     text
  role                                     text
  role_id                                  text
  user_id                                  text
  enrollment_state                         text
  associated_user_id                       text
  current_grading_period_title             text
  current_grading_period_id                text
  computed_current_grade                   text
  computed_final_grade                     text
  unposted_current_grade                   text
  unposted_final_grade                     text
  current_period_computed_current_grade    text
  current_period_computed_final_grade      text
  current_period_unposted_current_grade    text
  current_period_unposted_final_grade      text
  computed_current_score                   float
  computed_final_score                     float
  unposted_current_score                   float
  unposted_final_score                     float
  current_period_computed_current_score    float
  current_period_computed_final_score      float
  current_period_unposted_current_score    float
  current_period_unposted_final_score      float
  limit_privileges_to_course_section       bool
  has_grading_periods                      bool
  totals_for_all_grading_periods_option    bool
term                                       record      -               -           iii
account                                    record      -               -           ii.
teachers                                   record      -               -           iii
allow_student_wiki_edits                   -           -               cu          ...
syllabus_course_summary                    -           -               u           ...
image_id                                   -           -               u           ...
image_url                                  -           -               u           ...
remove_image                               -           -               u           ...
remove_banner_image                        -           -               u           ...
use_blueprint_restrictions_by_object_type  -           -               u           ...
homeroom_course                            -           -               u           ...
sync_enrollments_from_homeroom             -           -               u           ...
homeroom_course_id                         -           -               u           ...
course_color                               -           -               ue          ...
enable_course_paces                        -           -               u           ...
conditional_release                        -           -               u           ...
"""

# s: GET /users/:id    p: GET /users/:id/profile    r: GET /courses/:id/users
# c: GET /courses/:id/users/:id    t: GET /courses/:id/recent_students
# h: GET /courses/:id/content_share_users    u: GET /sections/:id/users
# a: GET /accounts/:id/users    e: the `user` of an enrollment
USER = """\
key                  type         field           write  sprcthuae  include
name                 text         name            -      +++++++++
sortable_name        text         sortable_name   -      +++++++++
short_name           text         display_name    -      +++++++++
first_name           text         given_name      -      +........
last_name            text         family_name     -      +........
sis_user_id          text         sis_id          -      +.+++++++
integration_id       text         integration_id  -      +.+++++++
login_id             text         username        -      +++++++++
root_account         text         -               -      +.+++++++
pronouns             text         pronouns        -      +++++++++
avatar_url           text         avatar_url      -      i+ii.+iii
email                text         email           -      ?++i.+?i.
bio                  text         bio             -      ?+ii.....
title                text         -               -      .+.......
locale               text         locale          -      ++??.....
effective_locale     text         -               -      +........
time_zone            text         time_zone       -      ?+??...i.
uuid                 text         -               -      i.ii...ii
past_uuid            text         -               -      i........  uuid
confirmation_url     text         -               -      i........
lti_id               text         -               -      .........
lti_user_id          text         -               -      .+.......
primary_email        text         -               -      .+.......
pronunciation        text         -               -      .+.......
sis_import_id        id           -               -      +.+++++++
merged_into_user_id  id           -               -      +.+++++++
created_at           datetime     -               -      +.+++++++
last_login           datetime     -               -      i.??+..i.
k5_user              bool         -               -      .+.......
custom_links         raw_objects  -               -      i.ii.....
calendar             struct       -               -      .+.......
  ics                text
permissions          struct       -               -      +........
  can_update_name    bool
  can_update_avatar  bool
  limit_parent_app_web_access  bool
"""

# t: `UserDisplay`, a row of `teachers` of a course.
USER_DISPLAY = """\
key               type  field         write  t  include
anonymous_id      text  -             -      +
display_name      text  display_name  -      +
avatar_image_url  text  avatar_url    -      +
html_url          text  -             -      +
pronouns          text  pronouns      -      +
fake_student      bool  -             -      +
"""

# r: every row of an enrollment.
ENROLLMENT = """\
key                                  type      field             write  r  include
type                                 text      role!             -      +
role                                 text      -                 -      +
enrollment_state                     text      state!            -      +
html_url                             text      -                 -      +
sis_account_id                       text      -                 -      +
sis_course_id                        text      -                 -      +
course_integration_id                text      -                 -      +
sis_section_id                       text      -                 -      +
section_integration_id               text      -                 -      +
sis_user_id                          text      -                 -      +
temporary_enrollment_source_user_id  text      -                 -      +
root_account_id                      id        -                 -      +
user_id                              id        user_id           c      +
course_id                            id        course_id         -      +
course_section_id                    id        section_id        -      +
associated_user_id                   id        -                 c      +
role_id                              id        -                 c      +
sis_import_id                        id        -                 -      +
created_at                           datetime  -                 -      +
updated_at                           datetime  -                 -      +
start_at                             datetime  start_at          -      +
end_at                               datetime  end_at            -      +
last_activity_at                     datetime  last_activity_at  -      +
last_attended_at                     datetime  -                 -      +
limit_privileges_to_course_section   bool      -                 c      +
locked                               bool      -                 -      i
can_be_removed                       bool      -                 -      i
total_activity_time                  int       -                 -      +
observed_user                        object    -                 -      i  observed_users
grades                               struct    grades!           -      +
  html_url                           text
  override_grade                     text
  unposted_current_grade             text
  unposted_final_grade               text
  grading_period_id                  text
  override_score                     float
  unposted_current_score             float
  unposted_final_score               float
  current_points                     float
notify                               -         -                 c      .
"""

# r: GET /accounts/:id/terms/:id, and the `term` of a course.
TERM = """\
key                      type      field       write  r  include
name                     text      name        -      +
workflow_state           text      is_active!  -      +
sis_term_id              text      -           -      +
grading_period_group_id  id        -           -      +
sis_import_id            id        -           -      +
start_at                 datetime  start_at    -      +
end_at                   datetime  end_at      -      +
created_at               datetime  -           -      +
overrides                raw       -           -      .
"""

# s: GET /accounts/:id    l: GET /accounts    u: GET /accounts/:id/sub_accounts
# b: the `account` of a course, and GET /course_accounts
ACCOUNT = """\
key                             type        field                    write  slub  include
name                            text        name                     -      ++++
workflow_state                  text        -                        -      ++++
uuid                            text        -                        -      ++++
default_time_zone               text        time_zone                -      ++++
sis_account_id                  text        sis_id                   -      +++.
integration_id                  text        -                        -      +++.
lti_guid                        text        -                        -      ii..
global_id                       text        -                        -      +++.
terms_of_use_url                text        -                        -      +++.
privacy_policy_url              text        -                        -      +++.
recaptcha_key                   text        -                        -      +++.
parent_account_id               id          parent_id,account_kind!  -      ++++
root_account_id                 id          -                        -      ++++
sis_import_id                   id          -                        -      +++.
course_template_id              id          -                        -      +++.
terms_required                  bool        -                        -      +++.
course_count                    int         -                        -      iii.
sub_account_count               int         -                        -      iii.
default_storage_quota_mb        float       -                        -      +++.
default_user_storage_quota_mb   float       -                        -      +++.
default_group_storage_quota_mb  float       -                        -      +++.
registration_settings           raw_object  -                        -      ii..
services                        raw_object  -                        -      ii..
"""

# r: GET /progress/:id.
PROGRESS = """\
key             type      field       write  r  include
context_type    text      -           -      +
tag             text      tag         -      +
workflow_state  text      state!      -      +
message         text      message     -      +
url             text      -           -      +
context_id      id        -           -      +
user_id         id        -           -      +
created_at      datetime  created_at  -      +
updated_at      datetime  updated_at  -      +
completion      float     completion  -      +
results         raw       -           -      +
"""

# s: GET /courses/:id/settings. Only `u` exists: PUT /courses/:id/settings
COURSE_SETTINGS = """\
key                                        type  field  write  s
allow_final_grade_override                 bool  -      u      +
allow_student_discussion_topics            bool  -      u      +
allow_student_forum_attachments            bool  -      u      +
allow_student_discussion_editing           bool  -      u      +
allow_student_discussion_reporting         bool  -      u      +
allow_student_anonymous_discussion_topics  bool  -      u      +
filter_speed_grader_by_student_group       bool  -      u      +
grading_standard_enabled                   bool  -      -      +
allow_student_organized_groups             bool  -      u      +
hide_final_grades                          bool  -      u      +
hide_distribution_graphs                   bool  -      u      +
hide_sections_on_course_users_page         bool  -      u      +
lock_all_announcements                     bool  -      u      +
usage_rights_required                      bool  -      u      +
restrict_student_past_view                 bool  -      u      +
restrict_student_future_view               bool  -      u      +
restrict_quantitative_data                 bool  -      -      +
show_announcements_on_home_page            bool  -      u      +
syllabus_course_summary                    bool  -      u      +
homeroom_course                            bool  -      -      +
conditional_release                        bool  -      u      +
grading_standard_id                        text  -      -      +
grade_passback_setting                     text  -      -      +
image_url                                  text  -      -      +
image_id                                   text  -      -      +
image                                      text  -      -      +
banner_image_url                           text  -      -      +
banner_image_id                            text  -      -      +
banner_image                               text  -      -      +
course_color                               text  -      -      +
friendly_name                              text  -      -      +
default_due_time                           text  -      u      +
home_page_announcement_limit               int   -      u      +
"""
