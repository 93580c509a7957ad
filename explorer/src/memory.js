// What the page remembers. Tabs and the tenant stay in localStorage; an API key lives only as long as
// the browser's tab does. A browser that refuses storage (private windows, policies) forgets instead.
const PREFIX = "lms-gateway:";

/** A Storage under our prefix, so that another GraphiQL on this origin keeps its own tabs. */
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
