// Makes pages handier: nothing needs it. It writes no HTML; what is new comes from the server as a
// document and is put in node by node.

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const say = text => { $("#said").textContent = text };

// The code of a login link stands behind the "#", which no server sees. It leaves the address bar.
const code = $("[data-hash]");
if (code && location.hash.length > 1) {
  code.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
  code.form.querySelector("button").focus();
}

// What a copy button copies: the command beside it, or the element that it names, of which the
// chosen form.
function text_of(button) {
  const named = button.dataset.copy && document.getElementById(button.dataset.copy);
  const from = named || $("code", button.parentElement);
  const shown = all("pre", from).find(pre => pre.offsetParent);
  return (shown || from).textContent;
}

async function copy(button) {
  const text = text_of(button);
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // On plain http there is no clipboard; a selection can be copied.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  say("Copied");
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy" }, 1500);
}

// Times in the reader's own zone.
const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
function localise(time) {
  const at = new Date(time.dateTime);
  if (isNaN(at)) return;
  const whole = at.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
  time.title = whole;
  if ("full" in time.dataset) time.textContent = whole;
  if ("log" in time.dataset) {
    const now = new Date();
    const day = at.toDateString() === now.toDateString() ? {} : { day: "numeric", month: "short" };
    if (at.getFullYear() !== now.getFullYear()) day.year = "numeric";
    time.textContent = at.toLocaleString(undefined, { ...day, ...clock });
  }
}

function dress(root) {
  for (const button of all(".copy[hidden]", root)) button.hidden = false;
  for (const box of all("[data-all]", root)) box.hidden = false;
  for (const field of all("[data-tree]", root)) field.parentElement.hidden = false;
  for (const word of all("[data-utc]", root)) word.textContent = word.textContent.replace(", UTC", "");
  for (const time of all("time", root)) localise(time);
}

