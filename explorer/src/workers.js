// Monaco requests its workers by label. They are served beside explorer.js, from this origin, as the
// page's policy `worker-src 'self'` requires.
const FILES = { graphql: "graphql.js", json: "json.js" };

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    return new Worker(new URL(`./workers/${FILES[label] ?? "editor.js"}`, import.meta.url));
  },
};
