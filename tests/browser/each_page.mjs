// Every page, light and dark, on a narrow and a wide screen: nothing that axe finds, nothing said on the console, nothing
// that the policy refuses, nothing that scrolls sideways; nothing that hostile text became, and no controls in print.
// `with_script`: or as a browser without a script shows it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Browser, axe_findings, became_markup, controls_in_print, open_without_script, page_paths, sticks_out, watched_page } from "./browser.mjs";
import { Installation } from "./installation.mjs";
import { ATTRIBUTE, HOSTILE, HOSTILE_NAME, SCRIPT, seed } from "./seed.mjs";

const WIDE = { width: 1280, height: 800 };
const NARROW = { width: 320, height: 640 };
// What can differ by the colours alone.
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

// Where a path leads, with what is there in its places.
function places_of(path, seeded) {
  const { webhooks, incoming, deliveries, events, requests, keys } = seeded;
  const of = ids => Object.values(ids).map(id => path.replace(/\{\w+\}/, id));
  switch (path) {
    case "/admin/webhooks/outgoing/{webhook}": return of(webhooks);
    case "/admin/webhooks/incoming/{webhook}": return of(incoming);
    case "/admin/deliveries/{delivery}": return of(deliveries);
    case "/admin/events/{event}": return of(events);
    case "/admin/requests/{request}": return of(requests);
  }
  const one = path.includes("/outgoing/") ? webhooks.hostile : path.endsWith("/rotate-secret") ? incoming.done : incoming.hostile;
  const filled = path.replace("{webhook}", one).replace("{key}", keys[0]);
  // A place that nothing is known for: say above what is there.
  assert.ok(!filled.includes("{"), `no test visits ${path}`);
  return [filled];
}

// The same with filters, which show other things, or nothing, or what is wrong with them.
const hostile = encodeURIComponent(HOSTILE);
const FILTERED = [
  "/admin/webhooks?tab=incoming", "/admin/webhooks?state=disabled", `/admin/webhooks?q=${hostile}&event=${hostile}`,
  "/admin/deliveries?state=dead", `/admin/deliveries?webhook=${hostile}`, "/admin/deliveries?type=hostile.happened&since=2h", "/admin/deliveries?since=yesterdayish",
  "/admin/requests?state=rejected", `/admin/requests?webhook=${hostile}`,
  `/admin/audit-logs?actor=${hostile}`, "/admin/audit-logs?since=never",
  `/admin/login?to=${hostile}`, "/admin/nowhere", `/admin/webhooks/outgoing/${hostile}`,
];

// What is wrong with the page that is shown. `ways`: that axe looks at it; where another of its kind was looked at in
// every way, the others need fewer.
const IN_EVERY_WAY = [[WIDE, "light"], [WIDE, "dark"], [NARROW, "light"], [NARROW, "dark"]];
const BRIEFLY = [[WIDE, "light"], [WIDE, "dark"]];
const ONCE = [[WIDE, "light"]];

async function faults_of(page, ways) {
  const wrongs = [...page.take_wrongs(), ...await became_markup(page), ...await controls_in_print(page)];
  for (const viewport of [WIDE, NARROW]) {
    await page.setViewportSize(viewport);
    wrongs.push(...(await sticks_out(page)).map(one => `scrolls sideways: ${one}`));
    for (const [, colorScheme] of ways.filter(([size]) => size === viewport)) {
      await page.emulateMedia({ colorScheme });
      const found = await axe_findings(page, colorScheme === "dark" ? OF_COLOURS : null);
      wrongs.push(...found.map(one => `${colorScheme}, ${viewport.width} px: ${one}`));
    }
    await page.emulateMedia({ colorScheme: "light" });
  }
  await page.setViewportSize(WIDE);
  page.take_wrongs();
  return wrongs;
}

