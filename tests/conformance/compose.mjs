// Composes subgraphs with one of the composers and prints its verdict as JSON:
// `node compose.mjs @apollo/composition NAME=FILE NAME=FILE`.
import { readFileSync } from "node:fs";
import { parse } from "graphql";

const [composer, ...subgraphs] = process.argv.slice(2);
const { composeServices } = await import(composer);
const { errors = [], supergraphSdl = null } = composeServices(
  subgraphs.map((subgraph) => {
    const [name, file] = subgraph.split("=");
    return { name, url: `http://${name}.example/graphql`, typeDefs: parse(readFileSync(file, "utf8")) };
  }),
);
console.log(JSON.stringify({ errors: (errors ?? []).map(({ message }) => message), supergraphSdl }));
