// The vendors' APIs as a Node team would call them: undici's pool, a DataLoader for each kind of
// object, built anew for each request.

const DataLoader = require('dataloader');
const { Pool } = require('undici');

const pool = new Pool(process.env.UPSTREAM, { connections: 100 });
const canvasHeaders = { authorization: 'Bearer tok-0123456789abcdef', accept: 'application/json' };

async function send(method, path, headers, body) {
  const reply = await pool.request({ method, path, headers, body });
  if (reply.statusCode >= 300) {
    await reply.body.dump();
    throw new Error(`upstream answered ${reply.statusCode}`);
  }
  return reply;
}

async function get(path) {
  return (await send('GET', path, canvasHeaders)).body.json();
}

// All pages of a list: each names the next one in its Link header.
async function getAll(path) {
  const rows = [];
  while (path) {
    const reply = await send('GET', path, canvasHeaders);
    rows.push(...(await reply.body.json()));
    const next = /<https?:\/\/[^/]+([^>]*)>;\s*rel="next"/.exec(reply.headers.link ?? '');
    path = next?.[1];
  }
  return rows;
}

// One request for up to fifty paths; a row for each, in the order asked.
async function multiget(paths) {
  const headers = { authorization: oauth(), 'content-type': 'application/json', accept: 'application/json' };
  const reply = await send('POST', '/v1/multiget', headers, JSON.stringify({ request: paths }));
  const { response } = await reply.body.json();
  return response.map((row) =>
    row.response_code === 200 ? row.body : new Error(`upstream answered ${row.response_code}`),
  );
}

function oauth() {
  const nonce = Math.random().toString(36).slice(2);
  const now = Math.floor(Date.now() / 1000);
  return 'OAuth realm="Schoology API",oauth_consumer_key="bench-key",oauth_token="",' +
    `oauth_nonce="${nonce}",oauth_timestamp="${now}",oauth_signature_method="PLAINTEXT",` +
    'oauth_version="1.0",oauth_signature="bench-secret%26"';
}

const course = (row) => ({ id: String(row.id), name: row.name, courseCode: row.course_code });
// As the other servers write it.
const time = (text) => (text ? text.replace('Z', '+00:00') : null);
const section = (row) => ({
  id: String(row.id),
  courseId: String(row.course_id),
  name: row.name,
  startAt: time(row.start_at),
  endAt: time(row.end_at),
  sisSectionId: row.sis_section_id,
  integrationId: row.integration_id,
  totalStudents: row.total_students,
  restricted: Boolean(row.restrict_enrollments_to_section_dates),
});
const person = (row) => ({
  id: String(row.id),
  name: row.name,
  displayName: row.short_name,
  sortableName: row.sortable_name,
});
const classSection = (row) => ({
  id: row.id,
  courseId: row.course_id,
  name: row.section_title,
  code: row.section_code,
});
const classCourse = (row) => ({ id: row.id, name: row.title, department: row.department });

const orError = (value, read) => (value instanceof Error ? value : read(value));

const each = (load) => new DataLoader((keys) =>
  Promise.all(keys.map((key) => load(key).catch((error) => error))));

const packed = (path, read) => new DataLoader(
  async (keys) => (await multiget(keys.map((key) => `/v1/${path}/${key}`))).map((row) => orError(row, read)),
  { maxBatchSize: 50 });

const loaders = () => ({
  courses: each(async (id) => course(await get(`/api/v1/courses/${id}`))),
  courseSections: each(async (id) =>
    (await getAll(`/api/v1/courses/${id}/sections?include[]=total_students&per_page=100`)).map(section)),
  sections: each(async (id) => section(await get(`/api/v1/sections/${id}?include[]=total_students`))),
  teachers: each(async (id) =>
    (await getAll(`/api/v1/sections/${id}/users?enrollment_type=teacher&per_page=100`)).map(person)),
  students: each(async (id) =>
    (await getAll(`/api/v1/sections/${id}/users?enrollment_type=student&per_page=100`)).map(person)),
  classSections: packed('sections', classSection),
  classCourses: packed('courses', classCourse),
});

module.exports = { loaders };
