// An installation in a temporary folder, made and used through the real binary, with receivers of its own:
// all that was started for it is ended with it.

import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import https from "node:https";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { ago } from "./history.mjs";

export const here = path.dirname(fileURLToPath(import.meta.url));
export const root = path.resolve(here, "../..");
const binary = process.env.THIG_HOOKS_BIN ?? path.join(root, "build/test/bin/thig-hooks");
export const patience = 1000 * Number(process.env.THIG_TEST_PATIENCE ?? 60); // until a test gives up waiting

// Asks until the answer is something true; between two questions others have their turn.
export async function wait_for(what, ask) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

function temporary_folder() {
  const memory = "/dev/shm";
  return fs.mkdtempSync(path.join(fs.existsSync(memory) ? memory : os.tmpdir(), "thig-browser-"));
}

export class Installation {
  constructor() {
    this.dir = temporary_folder();
    this.env = {
      PATH: process.env.PATH,
      HOME: this.dir,
      TMPDIR: this.dir,
      XDG_DATA_HOME: `${this.dir}/data`,
      XDG_CONFIG_HOME: `${this.dir}/config`,
      XDG_RUNTIME_DIR: this.dir,
      THIG_HOOKS_DB: `${this.dir}/hooks.db`,
      THIG_HOOKS_SYSTEM_CONFIG: `${this.dir}/etc-config.json`,
    };
    this.clock = {}; // by which commands run: see `ago`
    this.ends = []; // what is to be done at the end, the latest first
    this.children = [];
    // A test that is given up is asked to end, and takes all with it.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.once(signal, () => { this.close().finally(() => process.exit(1)) });
    }
  }

  async close() {
    for (const end of this.ends.splice(0).reverse()) await end();
    await Promise.all(this.children.splice(0).map(child => child.end()));
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  // A command to its end; `env` and `input` as needed, `code` where it is to fail. Not waited for by standing
  // still: what it sends to may be a receiver in this process.
  run(args, { input = "", env = {}, code = 0 } = {}) {
    return new Promise((resolve, reject) => {
      const child = spawn(binary, args.map(String), { env: { ...this.env, ...this.clock, ...env }, timeout: 5 * patience });
      let out = "";
      let errors = "";
      child.stdout.setEncoding("utf8").on("data", text => { out += text });
      child.stderr.setEncoding("utf8").on("data", text => { errors += text });
      child.stdin.on("error", () => {});
      child.stdin.end(input);
      child.on("error", reject);
      child.on("close", status => {
        if (status === code) resolve(out);
        else reject(new Error(`${args.join(" ").slice(0, 200)}: exit code ${status}\n${out}${errors}`));
      });
    });
  }

  async json(args, options) {
    return JSON.parse(await this.run([...args, "--json"], options));
  }

  // A process that goes on; `first`: what it says first, as JSON.
  async start(args, env = {}) {
    const child = spawn(binary, args.map(String), { env: { ...this.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    const gone = new Promise(resolve => child.once("exit", resolve));
    let errors = "";
    child.stderr.on("data", text => { errors += text });
    const process = {
      child,
      async end(signal = "SIGTERM") {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal);
        await gone;
      },
    };
    this.children.push(process);
    const lines = createInterface({ input: child.stdout });
    process.first = await new Promise((resolve, reject) => {
      lines.once("line", line => resolve(line));
      gone.then(() => reject(new Error(`${args.join(" ")} has ended: ${errors}`)));
    });
    return process;
  }

  // The pages, at a port that the system gives, or where another server has been.
  async serve_admin(port = 0) {
    const server = await this.start(["serve-admin", "--listen", `127.0.0.1:${port}`, "--json"]);
    this.base = JSON.parse(server.first).url.replace(/\/+$/, "");
    return server;
  }

  async serve_incoming() {
    const server = await this.start(["serve-incoming", "--listen", "127.0.0.1:0", "--json"]);
    server.url = new URL(JSON.parse(server.first).url);
    return server;
  }

  run_deliveries() {
    return this.start(["run", "--json"]);
  }

  // An HTTPS receiver: `answers` says by path what it answers, or has a function that does.
  async receive(answers) {
    const receiver = new Receiver(this.dir, answers);
    await receiver.listen();
    this.ends.push(() => receiver.close());
    return receiver;
  }

  // Gives back the webhook.
  add(name, receiver, place, events, ...flags) {
    const wanted = events.flatMap(event => ["--event", event]);
    return this.json(["add", "outgoing", name, receiver.url(place), "--allow-private", "--ca-file", receiver.ca, ...wanted, ...flags]);
  }

  emit(type, data = {}, options = {}) {
    return this.json(["emit", type, "--data", "-"], { input: JSON.stringify(data), ...options });
  }

  sweep(...flags) {
    return this.run(["deliver", "-q", ...flags]);
  }

  // What a file is for a command that reads one.
  file(name, text) {
    const at = path.join(this.dir, name);
    fs.writeFileSync(at, text, { mode: 0o600 });
    return at;
  }
}

class Receiver {
  constructor(dir, answers) {
    const folder = fs.mkdtempSync(path.join(dir, "receiver-"));
    this.ca = path.join(folder, "cert.pem");
    const key = path.join(folder, "key.pem");
    // Valid for a history, too.
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
      "-out", this.ca, "-days", "9", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
      { stdio: "ignore", env: { ...process.env, ...ago(7 * 24 * 60) } });
    this.requests = [];
    this.answers = answers;
    this.server = https.createServer({ cert: fs.readFileSync(this.ca), key: fs.readFileSync(key) }, (request, response) => {
      const chunks = [];
      request.on("data", chunk => chunks.push(chunk));
      request.on("end", () => {
        this.requests.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks) });
        const known = this.answers[request.url] ?? { status: 204 };
        const answer = typeof known === "function" ? known() : known;
        for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
        response.writeHead(answer.status);
        response.end(answer.body ?? "");
      });
    });
    this.server.on("clientError", () => {});
  }

  listen() {
    return new Promise(resolve => { this.server.listen(0, "127.0.0.1", resolve) });
  }

  url(place = "/ok") {
    return `https://127.0.0.1:${this.server.address().port}${place}`;
  }

  close() {
    this.server.closeAllConnections();
    return new Promise(resolve => { this.server.close(resolve) });
  }
}

// A request as an outside service sends it; the answer's status.
export function send(url, place, { method = "POST", headers = {}, body = "" } = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request(new URL(place, url), { method, headers, agent: false }, response => {
      response.resume();
      response.on("end", () => resolve(response.statusCode));
    });
    request.on("error", reject);
    request.end(body);
  });
}
