// What goes on while a page is looked at, what a page weighs, and what it is on paper.

import assert from "node:assert/strict";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";

import { Browser, controls_in_print, sticks_out, watched_page } from "./browser.mjs";
import { Installation, root, wait_for } from "./installation.mjs";
import { ago, make_history } from "./history.mjs";

const ROWS = 50;
const HOURS = 24;
const TABS = 8;

const home = new Installation();
const STREAMS = 64; // HttpServerOptions::max_streams
const LONG_URL = `/collect/${"events/of/the/whole/company/".repeat(8)}?tenant=7f21&source=thig`;
let browser, receiver, server;

before(async () => {
  receiver = await home.receive({ "/down": { status: 503 } });
  // What comes before must be before: ids of events grow, whatever the clock says.
  home.clock = ago(60 * HOURS + 30);
  for (let i = 0; i < ROWS + 5; ++i) {
    await home.add(`service-${String(i).padStart(2, "0")}`, receiver, i % 9 ? "/ok" : "/down", ["project.*", "team.member_added", "comment.*", "prd.approved"], "--retry", "none");
  }
  home.clock = {};
  await make_history(home, HOURS, ["project.created"], "--disable-after", "0", "--pause-after", "0");
  await home.add("a-first", receiver, "/ok", ["export.completed"]);
  await home.add("z-long-url", receiver, LONG_URL, ["prd.exported"]);
  await home.run(["members", "add", "ann", "admin"]);
  server = await home.serve_admin();
  browser = await Browser.launch(home);
});
after(() => home.close());

// What the list says of the only webhook that exports are sent to.
const pending = page => page.locator("tr", { hasText: "a-first" }).locator("td").nth(6).innerText();
const until_pending = (page, number) => wait_for(`${number} pending`, async () => await pending(page) === String(number));
let emitted = 0;
const emit = async () => { await home.emit("export.completed", {}); return ++emitted };

describe("live", () => {
  let context, page;
  before(async () => {
    context = await browser.open();
    page = await watched_page(context);
    await page.goto("/admin/webhooks?q=a-first");
  });
  after(() => context.close());

  test("what is ticked, open, written and has the focus stays through an update", async () => {
    await page.goto("/admin/webhooks?q=-"); // all of them
    const rows = page.locator("tbody tr");
    await page.getByLabel("Event type").fill("half writ");
    await page.getByLabel("Select service-02").check();
    await page.getByLabel("Select a-first").check();
    await page.locator("details.menu summary").click();
    await page.getByLabel("Select service-02").focus();
    // What is looked at stays where it is, too.
    const height = () => page.evaluate(() => Math.round(globalThis.same.getBoundingClientRect().y));
    await page.evaluate(() => { globalThis.same = document.querySelectorAll("tr")[20]; scrollTo(0, 1000) });
    const before = await height();
    await until_pending(page, await emit());
    // One that comes above them, too.
    await home.add("a-zeroth", receiver, "/ok", ["export.completed"], "--inactive");
    await page.getByLabel("Select a-zeroth").waitFor();
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll("tbody :checked")].map(one => one.ariaLabel)), ["Select a-first", "Select service-02"]);
    assert.equal(await page.evaluate(() => document.activeElement.ariaLabel), "Select service-02");
    assert.equal(await page.getByLabel("Event type").inputValue(), "half writ");
    assert.equal(await page.locator("details.menu").evaluate(one => one.open), true);
    assert.equal(await height(), before);
    assert.equal(await rows.count(), ROWS);
    assert.deepEqual(page.take_wrongs(), []);
  });

  test("a pause holds until it is over, in this tab alone", async () => {
    const other = await watched_page(context);
    await other.goto("/admin/webhooks?q=a-first");
    await page.goto("/admin/webhooks?q=a-first");
    await page.keyboard.press("p");
    assert.match(await page.locator("#live").innerText(), /Paused/);
    assert.equal(await page.locator("#said").innerText(), "Live updates are paused");
    const requests = [];
    page.on("request", request => requests.push(request.url()));
    for (let i = 0; i < 2; ++i) await until_pending(other, await emit());
    assert.equal(await pending(page), String(emitted - 2));
    assert.deepEqual(requests.filter(url => !url.endsWith("/admin/live")), []);
    await page.keyboard.press("p");
    await until_pending(page, emitted);
    await until_pending(page, await emit());
    await other.close();
  });

  test("a page that is old in a paused tab is old after its reload no more", async () => {
    await page.keyboard.press("p");
    await emit();
    await page.reload();
    assert.equal(await pending(page), String(emitted));
    assert.match(await page.locator("#live").innerText(), /Paused/);
    await page.keyboard.press("p");
  });
});

