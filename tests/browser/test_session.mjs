// A session that is about to end: whoever is there is told of it in time, and can stay without losing anything.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { axe_findings, Browser, open_without_script, sticks_out, watched_page } from "./browser.mjs";
import { Installation, wait_for } from "./installation.mjs";

const HOUR = 3_600_000;

const home = new Installation();
let browser;

before(async () => {
  await home.run(["emit", "project.created"]);
  await home.run(["members", "add", "ann", "admin"]);
  await home.serve_admin();
  browser = await Browser.launch(home);
});
after(() => home.close());

// Moves a time of all sessions to so many milliseconds from now.
function move(column, from_now) {
  const change = `import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute("UPDATE session SET ${column} = ?", (int(sys.argv[2]),)); db.commit()`;
  execFileSync("python3", ["-c", change, home.env.THIG_HOOKS_DB, String(Date.now() + from_now)]);
}

const nearly_idle = () => move("last_used_at", 100_000 - 2 * HOUR);
const last_use = async () => Date.parse((await home.json(["sessions"]))[0].lastUsedAt);

describe("a session that is about to end", () => {
  let context, page, line, stay, again;
  beforeEach(async () => {
    browser.sessions = {}; // each has one of its own
    await home.run(["sessions", "end", "--all"]);
    context = await browser.open();
    page = await watched_page(context);
    line = page.locator("#ending");
    stay = page.getByRole("button", { name: "Stay logged in" });
    again = page.getByRole("link", { name: "Log in again" });
  });
  afterEach(() => context.close());
  const said = () => page.locator("#said").innerText();

  test("is told of where it is seen and heard, and kept by a key", async () => {
    await page.setViewportSize({ width: 320, height: 480 });
    await page.goto("/admin/webhooks");
    await page.locator("#live").waitFor();
    assert.equal(await line.isVisible(), false);
    nearly_idle(); // which the page hears of as of any change
    await line.waitFor();
    const text = await line.locator("p").innerText();
    assert.match(text, /^Your session ends at \d\d:\d\d, because it was not used for 2 hours\.$/);
    assert.equal(await said(), text);
    assert.equal(await page.locator("#said").getAttribute("role"), "status");
    assert.equal(await again.isVisible(), false);
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    const box = await line.boundingBox();
    assert.ok(box.y >= 0 && box.y + box.height <= 480 && box.x >= 0 && box.x + box.width <= 320, JSON.stringify(box));
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await axe_findings(page), []);
    }
    assert.deepEqual(await sticks_out(page), []);
    await stay.focus();
    await page.keyboard.press("Enter");
    await line.waitFor({ state: "hidden" });
    assert.equal(await said(), "You stay logged in");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    await wait_for("the use to be written down", async () => await last_use() > Date.now() - HOUR);
    // And it is not told of again by what the page hears next.
    await home.run(["members", "add", "joe", "viewer"]);
    await page.goto("/admin/members");
    assert.equal(await line.isVisible(), false);
    assert.deepEqual(page.take_wrongs(), []);
  });

  test("is kept with what was written in a form, for all tabs", async () => {
    await context.clock.install();
    await page.goto("/admin/webhooks/new");
    const other = await watched_page(context);
    await other.goto("/admin/settings/developer");
    await page.getByLabel("Name").fill("half writ");
    await context.clock.fastForward(HOUR * 2 - 240_000);
    assert.equal(await line.isVisible(), false);
    await context.clock.fastForward(150_000);
    await stay.waitFor();
    await other.locator("#ending").waitFor();
    await stay.click();
    await line.waitFor({ state: "hidden" });
    await other.locator("#ending").waitFor({ state: "hidden" });
    assert.equal(await page.getByLabel("Name").inputValue(), "half writ");
    assert.deepEqual([...page.take_wrongs(), ...other.take_wrongs()], []);
  });

  test("cannot be kept at the end of its twelve hours, and the next one is for the same tabs", async () => {
    move("expires_at", 90_000);
    await page.goto("/admin/webhooks/new");
    await line.waitFor();
    assert.match(await said(), /^Your session ends at \d\d:\d\d, 12 hours after it began\. Log in again to continue\.$/);
    assert.equal(await stay.isVisible(), false);
    await page.getByLabel("Name").fill("half writ");
    const opened = context.waitForEvent("page");
    await again.click();
    const login = await opened;
    await login.getByText("Run this on the server").waitFor();
    const code = (await home.run(["login-link", "--member", "ann"])).split("#")[1].trim();
    await login.getByLabel("Or paste the code").fill(code);
    await login.getByRole("button", { name: "Log in" }).click();
    await login.waitForURL(/\/admin\/webhooks/);
    await line.waitFor({ state: "hidden" });
    assert.equal(await page.getByLabel("Name").inputValue(), "half writ");
    assert.equal((await home.json(["sessions", "--member", "ann"])).length, 1);
    assert.deepEqual(page.take_wrongs(), []);
  });

  test("has ended, and says so", async () => {
    await context.clock.install();
    await page.goto("/admin/webhooks/new");
    await context.clock.fastForward(HOUR * 2 - 60_000);
    await stay.waitFor();
    await home.run(["sessions", "end", "--member", "ann"]);
    await stay.click();
    await again.waitFor();
    assert.equal(await said(), "Your session has ended. Log in again to continue.");
    assert.equal(await stay.isVisible(), false);
    assert.deepEqual(page.take_wrongs(), []);
  });

  test("is nothing to see without a script", async () => {
    move("expires_at", 90_000);
    await open_without_script(page, "/admin/webhooks");
    assert.equal(await page.locator("h1").isVisible(), true);
    assert.equal(await line.isVisible(), false);
  });
});
