// Debian's headless Chromium, signed in to an installation, with everything noted that a page does wrong.

import fs from "node:fs";
import path from "node:path";

import { chromium } from "playwright-core";

import { here, patience, root } from "./installation.mjs";

const executable = process.env.THIG_CHROMIUM ?? "/usr/bin/chromium-headless-shell";
const axe = fs.readFileSync(path.join(here, "node_modules/axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export class Browser {
  static async launch(home) {
    // What the browser writes goes with the installation.
    process.env.TMPDIR = home.dir;
    const args = ["--disable-dev-shm-usage"];
    if (process.getuid() === 0) args.push("--no-sandbox");
    const driven = await chromium.launch({ executablePath: executable, args, env: { ...home.env, LANG: "C.UTF-8" } });
    home.ends.push(() => driven.close());
    return new Browser(home, driven);
  }

  constructor(home, driven) {
    Object.assign(this, { home, driven, sessions: {} });
  }

  // As members do it: by the link that the program prints, and its button. What the browser keeps of it opens
  // as many windows as are wanted.
  async sign_in(member) {
    if (this.sessions[member]) return this.sessions[member];
    const printed = await this.home.run(["login-link", "--member", member, "--public-url", this.home.base]);
    const context = await this.driven.newContext();
    const page = await context.newPage();
    await page.goto(printed.match(/http\S+#\S+/)[0]);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL(/\/admin\/webhooks/);
    this.sessions[member] = await context.storageState();
    await context.close();
    return this.sessions[member];
  }

  // A window of its own. `options`: as Playwright has them; `member` null for nobody.
  async open({ member = "ann", ...options } = {}) {
    const storageState = member ? await this.sign_in(member) : undefined;
    const context = await this.driven.newContext({ baseURL: this.home.base, storageState, locale: "en-GB", timezoneId: "UTC", ...options });
    context.setDefaultTimeout(patience);
    return context;
  }
}

// A tab, and what was said of it: messages on the console, exceptions, dialogs, what the policy refused.
export async function watched_page(context) {
  const page = await context.newPage();
  const wrongs = [];
  const note = text => { wrongs.push(text) };
  page.on("console", message => note(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", error => note(`exception: ${error.message}`));
  page.on("dialog", dialog => { note(`dialog: ${dialog.message()}`); dialog.dismiss() });
  const cdp = await context.newCDPSession(page);
  cdp.on("Audits.issueAdded", ({ issue }) => note(`issue ${issue.code}: ${JSON.stringify(issue.details)}`));
  await cdp.send("Audits.enable");
  // What a browser itself says of a page that was refused is nothing wrong with it. Taken, it is told once.
  const take_wrongs = () => wrongs.splice(0).filter(one => !/^console error: Failed to load resource: .* status of 4\d\d/.test(one));
  return Object.assign(page, { cdp, take_wrongs });
}

// Opens a place as a browser whose script is switched off shows it. What looks at pages runs after that again, but
// none of the page's.
export async function open_without_script(page, place) {
  await page.cdp.send("Emulation.setScriptExecutionDisabled", { value: true });
  const answer = await page.goto(place);
  await page.cdp.send("Emulation.setScriptExecutionDisabled", { value: false });
  return answer;
}

// Axe in a world of its own, which the page's policy does not reach and whose script the page does not see.
export async function axe_findings(page, rules = null) {
  const { frameTree } = await page.cdp.send("Page.getFrameTree");
  const world = await page.cdp.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
  const evaluate = async expression => {
    const { result, exceptionDetails } = await page.cdp.send("Runtime.evaluate",
      { expression, contextId: world.executionContextId, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  await evaluate(`globalThis.axe || (() => { ${axe} })(); 0`);
  const only = rules ? { type: "rule", values: rules } : { type: "tag", values: RULES };
  return evaluate(`axe.run(document, { runOnly: ${JSON.stringify(only)}, resultTypes: ["violations"], performanceTimer: false })
    .then(({ violations }) => violations.flatMap(({ id, help, nodes }) =>
      nodes.map(node => id + " (" + help + "): " + node.html.slice(0, 200) + (node.any[0] ? " " + node.any[0].message : ""))))`);
}

// What stands out at the side, where a page scrolls sideways; not what scrolls by itself.
export function sticks_out(page) {
  return page.evaluate(() => {
    const { clientWidth: width, scrollWidth } = document.documentElement;
    if (scrollWidth <= width) return [];
    const scrolls = one => one && one !== document.body && (getComputedStyle(one).overflowX !== "visible" || scrolls(one.parentElement));
    const wide = [...document.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().right > width + 1 && !scrolls(one));
    return [`${scrollWidth} of ${width} px: ` + wide.slice(-3).map(one => one.outerHTML.slice(0, 150)).join(" … ")];
  });
}

// What text of others must never become, and what no screen is to be told.
export function became_markup(page) {
  return page.evaluate(() => {
    const wrongs = [];
    for (const one of document.querySelectorAll("*")) {
      const ours = one.localName !== "script" || /^\/admin\/assets\/[\w.]+$/.test(one.getAttribute("src"));
      if (!ours || ["img", "iframe", "style", "object", "base"].includes(one.localName)) wrongs.push(`an element: ${one.outerHTML}`);
      for (const { name } of one.attributes) if (name.startsWith("on") || name === "style") wrongs.push(`an attribute: ${one.outerHTML}`);
    }
    const text = document.documentElement.textContent + [...document.querySelectorAll("[value], [title], [aria-label]")].map(one => one.outerHTML).join("");
    const untold = text.match(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
    if (untold) wrongs.push(`a character for no screen: ${JSON.stringify(untold[0])} in ${JSON.stringify(text.substr(Math.max(untold.index - 40, 0), 80))}`);
    return wrongs;
  });
}

// What can be pressed is for no paper.
export async function controls_in_print(page) {
  await page.emulateMedia({ media: "print" });
  const shown = await page.evaluate(() => [...document.querySelectorAll("button, .btn, summary, nav:not(.crumbs), table [type=checkbox]")]
    .filter(one => one.checkVisibility()).map(one => `in print: ${one.outerHTML.slice(0, 150)}`));
  await page.emulateMedia({ media: "screen" });
  return shown;
}

// The pages of the program: what its table of routes answers a GET with, but for what is no page.
const NO_PAGES = ["/admin", "/admin/assets/{asset}", "/admin/audit-logs.csv", "/admin/live"];

export function page_paths() {
  const table = fs.readFileSync(path.join(root, "core/web/pages/page_routes.cpp"), "utf8");
  const paths = [...table.matchAll(/\.method = "GET", \.path = "([^"]*)"/g)].map(match => match[1]);
  if (paths.length < 20) throw new Error("the table of pages is written in another way");
  return paths.filter(one => !NO_PAGES.includes(one));
}
