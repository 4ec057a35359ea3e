#!/bin/sh
# A campaign's whole life over HTTP, with nothing but curl. It expects `campaigns serve --run` to answer at $URL, with $TOKEN:
#   URL=http://127.0.0.1:8080 TOKEN=… sh examples/api.sh examples/contacts.csv
set -eu
file=$1
api="$URL/api/v1"
ask() { curl --silent --show-error --fail-with-body --header "Authorization: Bearer $TOKEN" "$@"; echo; }
# The first value of a text field: enough for ids and statuses.
field() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" | head -n 1; }

ask --header 'Content-Type: text/csv' --data-binary "@$file" "$api/contact-lists/members/import"
ask --header 'Content-Type: application/json' --header 'Idempotency-Key: create-spring' "$api/campaigns" --data '{
  "name": "spring", "assistant_id": "demo", "contact_list_id": "members", "rules": "none",
  "hours": "0-24", "hours_in": "campaign", "calling_days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
  "delay_ms": 200, "ring_seconds": 8 }'
ask --request POST "$api/campaigns/spring/start?dry_run=true"
ask --request POST "$api/campaigns/spring/start"
ask --request POST "$api/campaigns/spring/pause"
ask --request POST "$api/campaigns/spring/resume"

until [ "$(ask "$api/campaigns/spring/status" | field execution_status)" = completed ]; do sleep 1; done

# Somebody asked not to be called again.
call=$(ask "$api/campaigns/spring/calls?status=completed&limit=1" | field id)
ask --request PUT --header 'Content-Type: application/json' "$api/outbound-calls/$call/outcome" \
  --data '{ "outcome": "do_not_call", "notes": "asked on the phone" }'

# All calls, page by page.
after=0
while [ -n "$after" ]; do
  page=$(ask "$api/campaigns/spring/calls?limit=7&after=$after")
  echo "$page"
  after=$(echo "$page" | field next)
done
