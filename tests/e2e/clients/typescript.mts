// What a program in TypeScript does with the HTTP API, through a client whose types were generated from its
// description: emit, list, recover. Run by test_clients.py; `node typescript.mjs URL KEY` prints what it saw.
import createClient from "openapi-fetch";
import type { paths } from "./api.js";

const [url, key] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${key}` } });

function must<T>(answer: { data?: T; error?: { error: string }; response: Response }): T {
  if (answer.data === undefined) throw new Error(`${answer.response.status}: ${answer.error?.error}`);
  return answer.data;
}

const added = must(
  await client.POST("/api/admin/webhooks", {
    body: { name: "from-typescript", url: "https://shop.example/", events: ["project.*"], isActive: false },
  }),
);
const receipt = must(
  await client.POST("/api/events", { body: { event: "project.created", data: { order: 1 }, id: "order-1" } }),
);
const again = must(
  await client.POST("/api/events", { body: { event: "project.created", data: { order: 1 }, id: "order-1" } }),
);
const page = must(
  await client.GET("/api/admin/deliveries", { params: { query: { webhook: "from-typescript", state: "missed" } } }),
);
must(await client.POST("/api/admin/webhooks/{webhook}/enable", { params: { path: { webhook: added.id } } }));
const recovered = must(
  await client.POST("/api/admin/webhooks/{webhook}/recover", {
    params: { path: { webhook: "from-typescript" } },
    body: { since: "1h", states: ["missed"] },
  }),
);
const refused = await client.GET("/api/admin/webhooks/{webhook}", { params: { path: { webhook: "nobody" } } });

console.log(
  JSON.stringify({
    secret: added.secret.startsWith("whsec_"),
    receipt: [receipt.missed, receipt.duplicate],
    again: [again.id === receipt.id, again.duplicate],
    deliveries: page.deliveries.map((delivery) => [delivery.eventId === receipt.id, delivery.state]),
    recovered: recovered.queued ?? 0,
    refused: [refused.response.status, refused.error?.code],
  }),
);
