// A receiver written by others' hands: HTTPS, verified by the `standardwebhooks` package.
// usage: node standardwebhooks.mjs CERT KEY SECRET — prints {"port":…} and then a JSON line a request.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { Webhook } from "standardwebhooks";

const [cert, key, secret] = process.argv.slice(2);
const webhook = new Webhook(secret);

const server = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString("utf8");
    let verdict = "valid";
    try {
      webhook.verify(body, request.headers);
    } catch (error) {
      verdict = `${error}`;
    }
    response.writeHead(verdict === "valid" ? 204 : 401).end();
    console.log(JSON.stringify({ verdict, id: request.headers["webhook-id"], body, at: Date.now() }));
  });
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
