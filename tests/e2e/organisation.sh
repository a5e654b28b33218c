#!/usr/bin/env bash
# Sets an organisation up from nothing with `apply`, changes it, rotates, recovers, and checks every exit code on
# the way: what an admin's script relies on.
#   organisation.sh THIG_HOOKS URL CA_FILE STATUS_FILE
# URL is of a receiver that answers with the status that stands in STATUS_FILE. Run by test_organisation.py.
set -u

thig=$1 url=$2 ca=$3 status_file=$4
work=$(mktemp -d "${TMPDIR:-/tmp}/organisation-XXXXXX")
trap 'rm -rf "$work"' EXIT

# check CODE WORDS…: runs the program, which must end with this code; an error leaves standard output empty.
# Standard output is in $out, standard error in $err.
check() {
  local code=$1
  shift
  "$thig" "$@" </dev/null >"$work/out" 2>"$work/err"
  local got=$?
  out=$(<"$work/out") err=$(<"$work/err")
  if [ "$got" != "$code" ]; then
    printf 'thig-hooks %s\nended with %s, not %s\n%s\n%s\n' "$*" "$got" "$code" "$out" "$err" >&2
    exit 1
  fi
  case $code in
    2 | 3 | 4 | 75 | 77)
      [ -z "$out" ] || fail "an error left something on standard output: $*"
      [ -n "$err" ] || fail "an error said nothing: $*"
      ;;
  esac
}

fail() {
  printf '%s\n%s\n%s\n' "$1" "$out" "$err" >&2
  exit 1
}

# says TEXT: it is in what came last, on either stream.
says() {
  case "$out$err" in *"$1"*) ;; *) fail "nothing says: $1" ;; esac
}

document() {  # document EVENTS TIMEOUT
  cat >"$work/webhooks.json" <<JSON
{
  "version": 1,
  "eventTypes": [{"name": "invoice.paid", "description": "An invoice is paid", "sample": {"id": "inv_1"}}],
  "outgoing": [
    {"name": "crm", "url": "$url", "events": $1, "retry": "none", "timeout": "$2",
     "allowPrivate": true, "caFile": "$ca"},
    {"name": "bill", "url": "$url", "events": ["invoice.paid"], "allowPrivate": true, "caFile": "$ca"}
  ],
  "incoming": [{"name": "issues", "action": {"kind": "emit", "event": "project.created"}}]
}
JSON
}

# ------------------------------------------------------------------------------- from nothing
check 0 list
[ -z "$out" ] || fail "a list of nothing is not empty"
check 4 show crm
document '["project.*"]' 5s
check 0 apply "$work/webhooks.json" --dry-run
says 'would be 4 created'
check 4 show crm
check 0 apply "$work/webhooks.json"
says '4 created, 0 changed, 0 removed'
secret=$(printf '%s\n' "$out" | awk -F '\t' '$3 == "crm" { print $5 }')
case $secret in whsec_*) ;; *) fail "no secret was printed" ;; esac
check 0 apply "$work/webhooks.json"
[ -z "$out" ] || fail "a second apply changed something"
says 'no changes'
check 0 export
printf '%s\n' "$out" >"$work/exported.json"
check 0 apply "$work/exported.json" --prune
[ -z "$out" ] || fail "what was exported is not what is there"

# ------------------------------------------------------------------------------- who may
check 0 members add nobody viewer
check 0 members add nobody viewer
says 'unchanged'
check 2 members add nobody admin
says 'members set-role nobody admin'
check 2 members add nobody emperor
check 0 members set-role nobody member
check 4 members remove somebody
check 0 members remove nobody

# ------------------------------------------------------------------------------- changes
document '["project.*", "prd.approved"]' 4s
check 0 apply "$work/webhooks.json"
says 'timeout: 5s → 4s'
check 0 edit crm --description 'Customers' --rate 100
says 'rate: none → 100'
check 0 edit crm --rate 100
says 'unchanged'
check 2 edit crm --scheme github
check 4 edit nothing --rate 1
check 0 add outgoing crm "$url" --event 'project.*' --if-absent --allow-private --ca-file "$ca"
says 'already exists'
check 2 add outgoing crm "$url" --event 'project.*' --allow-private --ca-file "$ca"
sed 's/"4s"/"never"/' "$work/webhooks.json" >"$work/off.json"
check 2 apply "$work/off.json"
says 'outgoing[0] crm, timeout in line'
sed 's/"invoice.paid"\]/"invoice.lost"]/' "$work/webhooks.json" >"$work/off.json"
check 4 apply "$work/off.json"
says 'outgoing[1] bill'

# ------------------------------------------------------------------------------- sending
check 4 emit project.craeted
says 'project.created'
check 2 emit project.created --data '{'
check 0 emit invoice.paid --data '{"id":"inv_1"}'
check 0 test crm
check 0 deliver --fail-on-failure

# ------------------------------------------------------------------------------- rotating
check 0 rotate crm --print-secret
new=$out
[ "$new" != "$secret" ] || fail "the secret is the old one"
check 0 emit project.created
check 0 deliver --fail-on-failure
check 0 show crm --reveal-secret
says "$new"
says "$secret"

# ------------------------------------------------------------------------------- failing, and recovering
printf 503 >"$status_file"
check 1 test crm
for _ in 1 2 3; do check 0 emit project.created; done
check 1 deliver --fail-on-failure
check 0 deliveries --state dead
[ "$(printf '%s\n' "$out" | wc -l)" = 3 ] || fail "not three are dead"
dead=$(printf '%s\n' "$out" | head -1 | cut -f 2)
check 0 deliveries explain "$(printf '%s\n' "$out" | head -1 | cut -f 2 | sed 's/^dlv_\(.\{13\}\).*/evt_\1/')"
says 'dead'
check 0 deliveries show "$dead"
says '503'
printf 200 >"$status_file"
check 0 retry "$dead"
check 4 retry dlv_000000000000000000000
check 0 deliver --fail-on-failure
check 2 recover crm --since 1h
says '--yes'
check 0 recover crm --since 1h --dry-run
check 0 recover crm --since 1h --yes
check 0 deliver --fail-on-failure
check 0 deliveries --state dead
[ -z "$out" ] || fail "some are dead still"

# ------------------------------------------------------------------------------- keeping
check 0 audit
says 'webhook.rotate'
case $out in *"$secret"* | *"$new"*) fail "the trail holds a secret" ;; esac
check 0 backup "$work/copy.db"
check 2 backup "$work/copy.db"
check 0 --db "$work/copy.db" list
says crm
check 2 prune
says '--yes'
check 0 prune --yes
check 0 stats --prometheus
says 'thig_hooks_'
check 2 list --jsn

# ------------------------------------------------------------------------------- and away again
printf '{"outgoing":[],"incoming":[],"eventTypes":[]}' >"$work/nothing.json"
check 2 apply "$work/nothing.json" --prune
check 0 apply "$work/nothing.json" --prune --yes
says '0 created, 0 changed, 4 removed'
check 0 list
[ -z "$out" ] || fail "something is left"
echo done
