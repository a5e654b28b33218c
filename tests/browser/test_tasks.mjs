// Whole tasks: by the keyboard alone, and without a script; and what somebody sees who may only look.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Browser, watched_page } from "./browser.mjs";
import { Installation, wait_for } from "./installation.mjs";
import { seed } from "./seed.mjs";

const home = new Installation();
let browser, seeded;

before(async () => {
  seeded = await seed(home);
  await home.serve_admin();
  browser = await Browser.launch(home);
});
after(() => home.close());

const heading = page => page.getByRole("heading", { level: 1 });
const words_of = async page => (await page.locator("#main").innerText()).replace(/\s+/g, " ");
const webhook = async name => (await home.json(["list"])).find(one => one.name === name);
const delivery = id => home.json(["deliveries", "show", id]);

// What has the focus, in words that say enough to know it by.
const focused = page => page.evaluate(() => {
  const one = document.activeElement;
  return one.getAttribute("aria-label") || one.labels?.[0]?.textContent.trim() || one.textContent.trim() || one.tagName;
});

// On by Tab until what is wanted has the focus (by its name, or a part of it); nobody presses it more often than this.
async function tab_to(page, wanted) {
  const passed = [];
  for (let i = 0; i < 120; ++i) {
    await page.keyboard.press("Tab");
    const name = await focused(page);
    if (wanted instanceof RegExp ? wanted.test(name) : name === wanted) return;
    passed.push(name);
  }
  assert.fail(`Tab does not lead to ${wanted}: ${passed.join(" | ")}`);
}

// A key that leads to another page.
async function press_and_go(page, key, place) {
  await Promise.all([page.waitForURL(place), page.keyboard.press(key)]);
}

