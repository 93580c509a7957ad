// Bundles the page into the Python package: `node build.mjs OUTDIR`.
//
// Writes everything that the page loads: files that the HTML of lms_gateway.web.explorer names
// (explorer.js, explorer.css), files that explorer.js loads (chunks, workers, fonts), and the licenses
// of all bundled packages (LICENSES.txt).
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;
const out = resolve(process.argv[2] ?? join(here, "dist"));

const common = {
  absWorkingDir: here,
  bundle: true,
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none", // LICENSES.txt contains them
  loader: { ".ttf": "file" },
  logLevel: "warning",
  metafile: true,
  minify: true,
  outdir: out,
  target: "es2022",
};

await rm(out, { force: true, recursive: true });
await mkdir(out, { recursive: true });

const builds = await Promise.all([
  build({
    ...common,
    entryPoints: { explorer: "src/main.jsx" },
    chunkNames: "chunks/[name]-[hash]",
    format: "esm",
    jsx: "automatic",
    splitting: true,
  }),
  build({
    ...common,
    // Classic scripts, so that a worker needs no module support and imports nothing further.
    entryPoints: {
      "workers/editor": "monaco-editor/esm/vs/editor/editor.worker.js",
      "workers/graphql": "monaco-graphql/esm/graphql.worker.js",
      "workers/json": "monaco-editor/esm/vs/language/json/json.worker.js",
    },
    format: "iife",
  }),
]);

const inputs = builds.flatMap(({ metafile }) => Object.keys(metafile.inputs));
const packages = new Set(inputs.map(packageFolder).filter(Boolean));
const texts = await Promise.all([...packages].sort().map(license));
await writeFile(join(out, "LICENSES.txt"), texts.join(`\n${"-".repeat(78)}\n\n`));

/** The folder of the npm package that a bundled file came from; null for our own files. */
function packageFolder(file) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? null;
}

async function license(folder) {
  const root = join(here, folder);
  const { name, version, license: id } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const files = (await readdir(root)).filter((file) => /^(licen[cs]e|notice|third.?party)/i.test(file));
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), "utf8")));
  return [`${name} ${version} (${id ?? "see below"})`, ...texts].join("\n\n").trimEnd() + "\n";
}
