// Bundles the page into the Python package: `node build.mjs OUTDIR`.
//
// Everything that the page loads is written here, under names that the HTML of
// lms_gateway.web.explorer refers to (explorer.js, explorer.css) or that explorer.js finds beside
// itself (chunks, workers, fonts). The licences of what was bundled go along, in LICENSES.txt.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;
const out = resolve(process.argv[2] ?? join(here, "dist"));

const common = {
  absWorkingDir: here,
  bundle: true,
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "none", // LICENSES.txt holds them whole
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
const texts = await Promise.all([...packages].sort().map(licence));
await writeFile(join(out, "LICENSES.txt"), texts.join(`\n${"-".repeat(78)}\n\n`));

/** The folder of the npm package that a bundled file came from; null for our own files. */
function packageFolder(file) {
  return /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? null;
}

async function licence(folder) {
  const root = join(here, folder);
  const { name, version, license } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const files = (await readdir(root)).filter((file) => /^(licen[cs]e|notice|third.?party)/i.test(file));
  const texts = await Promise.all(files.map((file) => readFile(join(root, file), "utf8")));
  return [`${name} ${version} (${license ?? "see below"})`, ...texts].join("\n\n").trimEnd() + "\n";
}