test("many tabs have one stream, and another takes it over", async () => {
  const context = await browser.open();
  const streams = [];
  context.on("request", request => { if (request.url().endsWith("/admin/live")) streams.push(request.frame().page()) });
  const tabs = await Promise.all(Array.from({ length: TABS }, () => watched_page(context)));
  for (const tab of tabs) await tab.goto("/admin/webhooks?q=a-first");
  const now = await emit();
  for (const tab of tabs) await until_pending(tab, now);
  assert.equal(streams.length, 1);
  const [leader] = streams;
  await leader.close();
  const rest = tabs.filter(tab => tab !== leader);
  await wait_for("another stream", () => streams.length === 2);
  const later = await emit();
  for (const tab of rest) await until_pending(tab, later);
  assert.equal(streams.length, 2);
  // The one that a click led elsewhere with has let it go, and some tab has it again.
  await streams[1].goto("/admin/login");
  await wait_for("a third stream", () => streams.length === 3);
  for (const tab of rest) assert.deepEqual(tab.take_wrongs(), []);
  await context.close();
});

// Listens as a page does that stands still: it reads no byte more than whether it may.
async function listen_without_reading() {
  const { name, value } = (await browser.sign_in("ann")).cookies[0];
  const { hostname, port, host } = new URL(home.base);
  const socket = net.connect(Number(port), hostname);
  socket.on("error", () => {});
  socket.write(`GET /admin/live HTTP/1.1\r\nhost: ${host}\r\ncookie: ${name}=${value}\r\n\r\n`);
  const head = await new Promise(resolve => { socket.once("data", data => { socket.pause(); resolve(String(data)) }) });
  assert.match(head, /^HTTP\/1.1 200 /);
  return socket;
}

test("pages that stand still keep no other from being updated", async () => {
  // Not all: the server may still have some of pages that were closed a moment ago.
  const still = await Promise.all(Array.from({ length: STREAMS / 2 }, listen_without_reading));
  const context = await browser.open();
  try {
    const page = await watched_page(context);
    await page.goto("/admin/webhooks?q=a-first");
    for (let i = 0; i < 3; ++i) await until_pending(page, await emit());
    assert.deepEqual(page.take_wrongs(), []);
  } finally {
    await context.close();
    for (const socket of still) socket.destroy();
  }
});

test("a page for which there is no stream listens once there is one", async () => {
  const context = await browser.open();
  const page = await watched_page(context);
  const still = [];
  await wait_for("all streams", async () => {
    try { while (still.length < STREAMS) still.push(await listen_without_reading()) } catch { return false }
    return true;
  });
  const refused = page.waitForResponse(answer => answer.url().endsWith("/admin/live") && answer.status() === 503);
  await page.goto("/admin/webhooks?q=a-first");
  await refused;
  const now = await emit();
  for (const socket of still) socket.destroy();
  await until_pending(page, now);
  await until_pending(page, await emit());
  assert.deepEqual(page.take_wrongs().filter(one => !/the server responded with a status of 503/.test(one)), []);
  await context.close();
});

