// Reads a Bruno collection by Bruno's own parser, and prints it as JSON: node bruno_read.mjs FOLDER
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import lang from "@usebruno/lang";

const [collection] = process.argv.slice(2);
const text = (...path) => readFileSync(join(collection, ...path), "utf8");
const folders = readdirSync(collection, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const requests = folders
  .filter(({ name }) => name !== "environments")
  .flatMap(({ name }) => readdirSync(join(collection, name)).map((file) => lang.bruToJsonV2(text(name, file))));
const { variables } = lang.bruToEnvJsonV2(text("environments", "demo.bru"));
console.log(JSON.stringify({ requests, variables: variables.map(({ name }) => name) }));