export function check_each_page(with_script) {
  const home = new Installation();
  let browser, seeded, page;

  before(async () => {
    seeded = await seed(home);
    await home.serve_admin();
    browser = await Browser.launch(home);
    page = await watched_page(await browser.open());
  });
  after(() => home.close());

  // Without a script the colours and the layout are the same.
  const in_every_way = with_script ? IN_EVERY_WAY : ONCE;
  const briefly = with_script ? BRIEFLY : [];
  const check_page = async what => { assert.deepEqual(await faults_of(page, in_every_way), [], what) };
  const open = place => with_script ? page.goto(place) : open_without_script(page, place);
  const look_at = async (places, status = 200) => {
    const wrongs = {};
    for (const place of places) {
      const answer = await open(place);
      if (status) assert.equal(answer.status(), status, place);
      const faults = await faults_of(page, place !== places[0] || status === null ? briefly : in_every_way);
      if (faults.length > 0) wrongs[place] = faults;
    }
    assert.deepEqual(wrongs, {});
  };

  describe("each page of the table", () => {
    for (const path of page_paths()) test(path, () => look_at(places_of(path, seeded)));
  });

  test("what filters leave, and what is wrong with them", () => look_at(FILTERED, null));

  test("hostile text stands where it belongs, as text", async () => {
    const { webhooks, incoming, deliveries, events, requests } = seeded;
    const places = ["/admin/webhooks", `/admin/webhooks?q=${hostile}`, `/admin/webhooks/outgoing/${webhooks.hostile}`, `/admin/webhooks/outgoing/${webhooks.hostile}/edit`,
      `/admin/webhooks/outgoing/${webhooks.hostile}/remove`, `/admin/webhooks/outgoing/${webhooks.off}`, "/admin/deliveries", `/admin/deliveries/${deliveries.hostile}`,
      `/admin/events/${events.hostile}`, "/admin/events/new?event=hostile.happened", "/admin/requests", `/admin/requests/${requests["hostile-failed"]}`,
      `/admin/requests/${requests.controls}`, "/admin/audit-logs"];
    for (const place of places) {
      await open(place);
      // What is shown or, in fields, can be edited.
      const text = await page.evaluate(() => document.body.textContent + [...document.querySelectorAll("input, textarea")].map(one => one.value).join(" "));
      for (const part of [SCRIPT, ATTRIBUTE]) {
        assert.ok([part, JSON.stringify(part).slice(1, -1), part.replaceAll('"', "'")].some(form => text.includes(form)), `${place}: ${part}`);
      }
      // What would be done by whoever moves over it, or comes to it by the keyboard.
      if (with_script) await page.evaluate(() => { for (const one of document.querySelectorAll("main *")) { one.dispatchEvent(new MouseEvent("mouseover", { bubbles: true })); one.focus?.() } });
      assert.deepEqual(page.take_wrongs(), [], place);
    }
    // Each page has its beginning of lines that are a million long.
    for (const place of [`/admin/deliveries/${deliveries.long}`, `/admin/events/${events.long}`, `/admin/requests/${requests["hostile-failed"]}`]) {
      const answer = await open(place);
      const size = (await answer.body()).length;
      assert.ok(size > 10_000 && size < 250_000, `${place}: ${size} bytes`);
    }
  });

  test("a recovery that is counted", () =>
    look_at([`/admin/webhooks/outgoing/${seeded.webhooks.broken}/recover?since=24h&state=dead&state=missed`]));

  // Answers to forms: `fill` what is to be in it, and press the button.
  const send = async (place, button, fill = async () => {}) => {
    await open(place);
    if (!with_script) await page.cdp.send("Emulation.setScriptExecutionDisabled", { value: true });
    await fill();
    await page.locator("#main").getByRole("button", { name: button, exact: true }).first().click();
    await page.waitForLoadState();
    if (!with_script) await page.cdp.send("Emulation.setScriptExecutionDisabled", { value: false });
  };

  test("a form with errors", async () => {
    await send("/admin/webhooks/new", "Add Webhook", async () => {
      await page.getByLabel("Name").fill(HOSTILE_NAME);
      await page.getByLabel("URL", { exact: true }).fill("http://127.0.0.1/");
    });
    await page.locator("#errors").waitFor();
    await check_page("errors");
  });

  test("a secret that is revealed", async () => {
    await send(`/admin/webhooks/outgoing/${seeded.webhooks.hostile}/secret`, "Reveal");
    await check_page("secret");
  });

  test("what a test found", async () => {
    for (const key of ["crm", "hostile"]) {
      await send(`/admin/webhooks/outgoing/${seeded.webhooks[key]}/test`, "Send Test");
      await page.getByRole("button", { name: "Send again" }).waitFor();
      await check_page(key);
    }
  });

  test("several webhooks at once", async () => {
    for (const button of ["Disable…", "Recover…"]) {
      await send("/admin/webhooks", button, async () => {
        for (const key of ["crm", "hostile"]) await page.locator(`#${seeded.webhooks[key]} [type=checkbox]`).check();
      });
      await check_page(button);
    }
  });

  test("a key that is shown once", async () => {
    await send("/admin/settings/developer/keys/new", "Create API Key", () => page.getByLabel("Name").fill(`${HOSTILE_NAME} 2`));
    await check_page("key");
  });

  test("an incoming webhook whose URL is shown once", async () => {
    await send(`/admin/webhooks/incoming/${seeded.incoming.hostile}/rotate-url`, "Rotate");
    await check_page("URL");
  });

  const look_as = async (member, places) => {
    const ann = page;
    page = await watched_page(await browser.open({ member }));
    await look_at(places);
    await page.context().close();
    page = ann;
  };

  test("an Owner", () => look_as("olga", ["/admin/members", "/admin/settings/developer"]));

  test("a Viewer", () => look_as("vic", ["/admin/webhooks", `/admin/webhooks/outgoing/${seeded.webhooks.broken}`, `/admin/deliveries/${seeded.deliveries.dead}`]));

  test("an installation in which nothing has happened", async () => {
    const empty = new Installation();
    try {
      await empty.run(["add", "outgoing", "first", "https://example.com/", "--event", "*"]);
      await empty.run(["remove", "first", "--yes"]);
      await empty.run(["members", "add", "ann", "admin"]);
      await empty.serve_admin();
      const fresh = new Browser(empty, browser.driven);
      page = await watched_page(await fresh.open());
      await look_at(["/admin/webhooks", "/admin/webhooks?tab=incoming", "/admin/deliveries", "/admin/requests", "/admin/audit-logs", "/admin/members", "/admin/settings/developer"]);
      await page.context().close();
    } finally {
      await empty.close();
    }
  });
}
