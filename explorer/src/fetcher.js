import { parse } from "graphql";
import { createClient } from "graphql-sse";

const ACCEPT = "application/graphql-response+json, application/json;q=0.9";

/**
 * A GraphiQL fetcher: queries and mutations by POST, subscriptions by server-sent events.
 *
 * `headers` are the page's (tenant, API key). What the reader typed into the headers editor wins.
 */
export function createFetcher({ endpoint, subscriptionEndpoint, headers }) {
  return (asked, { headers: typed } = {}) => {
    const sent = merge(headers, typed);
    const operations = operationsOf(asked.query);
    const params = named(asked, operations);
    return isSubscription(params, operations)
      ? createClient({ url: subscriptionEndpoint, headers: sent }).iterate(params)
      : post(endpoint, params, sent);
  };
}

async function post(endpoint, params, headers) {
  const reply = await fetch(endpoint, {
    method: "POST",
    headers: { accept: ACCEPT, "content-type": "application/json", ...headers },
    body: JSON.stringify(params),
  });
  const text = await reply.text();
  try {
    return JSON.parse(text);
  } catch {
    // A proxy in between answered, or nothing did: GraphiQL shows this in the place of an answer.
    return { errors: [{ message: `HTTP ${reply.status}: the answer is not JSON` }] };
  }
}

/** The operations of a document; none where it cannot be parsed: the server tells what is wrong. */
function operationsOf(query) {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === "OperationDefinition");
  } catch {
    return [];
  }
}

/**
 * GraphiQL reads a document a moment after it is shown or typed, and until then names the operation
 * of the one before. Where there is but one, that one is meant.
 */
function named(params, operations) {
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

/** Header names are compared without case, so that a typed `x-tenant` replaces our `X-Tenant`. */
function merge(...all) {
  const merged = new Headers();
  for (const headers of all) {
    for (const [name, value] of Object.entries(headers ?? {})) merged.set(name, value);
  }
  return Object.fromEntries(merged);
}
