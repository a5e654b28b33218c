// A past: what was emitted and delivered in the hours before now, by the program under a clock that is behind.

import fs from "node:fs";
import path from "node:path";

function faketime() {
  for (const folder of fs.readdirSync("/usr/lib")) {
    const library = path.join("/usr/lib", folder, "faketime/libfaketimeMT.so.1");
    if (fs.existsSync(library)) return library;
  }
  throw new Error("faketime is not installed");
}

// How a program runs that long ago.
export function ago(minutes) {
  return { LD_PRELOAD: faketime(), FAKETIME: `-${minutes}m`, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
}

// In each of so many hours, the oldest first: `events`, types or what gives the lines of a batch for an hour, and a sweep
// with these flags, which may be by the hour, too.
export async function make_history(home, hours, events, ...flags) {
  for (let hour = hours - 1; hour >= 0; --hour) {
    const env = ago(60 * hour);
    const lines = typeof events === "function" ? events(hour) : events.map(event => ({ event }));
    const input = lines.map(line => JSON.stringify({ data: {}, ...line }) + "\n").join("");
    await home.run(["emit", "--batch", "-"], { env, input });
    await home.run(["deliver", "-q", ...(typeof flags[0] === "function" ? flags[0](hour) : flags)], { env });
  }
}