test("a page goes on after a restart of the server, and shows what happened meanwhile", async () => {
  const context = await browser.open();
  const [leader, other] = [await watched_page(context), await watched_page(context)];
  for (const page of [leader, other]) {
    await page.goto("/admin/webhooks?q=a-first");
    await page.evaluate(() => { globalThis.loaded_once = true });
  }
  await until_pending(other, await emit());
  await server.end();
  for (const page of [leader, other]) await wait_for("what is wrong", async () => /Offline/.test(await page.locator("#live").innerText()));
  const meanwhile = await emit();
  server = await home.serve_admin(new URL(home.base).port);
  for (const page of [leader, other]) {
    await until_pending(page, meanwhile);
    await wait_for("all to be well", async () => /Live/.test(await page.locator("#live").innerText()));
  }
  const now = await emit();
  for (const page of [leader, other]) {
    await until_pending(page, now);
    assert.equal(await page.evaluate(() => globalThis.loaded_once), true);
    // But for what the browser itself says of its network.
    assert.deepEqual(page.take_wrongs().filter(one => !/Failed to load resource: net::ERR_/.test(one)), []);
  }
  await context.close();
});

test("a list of fifty weighs little", async () => {
  const context = await browser.open();
  const page = await watched_page(context);
  const sizes = {};
  const names = {};
  page.cdp.on("Network.responseReceived", ({ requestId, response }) => { names[requestId] = new URL(response.url).pathname.replace(/\.[0-9a-f]+\./, ".") });
  page.cdp.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => { sizes[names[requestId]] = encodedDataLength });
  await page.cdp.send("Network.enable");
  await page.goto("/admin/webhooks", { waitUntil: "load" });
  await page.locator("#live").waitFor();
  assert.equal(await page.locator("tbody tr").count(), ROWS);
  const streams = Object.values(names).filter(name => name === "/admin/live").length;
  const files = Object.values(names).length - streams;
  const whole = Object.values(sizes).reduce((sum, size) => sum + size, 0);
  assert.ok(streams <= 1 && files <= 4, JSON.stringify(names));
  assert.ok(whole > 5_000 && whole <= 30_000, `${whole} bytes: ${JSON.stringify(sizes)}`);
  const nodes = await page.evaluate(() => document.querySelectorAll("*").length);
  assert.ok(nodes <= 3_000, `${nodes} elements`);
  // With a day of attempts in each row; an hour may have begun meanwhile.
  const bars = await page.locator(".spark").evaluateAll(all => all.map(one => one.innerHTML.match(/M/g).length));
  assert.ok(bars.filter(number => number >= 23).length >= ROWS - 2, bars.join(" "));
  await context.close();
});

test("the script and the style sheet are small", () => {
  for (const [name, most] of [["admin.js", 8_000], ["admin.css", 5_000]]) {
    const size = gzipSync(fs.readFileSync(path.join(root, "core/web/pages/frame/assets", name)), { level: 9 }).length;
    assert.ok(size <= most, `${name}: ${size} bytes`);
  }
});

test("pages can be printed", async () => {
  const context = await browser.open();
  const page = await watched_page(context);
  const { id } = await home.json(["show", "z-long-url"]);
  const url = receiver.url(LONG_URL);
  const places = { "/admin/webhooks?q=z-long": url, [`/admin/webhooks/outgoing/${id}`]: url, "/admin/deliveries": "project.created" };
  for (const [place, told] of Object.entries(places)) {
    await page.goto(place);
    const pdf = await page.pdf({ format: "A4" });
    assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
    assert.deepEqual(await controls_in_print(page), [], place);
    // As wide as such a sheet, where URLs are whole.
    await page.setViewportSize({ width: 794, height: 1123 });
    await page.emulateMedia({ media: "print" });
    const text = await page.locator("body").innerText();
    assert.ok(text.includes(told), place);
    for (const word of ["Filter", "Copy", "Log out", "Add Webhook", "Audit log", "Select"]) assert.ok(!text.includes(word), `${place}: ${word}`);
    const cut = await page.evaluate(() => [...document.querySelectorAll(".url")].filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent));
    assert.deepEqual(cut, [], place);
    assert.deepEqual(await sticks_out(page), [], place);
    await page.emulateMedia({ media: "screen" });
  }
  assert.deepEqual(page.take_wrongs(), []);
  await context.close();
});
