// A sender written by others' hands: signs a body with the named package, as that service would.
// usage: node signers.mjs PACKAGE --secret-file FILE --body FILE [--url URL] [--id ID] [--timestamp SECONDS]
// prints the headers, a line each. The secret for `discord` is the 32-byte seed of the Ed25519 key in hex.
import { createPrivateKey, createPublicKey, sign as signWithKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { parse as parseForm } from "node:querystring";
import { parseArgs } from "node:util";

// Each gives the headers for (secret, body, { url, id, timestamp }).
const packages = {
  async svix(secret, body, { id, timestamp }) {
    const { Webhook } = await import("svix");
    const signature = new Webhook(secret).sign(id, new Date(timestamp * 1000), `${body}`);
    return { "svix-id": id, "svix-timestamp": timestamp, "svix-signature": signature };
  },
  async standardwebhooks(secret, body, { id, timestamp }) {
    const { Webhook } = await import("standardwebhooks");
    const signature = new Webhook(secret).sign(id, new Date(timestamp * 1000), `${body}`);
    return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
  },
  async stripe(secret, body, { timestamp }) {
    const { Stripe } = await import("stripe");
    const header = Stripe.webhooks.generateTestHeaderString({ payload: `${body}`, secret, timestamp });
    return { "Stripe-Signature": header };
  },
  async octokit(secret, body) {
    const { sign } = await import("@octokit/webhooks-methods");
    return { "X-Hub-Signature-256": await sign(secret, `${body}`) };
  },
  async "twilio-form"(secret, body, { url }) {
    const { default: twilio } = await import("twilio");
    const parameters = { ...parseForm(`${body}`) };
    return { "X-Twilio-Signature": twilio.getExpectedTwilioSignature(secret, url, parameters) };
  },
  // The body is signed by way of the URL, which must carry its hash.
  async "twilio-json"(secret, body, { url }) {
    const { default: twilio } = await import("twilio");
    if (new URL(url).searchParams.get("bodySHA256") !== twilio.getExpectedBodyHash(`${body}`)) {
      throw new Error("bodySHA256 in the URL is not the hash of the body");
    }
    return { "X-Twilio-Signature": twilio.getExpectedTwilioSignature(secret, url, {}) };
  },
  // The package only verifies. Discord signs the timestamp followed by the body; the package must agree.
  async discord(seed, body, { timestamp }) {
    const { verifyKey } = await import("discord-interactions");
    const header = Buffer.from("302e020100300506032b657004220420", "hex"); // PKCS #8 of an Ed25519 seed, RFC 8410
    const key = createPrivateKey({ key: Buffer.concat([header, Buffer.from(seed, "hex")]), format: "der", type: "pkcs8" });
    const publicKey = Buffer.from(createPublicKey(key).export({ format: "jwk" }).x, "base64url").toString("hex");
    const signature = signWithKey(null, Buffer.concat([Buffer.from(`${timestamp}`), body]), key).toString("hex");
    if (!(await verifyKey(body, signature, `${timestamp}`, publicKey))) {
      throw new Error("discord-interactions does not take the signature");
    }
    return { "X-Signature-Ed25519": signature, "X-Signature-Timestamp": timestamp };
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    "secret-file": { type: "string" },
    body: { type: "string" },
    url: { type: "string" },
    id: { type: "string", default: "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W" },
    timestamp: { type: "string", default: `${Math.floor(Date.now() / 1000)}` },
  },
});
const [name] = positionals;
if (!Object.hasOwn(packages, name)) {
  console.error(`usage: signers.mjs ${Object.keys(packages).join("|")} --secret-file FILE --body FILE …`);
  process.exit(2);
}
const secret = readFileSync(values["secret-file"], "utf8").trim();
const about = { url: values.url, id: values.id, timestamp: Number(values.timestamp) };
const headers = await packages[name](secret, readFileSync(values.body), about);
for (const [header, value] of Object.entries(headers)) {
  console.log(`${header}: ${value}`);
}
