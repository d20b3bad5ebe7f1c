// Writes a Bruno collection of the examples: node bruno.mjs EXAMPLES FOLDER
//
// Each example becomes a request, in a folder by the first word of its path. Tokens are variables of the environment
// `demo`, filled in from what `ampara demo token ana` prints, where TOKENS names a file with it.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [examples, target] = process.argv.slice(2);
const fixtures = readdirSync(examples)
  .filter((file) => file.endsWith(".json"))
  .map((file) => ({ name: file.replace(/\.json$/, ""), ...JSON.parse(readFileSync(join(examples, file), "utf8")) }))
  .filter(({ request }) => request);

/** By what each kind of caller shows who it is. */
function authorised(path, headers) {
  if (headers.Cookie) return { headers: { Cookie: "ampara_operator={{operator_cookie}}" }, token: null };
  if (!headers.Authorization) return { headers: {}, token: null };
  return { headers: {}, token: path.startsWith("/v1/alerts/") ? "alert_token" : "access_token" };
}

/** Bruno's own text: two blanks before each line of a block. */
const block = (name, text) => `${name} {\n${text.replace(/^(?=.)/gm, "  ")}\n}\n`;
const pairs = (object) => Object.entries(object).map(([name, value]) => `${name}: ${value}`).join("\n");

function request({ name, operation, what, request }, seq) {
  const { method, path, headers = {}, body } = request;
  const { headers: shown, token } = authorised(path, headers);
  const others = Object.fromEntries(
    Object.entries(headers)
      .filter(([header]) => !["Authorization", "Cookie", "Content-Type"].includes(header))
      .map(([header, value]) => [header, header === "X-CSRF-Token" ? "{{csrf_token}}" : value]),
  );
  const form = headers["Content-Type"]?.includes("urlencoded");
  const kind = body === undefined ? "none" : form ? "formUrlEncoded" : "json";
  const auth = token ? "bearer" : "none";
  const all = { ...shown, ...others };
  const parts = [
    block("meta", pairs({ name, type: "http", seq })),
    block(method.toLowerCase(), pairs({ url: `{{base_url}}${path}`, body: kind, auth })),
  ];
  if (Object.keys(all).length) parts.push(block("headers", pairs(all)));
  if (token) parts.push(block("auth:bearer", pairs({ token: `{{${token}}}` })));
  if (kind === "json") parts.push(block("body:json", JSON.stringify(body, (name, value) => (name === "receipt" ? "{{receipt}}" : value), 2)));
  if (kind === "formUrlEncoded") parts.push(block("body:form-urlencoded", pairs(body)));
  parts.push(block("docs", `${operation}\n\n${what}`));
  return parts.join("\n");
}

rmSync(target, { recursive: true, force: true });
mkdirSync(join(target, "environments"), { recursive: true });
const collection = { version: "1", name: "Ampara", type: "collection" };
writeFileSync(join(target, "bruno.json"), `${JSON.stringify(collection, null, 2)}\n`);
const printed = process.env.TOKENS ? readFileSync(process.env.TOKENS, "utf8") : "";
const token = (name) => new RegExp(`^${name} +(\\S+)$`, "m").exec(printed)?.[1] ?? "";
const environment = {
  base_url: "http://127.0.0.1:8080",
  access_token: token("access"),
  alert_token: token("alert"),
  operator_cookie: "",
  csrf_token: "",
  receipt: "",
};
writeFileSync(join(target, "environments", "demo.bru"), block("vars", pairs(environment)));
fixtures.forEach((fixture, i) => {
  const [, first, second] = fixture.request.path.split(/[/?]/);
  const folder = join(target, first === "v1" ? second : "health");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${fixture.name}.bru`), request(fixture, i + 1));
});
console.log(`${fixtures.length} requests in ${target}`);
