// An installation in which everything has happened, with hostile text wherever an outsider or a member can put some.

import crypto from "node:crypto";

import { send, wait_for } from "./installation.mjs";

// Every way out of a piece of text into markup, and what a screen must not be told.
export const SCRIPT = "<script>alert(1)</script>";
export const ATTRIBUTE = '"onmouseover="alert(1)';
export const HOSTILE = `${SCRIPT}${ATTRIBUTE}'onfocus='alert(1) <img src=x onerror=alert(1)>\u202eevil\u202c</pre></textarea></title>&lt;`;
export const CONTROLS = "\x00\x01\x1b[2J\x7f\u0085\u2066\ufeff\r\n\t";
export const LONG_LINE = "x".repeat(1 << 20);
// What names may be made of: no control characters.
export const HOSTILE_NAME = `${SCRIPT}${ATTRIBUTE}`;

const ONCE = ["--retry", "none"];

export const ANSWERS = {
  "/ok": { status: 204 },
  "/down": { status: 503, body: "upstream connect error\n" },
  "/hostile": { status: 500, body: HOSTILE + CONTROLS, headers: { "x-hostile": `${SCRIPT}${ATTRIBUTE}`, "content-type": "text/html" } },
  "/long": { status: 500, body: LONG_LINE },
  "/gone": { status: 410 },
};

// The outgoing side: a webhook in each state, a delivery in each.
async function seed_outgoing(home, receiver) {
  await home.run(["events", "add", "hostile.happened", "--description", HOSTILE.replaceAll(/[\u202e\u202c]/g, ""), "--category", "Own",
    "--data", JSON.stringify({ text: HOSTILE })]);
  const webhooks = {};
  const add = async (key, name, place, events, ...flags) => { webhooks[key] = (await home.add(name, receiver, place, events, ...flags)).id };

  await add("paused", "paused-crm", "/down", ["comment.created"], "--retry", "1h,2h");
  for (let i = 0; i < 3; ++i) await home.emit("comment.created", { n: i });
  await home.sweep("--pause-after", "3");

  await add("broken", "broken", "/down", ["comment.resolved"], ...ONCE);
  await home.emit("comment.resolved", { n: 1 });
  await home.emit("comment.resolved", { n: 2 });
  await home.sweep("--disable-after", "2", "--disable-span", "0s");
  await home.emit("comment.resolved", { n: 3 }); // is missed

  await add("failing", "failing", "/down", ["prd.*"], "--retry", "1h,2h", "--description", "A note for people");
  await home.emit("prd.updated", { n: 1 });
  await home.emit("prd.approved", { n: 2 });
  await home.sweep();
  const [cancelled] = await home.json(["deliveries", "--webhook", "failing", "--limit", "1"]);
  await home.run(["cancel", cancelled.id, "--yes"]);

  await add("crm", "crm", "/ok", ["project.created", "project.updated", "team.*", "*"], "--rate", "5", "--header", "X-Team: sales");
  await add("off", "switched-off", "/ok", ["project.created"]);
  await home.run(["disable", "switched-off", "--reason", HOSTILE_NAME]);
  await add("hostile", HOSTILE_NAME, "/hostile", ["hostile.happened"], ...ONCE, "--description", `${SCRIPT}${ATTRIBUTE}`,
    "--when", `/data/text!=${SCRIPT}${ATTRIBUTE}${"x".repeat(200)}`);
  await add("long", "long-lines", "/long", ["project.archived"], ...ONCE);
  await add("gone", "gone-away", "/gone", ["project.deleted"], ...ONCE);
  const events = {};
  events.hostile = (await home.emit("hostile.happened", { text: HOSTILE + CONTROLS, [HOSTILE]: [SCRIPT, 9007199254740993] })).id;
  events.long = (await home.emit("project.archived", { line: LONG_LINE.slice(0, (1 << 20) - 100) })).id;
  events.gone = (await home.emit("project.deleted", {})).id;
  await home.emit("project.created", { projectId: "proj_123", name: "Atlas" });
  await home.sweep();
  await home.run(["test", "crm"]);
  await home.run(["test", HOSTILE_NAME], { code: 1 });
  return { webhooks, events };
}

