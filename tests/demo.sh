#!/usr/bin/env bash
# The main job, end to end, on this machine: a receiver, a webhook, events, deliveries, a failure, the figures.
# Stops at the first step that does not do what it should.
set -euo pipefail
hooks=$(readlink -f "$1")
home=$(mktemp -d)
export HOME="$home" XDG_DATA_HOME="$home/data" XDG_CONFIG_HOME="$home/config" XDG_RUNTIME_DIR="$home"
export THIG_HOOKS_DB="$home/hooks.db"
children=()
cleanup() {
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$home"
}
trap cleanup EXIT

step() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() {
  printf '\033[2m$ %s\033[0m\n' "$(printf '%q ' "$@" | sed "s|$hooks|thig-hooks|; s|$home|~|g")"
  "$@"
}
fails() { printf '\ndemo: FAILED: %s\n' "$*" >&2; exit 1; }
field() { python3 -c 'import json,sys; value = json.loads(sys.stdin.readline())
for key in sys.argv[1].split("."): value = value[int(key)] if key.isdigit() else value[key]
print(value)' "$1"; }
# Waits for the first line of a file that a child writes.
first_line() {
  local tries
  for tries in $(seq 200); do
    [ -s "$1" ] && { head -n 1 "$1"; return; }
    kill -0 "${children[-1]}" 2>/dev/null || break
    sleep 0.05
  done
  fails "no receiver came up: $(cat "$1")"
}
# Starts `listen` with these arguments; sets url and ca.
listen() {
  # Of its own, or the line of the receiver before is read while the new one begins.
  rm -f "$home/listen.out"
  "$hooks" listen --json "$@" >"$home/listen.out" 2>"$home/listen.err" &
  children+=($!)
  local line
  line=$(first_line "$home/listen.out")
  url=$(field url <<<"$line")
  ca=$(field caFile <<<"$line")
}

step "1. A receiver on this machine: HTTPS, and it knows the signing secret"
export THIG_HOOKS_SECRET="whsec_$(head -c 32 /dev/urandom | base64)"
listen
echo "listening on $url"

step "2. An admin adds a webhook that points at it"
show "$hooks" add outgoing crm "$url" --event 'project.*' --event prd.approved --event comment.created \
  --allow-private --ca-file "$ca" || fails "add"
unset THIG_HOOKS_SECRET

step "3. An application emits the events of a file, one JSON object a line"
cat >"$home/events.ndjson" <<'EVENTS'
{"event":"project.created","data":{"projectId":"proj_123","name":"Mobile App PRD","status":"DRAFT"}}
{"event":"project.status_changed","data":{"projectId":"proj_123","from":"DRAFT","to":"IN_REVIEW"}}
{"event":"comment.created","data":{"commentId":"c_7","text":"Zoë: ship it 🚀"}}
{"event":"prd.approved","data":{"prdId":"prd_9","by":"user_1"}}
{"event":"billing.payment_failed","data":{"invoice":"in_42"}}
EVENTS
show "$hooks" emit --batch "$home/events.ndjson" || fails "emit"

step "4. They are delivered (billing.payment_failed was for nobody)"
show "$hooks" deliver --fail-on-failure || fails "deliver"

step "5. What the receiver verified"
verified=$(tail -n +2 "$home/listen.out")
python3 -c '
import json, sys
for line in sys.stdin:
    got = json.loads(line)
    print("%-8s %-24s %s" % (got["verdict"], got["event"], got["id"]))
' <<<"$verified"
[ "$(grep -c '"verdict":"valid"' <<<"$verified")" = 4 ] || fails "the receiver should have verified 4 deliveries"

step "6. A receiver that fails: answers 503 and asks for two minutes"
listen --status 503 --retry-after 2m
show "$hooks" add outgoing flaky "$url" --event 'billing.*' --allow-private --ca-file "$ca" || fails "add"
show "$hooks" emit billing.payment_failed --data '{"invoice":"in_43"}' || fails "emit"
show "$hooks" deliver || fails "deliver"
delivery=$("$hooks" deliveries --webhook flaky --json | field 0.id)
[ "$("$hooks" deliveries --webhook flaky --json | field 0.state)" = pending ] || fails "the delivery should wait for its retry"

step "7. Its timeline: what happened, and when it is tried again"
show "$hooks" deliveries show "$delivery" || fails "deliveries show"

step "8. The figures"
show "$hooks" stats || fails "stats"
show "$hooks" list || fails "list"
[ "$("$hooks" stats crm --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["webhooks"][0]["delivered"])')" = 4 ] || fails "4 deliveries should be counted"

step "The main job works: 4 delivered and verified, 1 waiting for its retry."
