// What goes on while a page is looked at, what a page weighs, and what it is on paper.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";

import { Browser, watched_page } from "./browser.mjs";
import { Installation, root, wait_for } from "./installation.mjs";
import { ago, make_history } from "./history.mjs";

const ROWS = 50;
const HOURS = 24;
const TABS = 8;

const home = new Installation();
let browser, receiver;

before(async () => {
  receiver = await home.receive({ "/down": { status: 503 } });
  // What comes before must be before: ids of events grow, whatever the clock says.
  home.clock = ago(60 * HOURS + 30);
  for (let i = 0; i < ROWS + 5; ++i) {
    await home.add(`service-${String(i).padStart(2, "0")}`, receiver, i % 9 ? "/ok" : "/down", ["project.*", "team.member_added", "comment.*", "prd.approved"], "--retry", "none");
  }
  home.clock = {};
  await make_history(home, HOURS, ["project.created"], "--disable-after", "0", "--park-after", "0");
  await home.add("a-first", receiver, "/ok", ["export.completed"]);
  await home.run(["members", "add", "ann", "admin"]);
  await home.serve_admin();
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
    await page.evaluate(() => { globalThis.same = document.querySelectorAll("tr")[20]; scrollTo(0, 600) });
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
  const { id } = await home.json(["show", "service-00"]);
  for (const place of ["/admin/webhooks", `/admin/webhooks/outgoing/${id}`, "/admin/deliveries"]) {
    await page.goto(place);
    const pdf = await page.pdf({ format: "A4" });
    assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
    // URLs are whole on paper.
    await page.emulateMedia({ media: "print" });
    const cut = await page.evaluate(() => [...document.querySelectorAll(".url")].filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent));
    assert.deepEqual(cut, [], place);
    await page.emulateMedia({ media: "screen" });
  }
  assert.deepEqual(page.take_wrongs(), []);
  await context.close();
});