describe("by the keyboard alone", () => {
  let page;
  before(async () => { page = await watched_page(await browser.open()) });
  after(() => page.context().close());

  test("what has the focus can be seen on the way through the list", async () => {
    await page.goto("/admin/webhooks");
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "Skip to the content");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    // In the content, past the navigation.
    assert.ok(await page.evaluate(() => document.activeElement.closest("main")));
    for (let i = 0; i < 30; ++i) {
      await page.keyboard.press("Tab");
      const [name, seen] = await page.evaluate(() => {
        const one = document.activeElement;
        const box = one.getBoundingClientRect();
        const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        const style = getComputedStyle(one);
        return [one.outerHTML.slice(0, 120), style.outlineStyle !== "none" && (one.contains(top) || top?.contains(one))];
      });
      assert.ok(seen, name);
    }
  });

  test("a webhook is added, and its secret seen", async () => {
    await page.goto("/admin/webhooks");
    await press_and_go(page, "n", "**/admin/webhooks/new");
    await tab_to(page, "Name");
    await page.keyboard.type("keyed");
    await tab_to(page, "URL");
    await page.keyboard.type(seeded.receiver.url("/ok"));
    await tab_to(page, /^project\.created\b/);
    await page.keyboard.press("Space");
    // Rarely set, so behind a line that opens.
    await tab_to(page, "More: retries, timeout, signature, headers, limits, network");
    await page.keyboard.press("Enter");
    await tab_to(page, "Allow private and loopback addresses");
    await page.keyboard.press("Space");
    await tab_to(page, "CA certificates");
    await page.keyboard.type(seeded.receiver.ca);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "keyed was added" }).waitFor();
    const secret = await page.evaluate(() => document.querySelector("main").innerText.match(/whsec_[\w+/=]+/)?.[0]);
    const kept = await home.json(["show", "keyed", "--reveal-secret"]);
    assert.ok(secret && JSON.stringify(kept).includes(secret), secret);
    assert.deepEqual(kept.events, ["project.created"]);
  });

  test("a test is sent, and its verdict read", async () => {
    await tab_to(page, "Send Test");
    await press_and_go(page, "Enter", "**/test");
    await tab_to(page, "Send Test");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Send again" }).waitFor();
    assert.match(await words_of(page), /The endpoint answered 204 in .* It accepts signed deliveries\./);
  });

  test("a form says what is wrong where it stands, and has the focus there", async () => {
    await page.goto("/admin/webhooks/new");
    await tab_to(page, "Name");
    await page.keyboard.type("crm");
    await tab_to(page, "URL");
    await page.keyboard.type("https://crm.example.com/");
    await page.keyboard.press("Enter");
    await page.locator("#errors").waitFor();
    await wait_for("the focus", () => page.evaluate(() => document.activeElement.id === "errors"));
    await tab_to(page, "A webhook named crm already exists.");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "name");
  });

  test("event types are found as one types, and those that are ticked stay", async () => {
    const shown = () => page.evaluate(() => [...document.querySelectorAll(".tree .pick")].filter(one => one.checkVisibility()).map(one => one.querySelector("input").value));
    const groups = () => page.locator(".tree fieldset:visible").count();
    const said = () => page.locator("#said").textContent();
    await page.goto("/admin/webhooks/new");
    const [all, all_groups] = [await shown(), await groups()];
    assert.ok(all.length > 50 && all_groups > 8);
    await page.keyboard.press("/");
    assert.equal(await focused(page), "Find event types");
    await page.keyboard.type("Prd.a");
    assert.deepEqual(await shown(), ["prd.approved"]);
    assert.equal(await groups(), 1);
    assert.equal(await said(), "1 match");
    await page.keyboard.press("Tab");
    assert.match(await focused(page), /^prd\.approved 1/); // it was emitted once
    await page.keyboard.press("Space");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("team.member");
    const found = await shown();
    assert.ok(found.includes("prd.approved"), "what is ticked stays");
    assert.ok(found.length > 1 && found.every(one => one === "prd.approved" || one.startsWith("team.member")), found.join());
    assert.equal(await said(), found.length === 2 ? "1 match" : `${found.length - 1} matches`);
    await page.keyboard.type("zzz");
    assert.deepEqual(await shown(), ["prd.approved"]);
    assert.equal(await said(), "No match");
    // Neither key leaves the page.
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    assert.equal(await focused(page), "Find event types");
    assert.equal(await page.evaluate(() => document.activeElement.value), "");
    assert.deepEqual(await shown(), all);
    assert.equal(await groups(), all_groups);
    assert.equal(await said(), "All event types are shown");
    assert.equal(await page.locator("#errors").count(), 0);
    assert.equal(await page.locator("[value='prd.approved']").isChecked(), true);
  });

  test("a dead delivery is found and sent again", async () => {
    seeded.receiver.answers["/long"] = { status: 204 };
    await page.goto("/admin/webhooks");
    await press_and_go(page, "d", "**/admin/deliveries");
    await page.keyboard.press("/");
    assert.equal(await focused(page), "Id of a delivery, an event or a request");
    await page.keyboard.type(seeded.deliveries.long);
    await press_and_go(page, "Enter", `**/admin/deliveries/${seeded.deliveries.long}`);
    assert.match(await words_of(page), /Dead: /);
    await tab_to(page, "Retry now");
    await page.keyboard.press("Enter");
    await page.getByText("Pending: ").first().waitFor();
    await home.sweep();
    assert.equal((await delivery(seeded.deliveries.long)).state, "delivered");
  });

  test("what died is counted first, and then sent again", async () => {
    seeded.receiver.answers["/down"] = { status: 204 };
    await home.run(["enable", "broken"]);
    await page.goto(`/admin/webhooks/outgoing/${seeded.webhooks.broken}`);
    await tab_to(page, "More");
    await page.keyboard.press("Enter");
    await tab_to(page, "Recover…");
    await press_and_go(page, "Enter", "**/recover");
    await tab_to(page, "Events since");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("2h");
    await page.keyboard.press("Enter");
    await page.getByText("3 deliveries would be resent").waitFor();
    assert.equal((await webhook("broken")).pending, 0);
    await tab_to(page, "Resend");
    await page.keyboard.press("Enter");
    await page.getByText("3 deliveries queued.").waitFor();
    assert.equal((await webhook("broken")).pending, 3);
  });

  test("webhooks are ticked and disabled together", async () => {
    await page.goto("/admin/webhooks");
    await tab_to(page, "Select crm");
    await page.keyboard.press("Space");
    assert.match(await page.locator(".bulk").evaluate(one => getComputedStyle(one).display), /flex/);
    await tab_to(page, "Disable…");
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => /Disable/.test(document.querySelector("h1").textContent));
    await page.goto("/admin/webhooks");
  });

  test("a question mark shows the keys, and Escape puts them away", async () => {
    await page.goto("/admin/webhooks");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  test("keys are letters where something is written", async () => {
    await page.goto("/admin/webhooks");
    await page.keyboard.press("/");
    await page.keyboard.type("npd?/");
    assert.equal(await page.evaluate(() => document.activeElement.value), "npd?/");
    assert.equal(await page.getByRole("dialog").count(), 0);
  });

  test("nothing was wrong on the way", () => assert.deepEqual(page.take_wrongs(), []));
});

