// Monaco asks for its workers by label. They stand beside explorer.js, from this origin: a page whose
// policy says `worker-src 'self'` may start them.
const FILES = { graphql: "graphql.js", json: "json.js" };

globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    return new Worker(new URL(`./workers/${FILES[label] ?? "editor.js"}`, import.meta.url));
  },
};
