// What a browser keeps from those who are not meant: a site that puts a page of ours into its own, and whoever sits there
// after its user has signed out.

import assert from "node:assert/strict";
import http from "node:http";
import { after, before, test } from "node:test";

import { Browser, watched_page } from "./browser.mjs";
import { Installation, wait_for } from "./installation.mjs";

const home = new Installation();
let browser;

before(async () => {
  await home.run(["add", "outgoing", "crm", "https://crm.example.com/hooks", "--event", "*"]);
  await home.run(["members", "add", "ann", "admin"]);
  await home.serve_admin();
  browser = await Browser.launch(home);
});
after(() => home.close());

// A site of somebody else, which has one page; at another port, so that the browser sends our cookie along.
async function other_site(html) {
  const server = http.createServer((request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>Another site</title>${html}`);
  });
  await new Promise(resolve => { server.listen(0, "127.0.0.1", resolve) });
  home.ends.push(() => { server.closeAllConnections(); return new Promise(resolve => { server.close(resolve) }) });
  return `http://127.0.0.1:${server.address().port}/`;
}

test("a page of ours in a frame of another site shows nothing, and the console says why", async () => {
  const context = await browser.open();
  const page = await watched_page(context);
  for (const place of ["/admin/webhooks", "/admin/login", "/admin/settings/developer/keys/new", "/admin/nowhere", "/healthz"]) {
    await page.goto(await other_site(`<iframe src="${home.base}${place}"></iframe>`), { waitUntil: "load" });
    const [frame] = page.mainFrame().childFrames();
    assert.match(frame.url(), /^chrome-error:/, place);
    assert.doesNotMatch(await frame.evaluate(() => document.documentElement.outerHTML), /crm|thig-hooks|Log in|<form/, place);
    const said = page.take_wrongs().join("\n");
    assert.match(said, /console error: .*(Refused|blocked|violates).*/, place);
    assert.ok(said.includes("frame-ancestors 'none'"), `${place}: ${said}`);
  }
  await context.close();
});

test("after signing out the way back shows nothing of a page", async () => {
  const context = await browser.open();
  const page = await watched_page(context);
  const { id } = await home.json(["show", "crm"]);
  const places = [`/admin/webhooks/outgoing/${id}/edit`, `/admin/webhooks/outgoing/${id}`, "/admin/webhooks"];
  for (const place of places) {
    await page.goto(place);
    assert.match(await page.content(), /crm/, place);
  }
  await page.locator("details.menu summary").click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL("**/admin/login*");
  for (const place of places.reverse()) {
    await page.goBack();
    assert.match(page.url(), /\/admin\/login/, place);
    assert.doesNotMatch(await page.locator("body").innerText(), /\b(crm|ann)\b/, place);
  }
  // Forward again, too.
  await page.goForward();
  assert.match(page.url(), /\/admin\/login/);
  await context.close();
});

test("a page that the browser kept in memory is loaded again as it comes back", async () => {
  const context = await browser.open();
  const page = await watched_page(context);
  await page.goto("/admin/webhooks");
  await page.evaluate(() => { globalThis.kept = true });
  // This browser keeps none; others tell a page so.
  await page.evaluate(() => { dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })) });
  await wait_for("the page to be loaded again", () => page.evaluate(() => document.readyState === "complete" && !globalThis.kept).catch(() => false));
  assert.deepEqual(page.take_wrongs(), []);
  await context.close();
});
