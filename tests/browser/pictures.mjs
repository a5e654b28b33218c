// pictures.mjs FOLDER: an installation of a day with two dozen webhooks, and pictures of its pages, for README.md.

import fs from "node:fs";
import path from "node:path";

import { Browser } from "./browser.mjs";
import { ago, make_history } from "./history.mjs";
import { Installation } from "./installation.mjs";

const HOURS = 24;
const WIDTH = 1280;
const FINE = { status: 200 };
const DOWN = { status: 503, body: "upstream connect error or disconnect/reset before headers. reset reason: connection failure\n" };

// Name, URL, events.
const WEBHOOKS = [
  ["analytics", "collect.analytics.example.com/v1/events", ["*"]],
  ["audit-archive", "archive.example.net/audit/ingest", ["team.*", "member.*"]],
  ["backup-notify", "ops.example.com/hooks/backup", ["export.completed"]],
  ["billing-sync", "billing.example.com/api/webhooks/thig", ["billing.*", "export.completed"]],
  ["chat-notifier", "chat.example.com/services/T024/B7", ["project.created", "comment.*", "prd.approved"]],
  ["compliance-log", "compliance.example.org/events", ["*"]],
  ["crm", "hooks.crm.example.com/thig/v1/events", ["project.*", "prd.approved", "comment.created", "team.member_added"]],
  ["docs-portal", "docs.example.com/api/refresh", ["prd.exported", "prd.approved"]],
  ["email-digest", "digest.example.com/in/thig", ["comment.*", "team.*"]],
  ["feature-flags", "flags.example.com/sync", ["project.status_changed"]],
  ["finance-export", "finance.example.com/imports/thig", ["billing.*", "export.completed"]],
  ["issue-mirror", "issues.example.org/rest/mirror", ["project.*"]],
  ["legacy-erp", "erp.internal.example.com:8443/web/soap/thig", ["billing.*"]],
  ["mobile-push", "push.example.com/v3/messages", ["comment.replied", "project.assigned"]],
  ["onboarding", "flows.example.com/start", ["member.joined", "team.invitation_accepted"]],
  ["reporting", "reports.example.com/collect", ["project.*", "prd.*"]],
  ["roadmap-board", "boards.example.com/42/cards", ["prd.*"]],
  ["search-index", "search.example.org/hooks/reindex", ["project.*", "prd.*", "comment.created"]],
  ["staging-mirror", "staging.example.com/mirror/thig", ["*"]],
  ["status-page", "status.example.com/api/incidents", ["project.status_changed"]],
  ["time-tracking", "time.example.com/hooks/thig", ["project.assigned", "project.completed"]],
  ["translation", "i18n.example.com/jobs", ["prd.version_created"]],
  ["warehouse", "ingest.warehouse.example.net/v2/collect", ["project.*", "export.completed", "billing.*"]],
];
const TYPES = ["project.created", "project.updated", "project.updated", "comment.created", "comment.created", "comment.replied", "prd.approved",
  "prd.updated", "project.assigned", "project.status_changed", "team.member_added", "billing.payment_failed", "export.completed", "prd.version_created", "member.joined"];

// A working day: few at night, most before noon. The same on each run.
const busy = hour_of_day => [2, 1, 1, 1, 1, 2, 4, 8, 13, 18, 22, 20, 14, 16, 20, 19, 16, 12, 9, 7, 6, 5, 4, 3][hour_of_day];
function events_of(hour) {
  const at = new Date(Date.now() - hour * 3_600_000).getUTCHours();
  const lines = [];
  for (let i = 0; i < 6 * busy(at); ++i) {
    const event = TYPES[(5 * i + 3 * hour) % TYPES.length];
    lines.push({ event, data: { projectId: `proj_${100 + (7 * i + hour) % 60}`, name: "Mobile App PRD", status: "DRAFT", revision: 9007199254740993n.toString() } });
  }
  return lines;
}

const place_of = name => `/${name}`;
const document_of = webhook => JSON.stringify({ version: 1, eventTypes: [], outgoing: WEBHOOKS.map(webhook), incoming: [] });

