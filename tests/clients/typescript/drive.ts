// A whole alert, by the generated client: she signs in, chooses a contact and presses; the contact answers; an operator
// works the record; she closes. The test that started this stands in for the phones: one line on stdout asks for a text
// message or a push, one line on stdin brings it.
import { createHmac, randomUUID } from "node:crypto";
import { createInterface } from "node:readline";

import { client, type Schemas } from "./client.js";

type Setting = {
  base: string;
  municipality: string;
  notice: string;
  app: string;
  operators: [Credentials, Credentials];
};
type Credentials = { name: string; password: string; otpauth: string };

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function line(): Promise<string> {
  const next = await lines.next();
  if (next.done) throw new Error("the test has nothing more to say");
  return next.value;
}

async function ask(what: "sms" | "push", to: string): Promise<string> {
  console.log(JSON.stringify({ ask: what, to }));
  return line();
}

/** What came, if it was a 2xx. */
function good<T>(reply: { data?: T; error?: unknown; response: Response }): T {
  if (!reply.response.ok) throw new Error(`${reply.response.status} ${JSON.stringify(reply.error)}`);
  return reply.data as T;
}

function equal(is: unknown, wanted: unknown): void {
  if (is !== wanted) throw new Error(`${JSON.stringify(is)} instead of ${JSON.stringify(wanted)}`);
}

/** RFC 6238 with SHA-1, six digits and 30 s. */
function totp(otpauth: string): string {
  const letters = new URL(otpauth).searchParams.get("secret")!;
  const bits = [...letters].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", secret).update(step).digest();
  const number = mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

async function signsIn(at: Setting, phone: string): Promise<Schemas["Tokens"]> {
  const anyone = client({ baseUrl: at.base });
  const { municipality } = at;
  good(await anyone.POST("/v1/sign-in", { body: { phone, municipality } }));
  const code = /\d{6}/.exec(await ask("sms", phone))![0];
  return good(
    await anyone.POST("/v1/sign-in/verify", {
      body: { phone, code, municipality, privacy_notice: at.notice, device: { platform: "android", label: "Moto" } },
    }),
  );
}

/** An operator's session: its cookie, and what a change must carry. */
async function desk({ name, password, otpauth }: Credentials) {
  const body = { name, password, totp: totp(otpauth) };
  const entered = await client({ baseUrl: at.base }).POST("/v1/operators/sign-in", { body });
  const csrf = { "X-CSRF-Token": good(entered).csrf_token };
  const cookie = entered.response.headers.getSetCookie().map((set) => set.split(";")[0]!).join("; ");
  return { client: client({ baseUrl: at.base, headers: { cookie } }), csrf };
}

const bearer = (at: Setting, token: string) =>
  client({ baseUrl: at.base, headers: { authorization: `Bearer ${token}` } });

/** What an app shows for a word that it does not know. */
function shown(reach: Schemas["Reach"]): string {
  switch (reach) {
    case "delivered":
    case "seen":
    case "answered":
      return "reached";
    default:
      return "other";
  }
}

const at = JSON.parse(await line()) as Setting;
const [hers, theirs, token] = ["+526144100021", "+526144100022", "token-of-a-contact"];

const she = await signsIn(at, hers);
const settings = bearer(at, she.access);
good(await settings.PUT("/v1/me/pin", { body: { pin: "4821" } }));
good(await settings.POST("/v1/sessions/step-up", { body: { pin: "4821" } }));
good(await settings.POST("/v1/contacts", { body: { name: "Lupita", phone: theirs } }));
const code = /\/i\/([\w-]{43})/.exec(await ask("sms", theirs))![1]!;

const they = await signsIn(at, theirs);
const contact = bearer(at, they.access);
good(
  await contact.PUT("/v1/devices/{id}/push", {
    params: { path: { id: they.device } },
    body: { platform: "android", app_id: at.app, provider: "fcm", token },
  }),
);
good(await contact.GET("/v1/invitations/{code}", { params: { path: { code } } }));
good(
  await contact.POST("/v1/invitations/{code}", {
    params: { path: { code } },
    body: { accept: true, alias: "Tu vecina", drills: true },
  }),
);

const button = bearer(at, she.alert_token);
const alert = { path: { client_id: randomUUID() as string } };
const fix = { seq: 0, at: new Date().toISOString(), lat: 28.6353, lon: -106.0889, accuracy_m: 18 };
const pressed = good(await button.PUT("/v1/alerts/{client_id}", { params: alert, body: { battery: 0.6, location: fix } }));
equal(pressed.state, "open");
equal(pressed.total, 1);
good(await button.POST("/v1/alerts/{client_id}/escalate", { params: alert }));

const push = JSON.parse(await ask("push", token)) as Schemas["PushData"];
equal(push.kind, "alarm");
good(await contact.POST("/v1/notifications/{id}/receipt", { params: { path: { id: push.notification } }, body: {} }));
const watching = { path: { id: push.watching! } };
const seen = good(await contact.GET("/v1/watching/{id}", { params: watching }));
equal(seen.place?.lat, 28.6353);
good(await contact.POST("/v1/watching/{id}/answer", { params: watching, body: { answer: "on_my_way" } }));
const moved = { ...fix, seq: 1, lat: 28.6354 };
good(await button.POST("/v1/alerts/{client_id}/locations", { params: alert, body: { fixes: [moved] } }));
const answered = good(await button.GET("/v1/alerts/{client_id}", { params: alert }));
equal(answered.contacts[0]?.answer, "on_my_way");
equal(shown(answered.contacts[0]!.reach), "reached");
equal(shown("reached_by_pigeon"), "other");

const marta = await desk(at.operators[0]);
const saul = await desk(at.operators[1]);
const operator = marta.client;
const queue = good(await operator.GET("/v1/escalations"));
const record = { path: { id: queue.items[0]!.id }, header: marta.csrf };
const opened = good(await operator.POST("/v1/escalations/{id}/claim", { params: record }));
equal(opened.her?.phone, hers);
const read = good(await operator.GET("/v1/escalations/{id}", { params: { path: record.path } }));
equal(read.her?.phone, hers);
good(await operator.POST("/v1/escalations/{id}/dispatch", { params: record, body: { note: "Unidad 12" } }));
equal(good(await button.GET("/v1/alerts/{client_id}", { params: alert })).nine11, "unit_sent");

const closed = good(await button.POST("/v1/alerts/{client_id}/close", { params: alert, body: { pin: "4821" } }));
equal(closed.state, "closed");
const attended = { disposition: "attended" as const };
const done = await operator.POST("/v1/escalations/{id}/close", { params: record, body: attended });
// A second person must agree: until then the close is proposed.
equal(good(done).closed, false);
const proposed = good(await operator.GET("/v1/escalations/{id}", { params: { path: record.path } }));
equal(proposed.record.close_proposed, "attended");
const confirmed = { path: record.path, header: saul.csrf };
const agreed = await saul.client.POST("/v1/escalations/{id}/close", { params: confirmed, body: attended });
equal(good(agreed).closed, true);
console.log(JSON.stringify({ done: true }));
process.exit(0);
