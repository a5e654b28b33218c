// What the drain is measured beside: a BullMQ worker on Redis that signs and posts each job with undici.
// usage: node bullmq_worker.mjs REDIS_SOCKET URLS_FILE CA_FILE JOBS IN_FLIGHT BODY_BYTES: prints the seconds
// from the worker's start until all jobs have completed; filling the queue is not counted.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { Queue, Worker } from "bullmq";
import IORedis from "ioredis";
import { Agent, request } from "undici";

const [socket, urlsFile, caFile, jobs, inFlight, bodyBytes] = process.argv.slice(2);
const connect = () => new IORedis({ path: socket, maxRetriesPerRequest: null });
const urls = readFileSync(urlsFile, "utf8").trim().split("\n");
const dispatcher = new Agent({ connections: Number(inFlight), connect: { ca: readFileSync(caFile) } });
const key = Buffer.alloc(32, 1);
const body = "x".repeat(Number(bodyBytes));

const queue = new Queue("bench", { connection: connect() });
await queue.obliterate({ force: true });
for (let first = 0; first < Number(jobs); first += 1000) {
  const count = Math.min(1000, Number(jobs) - first);
  await queue.addBulk(Array.from({ length: count }, (_, i) => ({ name: "delivery", data: { number: first + i, body } })));
}

async function send({ id, data }) {
  const now = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", key).update(`${id}.${now}.`).update(data.body).digest("base64");
  const answer = await request(urls[data.number % urls.length], {
    dispatcher,
    method: "POST",
    headers: { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": `${now}`, "webhook-signature": `v1,${signature}` },
    body: data.body,
  });
  await answer.body.dump();
  if (answer.statusCode < 200 || answer.statusCode > 299) throw new Error(`answered ${answer.statusCode}`);
  return answer.statusCode;
}

const start = performance.now();
let done = 0;
const worker = new Worker("bench", send, { connection: connect(), concurrency: Number(inFlight) });
await new Promise((resolve, reject) => {
  worker.on("completed", () => ++done === Number(jobs) && resolve());
  worker.on("failed", (_, error) => reject(error));
  worker.on("error", reject);
});
console.log(((performance.now() - start) / 1000).toFixed(4));
process.exit(0);