async function fill(home) {
  const receiver = await home.receive({});
  const webhook = ([name, , events]) =>
    ({ name, url: receiver.url(place_of(name)), events, allowPrivate: true, caFile: receiver.ca, retry: "25m,50m,2h" });
  const document = { version: 1, eventTypes: [], outgoing: WEBHOOKS.map(webhook), incoming: [] };
  const long_before = { env: ago(60 * HOURS + 30) };
  await home.run(["apply", "-", "--yes", "--secret-out", home.dir], { ...long_before, input: JSON.stringify(document) });

  const notes = ["--action", "add-note", "--set", "project=/project", "--set", "text=/text"];
  for (const name of ["issues", "support-desk", "build-server", "survey"]) await home.run(["add", "incoming", name, ...notes], long_before);

  const answer = (name, what) => { receiver.answers[place_of(name)] = what };
  let asked = 0;
  const mostly_down = () => (++asked % 7 === 0 ? FINE : DOWN);
  const events = hour => {
    answer("search-index", hour === 0 || hour === 9 || hour === 17 ? DOWN : FINE);
    answer("billing-sync", () => (++asked % 11 === 0 ? { status: 429 } : { status: 202 }));
    answer("warehouse", hour < 5 || hour === 11 ? mostly_down : FINE);
    answer("crm", hour < 3 ? DOWN : () => (++asked % (hour > 12 && hour < 18 ? 5 : 19) === 0 ? DOWN : FINE));
    answer("legacy-erp", hour < 12 ? { status: 410 } : FINE);
    answer("chat-notifier", hour === 10 ? mostly_down : FINE);
    return events_of(hour);
  };
  // What only fails is disabled an hour ago, and paused only now.
  const flags = hour => ["--pause-after", hour === 0 ? "20" : "0", "--disable-after", hour === 1 ? "30" : "0", "--disable-span", "0s"];
  await make_history(home, HOURS, events, flags);
  await home.run(["disable", "staging-mirror", "--reason", "moves to another region"], { env: ago(40) });
  return receiver;
}

// All receivers were this one: the pictures show where they would be.
function shown_elsewhere(page, receiver) {
  const places = Object.fromEntries(WEBHOOKS.map(([name, url]) => [receiver.url(place_of(name)), `https://${url}`]));
  places[receiver.ca] = "/etc/thig-hooks/ca.pem";
  return page.evaluate(places => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const [from, to] of Object.entries(places)) texts.currentNode.data = texts.currentNode.data.replaceAll(from, to);
    }
  }, places);
}

async function picture(page, receiver, place, file, height) {
  await page.setViewportSize({ width: WIDTH, height });
  await page.goto(place);
  await shown_elsewhere(page, receiver);
  await page.screenshot({ path: file });
  const size = fs.statSync(file).size;
  if (size > 200_000) throw new Error(`${file} has ${size} bytes`);
  console.log(`${file} (${Math.round(size / 1000)} kB)`);
}

// The fonts that the pages were drawn for, where the system has them.
function choose_fonts(home) {
  const alias = (generic, font) => `<alias binding="same"><family>${generic}</family><prefer><family>${font}</family></prefer></alias>`;
  home.env.FONTCONFIG_FILE = home.file("fonts.conf", `<?xml version="1.0"?><fontconfig><include>/etc/fonts/fonts.conf</include>
    ${alias("sans", "Inter")}${alias("sans-serif", "Inter")}${alias("system-ui", "Inter")}${alias("ui-monospace", "JetBrains Mono")}</fontconfig>`);
}

const home = new Installation();
try {
  const folder = path.resolve(process.argv[2]);
  fs.mkdirSync(folder, { recursive: true });
  const receiver = await fill(home);
  await home.run(["members", "add", "ann", "admin"]);
  await home.serve_admin();
  await home.run_deliveries();
  choose_fonts(home);
  const browser = await Browser.launch(home);
  const light = await (await browser.open({ colorScheme: "light" })).newPage();
  const dark = await (await browser.open({ colorScheme: "dark" })).newPage();
  const { id } = await home.json(["show", "crm"]);
  const [dead] = await home.json(["deliveries", "--webhook", "warehouse", "--state", "dead", "--limit", "1"]);
  await picture(light, receiver, "/admin/webhooks", `${folder}/list-light.png`, 900);
  await picture(dark, receiver, `/admin/webhooks/outgoing/${id}`, `${folder}/overview-dark.png`, 1000);
  await picture(light, receiver, `/admin/deliveries/${dead.id}`, `${folder}/delivery-light.png`, 1000);
} finally {
  await home.close();
}
