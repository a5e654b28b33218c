// A receiver written by others' hands: HTTPS, and every request is verified by the named package.
// usage: node verifiers.mjs PACKAGE CERT KEY SECRET_FILE…
// prints {"port":…} and then a JSON line a request: {"verdict":"valid" or why not, "verdicts":[one a file],…}
// Each file holds one secret and is read again at each request, so a test may rotate what it holds.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { parse as parseForm } from "node:querystring";

// Each gives a check (secret, body, headers, url) that says true, or says false or throws if it is not valid.
// The package is loaded when it is asked for: one that is missing ends the program.
const packages = {
  async svix() {
    const { Webhook } = await import("svix");
    return (secret, body, headers) => (new Webhook(secret).verify(`${body}`, headers), true);
  },
  async standardwebhooks() {
    const { Webhook } = await import("standardwebhooks");
    return (secret, body, headers) => (new Webhook(secret).verify(`${body}`, headers), true);
  },
  async stripe() {
    const { Stripe } = await import("stripe");
    return (secret, body, headers) =>
      Stripe.webhooks.constructEvent(body, headers["stripe-signature"], secret).object === "event";
  },
  async octokit() {
    const { verify } = await import("@octokit/webhooks-methods");
    return (secret, body, headers) => verify(secret, `${body}`, headers["x-hub-signature-256"]);
  },
  async "twilio-form"() {
    const { default: twilio } = await import("twilio");
    return (secret, body, headers, url) =>
      twilio.validateRequest(secret, headers["x-twilio-signature"], url, { ...parseForm(`${body}`) });
  },
  async "twilio-json"() {
    const { default: twilio } = await import("twilio");
    return (secret, body, headers, url) =>
      twilio.validateRequestWithBody(secret, headers["x-twilio-signature"], url, `${body}`);
  },
  async discord() {
    const { verifyKey } = await import("discord-interactions");
    return (publicKey, body, headers) =>
      verifyKey(body, headers["x-signature-ed25519"], headers["x-signature-timestamp"], publicKey);
  },
};

const [name, cert, key, ...secretFiles] = process.argv.slice(2);
if (!Object.hasOwn(packages, name) || secretFiles.length === 0) {
  console.error(`usage: verifiers.mjs ${Object.keys(packages).join("|")} CERT KEY SECRET_FILE…`);
  process.exit(2);
}
const check = await packages[name]();

async function verdict(secretFile, body, headers, url) {
  try {
    const secret = readFileSync(secretFile, "utf8").trim();
    return (await check(secret, body, headers, url)) === true ? "valid" : "not valid";
  } catch (error) {
    return `${error}`;
  }
}

const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", async () => {
    const body = Buffer.concat(chunks);
    const url = `https://127.0.0.1:${server.address().port}${request.url}`;
    const verdicts = await Promise.all(secretFiles.map((file) => verdict(file, body, request.headers, url)));
    response.writeHead(verdicts.includes("valid") ? 204 : 401).end();
    console.log(JSON.stringify({
      verdict: verdicts[0], verdicts, id: request.headers["webhook-id"], method: request.method, path: request.url,
      headers: request.headers, body: `${body}`, at: Date.now(),
    }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
