import { parse } from "graphql";
import { createClient } from "graphql-sse";

const ACCEPT = "application/graphql-response+json, application/json;q=0.9";

/**
 * A GraphiQL fetcher: queries and mutations by POST, subscriptions by server-sent events.
 *
 * `headers` are those of the page (tenant, API key). Headers of the headers editor take precedence.
 */
export function createFetcher({ endpoint, subscriptionEndpoint, headers }) {
  return (request, { headers: editorHeaders } = {}) => {
    const allHeaders = merge(headers, editorHeaders);
    const operations = operationsOf(request.query);
    const params = withOperationName(request, operations);
    return isSubscription(params, operations)
      ? createClient({ url: subscriptionEndpoint, headers: allHeaders }).iterate(params)
      : post(endpoint, params, allHeaders);
  };
}

async function post(endpoint, params, headers) {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { accept: ACCEPT, "content-type": "application/json", ...headers },
    body: JSON.stringify(params),
  });
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    // The response is a proxy's, or empty: GraphiQL shows this error as the result.
    return { errors: [{ message: `HTTP ${response.status}: the response is not JSON` }] };
  }
}

/** Returns the operations of a document; none if it has a syntax error, which the server reports. */
function operationsOf(query) {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === "OperationDefinition");
  } catch {
    return [];
  }
}

/**
 * Sets the operation name to that of the only operation. GraphiQL parses a document with a delay and
 * sends the operation name of the previous document until then.
 */
function withOperationName(params, operations) {
  return operations.length === 1
    ? { ...params, operationName: operations[0].name?.value }
    : params;
}

function isSubscription({ operationName }, operations) {
  const chosen = operationName
    ? operations.find(({ name }) => name?.value === operationName)
    : operations[0];
  return chosen?.operation === "subscription";
}

/** Merges headers; names are case-insensitive, so that `x-tenant` replaces `X-Tenant`. */
function merge(...all) {
  const merged = new Headers();
  for (const headers of all) {
    for (const [name, value] of Object.entries(headers ?? {})) merged.set(name, value);
  }
  return Object.fromEntries(merged);
}