describe("without a script", () => {
  let page;
  before(async () => { page = await (await browser.open({ javaScriptEnabled: false })).newPage() });
  after(() => page.context().close());

  test("a webhook is added, and a test sent", async () => {
    await page.goto("/admin/webhooks");
    await page.getByRole("link", { name: "Add Webhook" }).first().click();
    assert.equal(await page.locator("[data-tree]").isVisible(), false);
    await page.getByLabel("Name").fill("plain");
    await page.getByLabel("URL", { exact: true }).fill(seeded.receiver.url("/ok"));
    await page.getByLabel("project.created").check();
    await page.getByText("More: retries").click();
    await page.getByLabel("Allow private and loopback addresses").check();
    await page.getByLabel("CA certificates").fill(seeded.receiver.ca);
    await page.getByRole("button", { name: "Add Webhook" }).click();
    assert.equal(await heading(page).innerText(), "plain was added");
    assert.match(await words_of(page), /whsec_/);
    await page.getByRole("link", { name: "Send Test" }).click();
    await page.getByRole("button", { name: "Send Test" }).click();
    assert.match(await words_of(page), /The endpoint answered 204 in /);
    assert.equal((await webhook("plain")).events[0], "project.created");
  });
});

describe("somebody who may only look", () => {
  let page;
  before(async () => { page = await watched_page(await browser.open({ member: "vic" })) });
  after(() => page.context().close());

  // Buttons that change nothing: filters, what is copied or shown, who looks and how.
  const HARMLESS = /^(Filter|Go|Copy.*|Live.*|Light|Dark|System|Stay logged in|Log out|Show sample)$/;

  test("sees no button that changes anything, and learns who can act", async () => {
    const { webhooks, deliveries, requests } = seeded;
    const places = ["/admin/webhooks", "/admin/webhooks?tab=incoming", `/admin/webhooks/outgoing/${webhooks.broken}`,
      `/admin/webhooks/outgoing/${webhooks.crm}`, "/admin/deliveries", `/admin/deliveries/${deliveries.dead}`, `/admin/deliveries/${deliveries.pending}`,
      "/admin/requests", `/admin/requests/${requests.failed}`, "/admin/audit-logs"];
    for (const place of places) {
      const answer = await page.goto(place);
      assert.equal(answer.status(), 200, place);
      const buttons = await page.evaluate(() => [...document.querySelectorAll("button, input[type=checkbox], main .acts a")]
        .map(one => one.getAttribute("aria-label") || one.textContent.trim() || one.name));
      assert.deepEqual(buttons.filter(name => !HARMLESS.test(name) && !/^(CSV.*|Older|Newest|Same event.*)$/.test(name)), [], place);
    }
    await page.goto("/admin/webhooks");
    assert.match(await words_of(page), /You are a Viewer: .*Owners and Admins can add and change webhooks\./);
  });

  test("is told so where a link led to a form", async () => {
    for (const path of ["new", `outgoing/${seeded.webhooks.crm}/edit`, `outgoing/${seeded.webhooks.crm}/remove`, `outgoing/${seeded.webhooks.crm}/secret`]) {
      const answer = await page.goto(`/admin/webhooks/${path}`);
      assert.equal(answer.status(), 403, path);
      assert.match(await words_of(page), /the role viewer .* Ask an Owner or Admin to do it/i, path);
      assert.equal(await page.locator("main form[method=post]").count(), 0, path);
    }
  });
});
