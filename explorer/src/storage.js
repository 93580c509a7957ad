// Stored state of the page. Tabs and the tenant are in localStorage; an API key is in sessionStorage, until
// the browser tab closes. A browser without storage (private windows, policies) stores nothing.
const PREFIX = "lms-gateway:";

/** Returns a Storage with a prefix, so that another GraphiQL on this origin has its own tabs. */
export function prefixed(kind) {
  const names = () => Object.keys(globalThis[kind]).filter((name) => name.startsWith(PREFIX));
  return {
    get length() {
      return attempt(() => names().length) ?? 0;
    },
    getItem: (name) => attempt(() => globalThis[kind].getItem(PREFIX + name)),
    setItem: (name, value) => attempt(() => globalThis[kind].setItem(PREFIX + name, value)),
    removeItem: (name) => attempt(() => globalThis[kind].removeItem(PREFIX + name)),
    clear: () => attempt(() => names().forEach((name) => globalThis[kind].removeItem(name))),
  };
}

function attempt(action) {
  try {
    return action() ?? null;
  } catch {
    return null;
  }
}