// The incoming side: what was done, failed, was rejected, and came twice.
async function seed_incoming(home) {
  const secret = home.file("secret", "it is a secret");
  const add = (name, ...flags) => home.json(["add", "incoming", name, ...flags]);
  const hooks = {
    done: await add("issues", "--action", "create-project", "--scheme", "github", "--secret-file", secret, "--set", "name=/title"),
    failed: await add("deploy", "--action", "run", "--command", "/bin/false", "--description", HOSTILE_NAME,
      "--accept", "application/json", "--accept", "text/plain"),
    hostile: await add(`${HOSTILE_NAME}-in`, "--action", "add-note", "--set", "project=literal:proj_1", "--set", "text=/text", "--dedupe", "0s", "--max-body", "2048"),
    off: await add("old-service", "--action", "emit", "--event", "hostile.happened", "--inactive"),
  };
  const server = await home.serve_incoming();
  const json = { "content-type": "application/json" };
  const post = (hook, body, headers = {}, query = "") =>
    send(server.url, new URL(hook.url).pathname + query, { headers: { ...json, ...headers }, body });
  const signed = body => ({
    "x-hub-signature-256": `sha256=${crypto.createHmac("sha256", "it is a secret").update(body).digest("hex")}`,
    "x-github-delivery": "72d3162e",
  });
  const issue = JSON.stringify({ title: HOSTILE });
  await post(hooks.done, issue, signed(issue));
  await post(hooks.done, issue, signed(issue)); // a duplicate
  await post(hooks.done, issue, { ...signed("other"), "x-github-event": SCRIPT }); // rejected
  await post(hooks.failed, JSON.stringify({ text: HOSTILE }), { "user-agent": `${SCRIPT}${ATTRIBUTE}` });
  await post(hooks.failed, `${HOSTILE}\n${CONTROLS}`, { "content-type": "text/plain" });
  const query = `?q=${encodeURIComponent(HOSTILE)}&token=secret`;
  await post(hooks.hostile, JSON.stringify({ text: HOSTILE + CONTROLS, line: LONG_LINE }), { "x-hostile": `${SCRIPT}${ATTRIBUTE}` }, query);
  await post(hooks.hostile, `{"text":"${HOSTILE.replaceAll('"', "'")}"} ${CONTROLS}`, {}, query);
  const is_over = request => !["pending", "running", "received"].includes(request.state);
  await wait_for("the actions", async () => (await home.json(["requests"])).every(is_over));
  await server.end();
  return Object.fromEntries(Object.entries(hooks).map(([key, hook]) => [key, hook.id]));
}

// What is there, by what it is like.
export async function seed(home) {
  const receiver = await home.receive(ANSWERS);
  const { webhooks, events } = await seed_outgoing(home, receiver);
  const incoming = await seed_incoming(home);
  await home.run(["members", "add", "ann", "admin"]);
  await home.run(["members", "add", "vic", "viewer"]);
  await home.run(["members", "add", "olga", "owner"]);
  await home.run(["keys", "add", HOSTILE_NAME.slice(0, 40), "--scope", "read", "--member", "ann"]);
  const deliveries = {};
  for (const delivery of await home.json(["deliveries", "--limit", "200"])) deliveries[delivery.state] ??= delivery.id;
  for (const key of ["hostile", "long", "gone"]) {
    deliveries[key] = (await home.json(["deliveries", "--webhook", webhooks[key], "--state", "dead"]))[0].id;
  }
  const requests = {};
  for (const request of await home.json(["requests"])) requests[request.state] ??= request.id;
  for (const request of await home.json(["requests", "--webhook", incoming.hostile])) requests[`hostile-${request.state}`] ??= request.id;
  const [controls] = await home.json(["requests", "--webhook", incoming.failed, "--limit", "1"]);
  requests.controls = controls.id;
  const keys = (await home.json(["keys"])).map(key => key.id);
  return { receiver, webhooks, incoming, deliveries, events, requests, keys };
}
