// Runs the GraphQL over HTTP audits of the `graphql-http` package against a server and prints what each
// found, as JSON: `node audit.mjs URL`.
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
const results = [];
for (const audit of serverAudits({ url })) {
  const { status, reason = null } = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status, reason });
}
console.log(JSON.stringify(results));