document.addEventListener("click", event => {
  const button = event.target.closest(".copy");
  if (button) copy(button);
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("change", event => {
  const box = event.target;
  if (box.dataset.all === undefined) return;
  for (const one of all("tbody [type=checkbox]", box.closest("table"))) one.checked = box.checked;
});

// The field above a tree of event types: only those stay whose name has what is written, and those
// that are ticked.
function find_types(field) {
  const wanted = field.value.trim().toLowerCase();
  let found = 0;
  for (const pick of all(".tree .pick")) {
    const has = $("input", pick).value.includes(wanted);
    found += has;
    pick.hidden = !has && !$(":checked", pick);
  }
  for (const group of all(".tree fieldset")) group.hidden = !$(".pick:not([hidden])", group);
  const told = !wanted ? "" : found === 1 ? "1 match" : found ? `${found} matches` : "No match";
  field.nextElementSibling.textContent = told;
  say(told || "All event types are shown");
}

document.addEventListener("input", event => {
  if (event.target.dataset.tree !== undefined) find_types(event.target);
});
document.addEventListener("keydown", event => {
  const field = event.target;
  if (field.dataset?.tree === undefined) return;
  if (event.key === "Enter") event.preventDefault();  // the form is sent by its button
  if (event.key !== "Escape" || !field.value) return;
  event.preventDefault();
  field.value = "";
  find_types(field);
});

// A session that is about to end is told of two minutes before (WCAG 2.2.1), and can be kept by a button.
// How long it has is counted from when the page came, for this clock may be another one than the server's.

const ending = $("#ending");
const warned_before = 120_000; // ms
// Servers at other paths of this host have sessions of their own.
const sessions = ending && window.BroadcastChannel && new BroadcastChannel("thig" + ending.dataset.extend);
let ends, ends_for_good, ending_timer;

function show_ending(text, can_stay) {
  $("p", ending).textContent = text;
  $("button", ending).hidden = !can_stay;
  $("a", ending).hidden = can_stay;
  say(text);
  if (!ending.hidden) return;
  ending.hidden = false;
  ending.showPopover?.();
}

function mind_session() {
  clearTimeout(ending_timer);
  const left = ends - Date.now();
  if (left > warned_before) {
    if (!ending.hidden) ending.hidePopover?.();
    ending.hidden = true;
  } else if (left > 0) {
    const when = new Date(ends).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
    const why = ends_for_good ? "12 hours after it began. Log in again to continue." : "because it was not used for 2 hours.";
    show_ending(`Your session ends at ${when}, ${why}`, !ends_for_good);
  } else {
    show_ending("Your session has ended. Log in again to continue.", false);
    return;
  }
  ending_timer = setTimeout(mind_session, left > warned_before ? left - warned_before : left);
}

// What a page that came now says of the session; none: it has ended.
function know_session({ left, final } = { left: 0 }) {
  ends = Date.now() + 1000 * left;
  ends_for_good = final !== undefined;
  mind_session();
}

function stay() {
  const request = new XMLHttpRequest();
  request.responseType = "document";
  request.open("POST", ending.dataset.extend);
  request.onloadend = () => {
    if (!request.status) { say("The server does not respond"); return }
    const now = request.response && $("#ending", request.response);
    know_session(now?.dataset);
    if (!now) return;
    sessions?.postMessage({ ...now.dataset });
    if (ending.hidden) { say("You stay logged in"); $("#main").focus({ preventScroll: true }) }
  };
  request.send();
}

if (ending) {
  if (sessions) sessions.onmessage = ({ data }) => know_session(data);
  know_session(ending.dataset);
  sessions?.postMessage({ ...ending.dataset });
  $("button", ending).addEventListener("click", stay);
  // While a machine sleeps its timers stand still.
  document.addEventListener("visibilitychange", () => { if (!document.hidden) mind_session() });
}

// Live: one tab of a browser has the stream, and tells the others.

const main = $("main[data-live]");
const live = $("#live");
let paused = sessionStorage.getItem("paused") === "yes";
let stale = false;
let fetching = false;
let offline = false;
const [first_wait, longest_wait, noticed_after] = [2_000, 60_000, 6_000]; // ms

// Not the property: a form's fields hide it, if one is called so.
const id_of = node => node.getAttribute?.("id") ?? "";

// Makes `now` what `next` is, keeping the nodes that are the same, and so what has the focus, what
// is ticked and what is open. Nodes with an id are the same where they have the same id.
function morph(now, next) {
  for (const { name } of [...now.attributes]) {
    if (!next.hasAttribute(name) && name !== "open" && name !== "hidden") now.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (name === "hidden" || name === "checked" || now.getAttribute(name) === value) continue;
    now.setAttribute(name, value);
  }
  const by_id = new Map([...now.children].filter(id_of).map(one => [id_of(one), one]));
  let at = now.firstChild;
  for (const wanted of [...next.childNodes]) {
    const same = id_of(wanted) ? by_id.get(id_of(wanted)) : at;
    if (!same || same.nodeName !== wanted.nodeName || id_of(same) !== id_of(wanted)) {
      now.insertBefore(document.importNode(wanted, true), at);
      continue;
    }
    if (same !== at) now.insertBefore(same, at);
    else at = at.nextSibling;
    if (wanted.nodeType === Node.ELEMENT_NODE) {
      if (!same.contains(document.activeElement) || !same.matches("input, textarea, select")) morph(same, wanted);
    } else if (same.data !== wanted.data) same.data = wanted.data;
  }
  while (at) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

function refresh() {
  if (fetching) { stale = true; return }
  fetching = true;
  stale = false;
  const request = new XMLHttpRequest();
  request.responseType = "document";
  request.open("GET", location.href);
  request.onloadend = () => {
    fetching = false;
    const came = request.status === 200 && request.response;
    const session = came && $("#ending", came);
    if (session) know_session(session.dataset);
    const next = came && $("main[data-live]", came);
    if (next && !paused) { dress(next); morph(main, next); dress(main) }
    if (stale) setTimeout(changed, 1000);
  };
  request.send();
}

function changed() {
  if (paused || document.hidden) stale = true;
  else refresh();
}

function show_state() {
  live.setAttribute("aria-pressed", paused);
  const state = $(".state", live);
  state.textContent = paused ? "Paused" : offline ? "Offline" : "Live";
  state.className = "state " + (paused ? "paused" : offline ? "failing" : "enabled");
}

function pause() {
  paused = !paused;
  sessionStorage.setItem("paused", paused ? "yes" : "no");
  show_state();
  say(paused ? "Live updates are paused" : "Live updates resumed");
  if (!paused && stale) refresh();
}

function show_offline(yes) {
  if (yes !== offline) say(yes ? "Live updates are interrupted" : "Live updates resumed");
  offline = yes;
  show_state();
}

// What the tab with the stream tells the others, and itself.
const hear = { changed, offline: () => show_offline(true), online: () => show_offline(false) };

// A browser tries again by itself when a stream ends, but not after an answer that is none: from a
// proxy whose server restarts, or where as many listen as may.
function listen(tell) {
  let wait = first_wait;
  let away;
  const open = again => {
    const source = new EventSource(live.dataset.stream);
    source.addEventListener("changed", () => tell("changed"));
    source.onopen = () => {
      clearTimeout(away);
      away = undefined;
      wait = first_wait;
      tell("online");
      if (again) tell("changed");
      again = false;
    };
    source.onerror = () => {
      away ??= setTimeout(tell, noticed_after, "offline");
      if (source.readyState !== EventSource.CLOSED) return;
      setTimeout(open, wait, true);
      wait = Math.min(2 * wait, longest_wait);
    };
  };
  open(false);
}

if (main && live && window.EventSource && navigator.locks && window.BroadcastChannel) {
  // Servers at other paths of this host have streams of their own.
  const name = "thig-live " + live.dataset.stream;
  const others = new BroadcastChannel(name);
  others.onmessage = event => hear[event.data]?.();
  navigator.locks.request(name, () => new Promise(() => {
    listen(what => { others.postMessage(what); hear[what]() });
  }));
  live.hidden = false;
  live.addEventListener("click", pause);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && stale) changed() });
  show_state();
}
// A page that the browser kept as it was is old, and may be shown to somebody who is not signed in.
addEventListener("pageshow", event => { if (event.persisted) location.reload() });

// Keys.

const keys = {
  "/": ["search", () => $("[aria-keyshortcuts='/']")?.focus()],
  n: ["add a webhook", () => $("[aria-keyshortcuts=n]")?.click()],
  w: ["webhooks", () => $(".top nav a:nth-child(1)")?.click()],
  d: ["deliveries", () => $(".top nav a:nth-child(2)")?.click()],
  p: ["pause or resume live updates", () => live && !live.hidden && pause()],
  "?": ["show these keys", help],
};

function help() {
  const old = $("dialog");
  if (old) { old.remove(); return }
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-label", "Keys");
  const list = document.createElement("dl");
  list.className = "rows";
  for (const [key, [what]] of Object.entries(keys)) {
    const name = document.createElement("dt");
    const text = document.createElement("dd");
    name.textContent = key;
    text.textContent = what;
    list.append(name, text);
  }
  dialog.append(list);
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
}

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select")) return;
  const key = keys[event.key];
  if (!key) return;
  event.preventDefault();
  key[1]();
});

dress(document);
