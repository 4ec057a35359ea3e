-- Exactly once: claims, the last door before a dial, changes by compare-and-set, attempts whose runner died. Called as the
-- functions of 0003 are.
--
-- A claim locks its campaign's row, not only the call it takes. Cap, pace and concurrency are facts of the campaign:
-- under `skip locked` on calls alone, two runners that both see nine of ten calls live would both take one. What is done
-- under the lock takes about a millisecond, and only claims, dials and ends of the same campaign wait for each other.
-- The call itself is taken with `skip locked`, since a frontend may hold it.
--
-- The limits of a trunk are facts of the trunk: whoever claims or dials through a trunk that has some takes a lock on its
-- name, after the campaign's and before a number's, so that nobody waits for each other.

-- The change as it is to be stored where somebody has made another promise since the attempt was handed out, or taken it back
-- (domain/calls/promise.ts, underPromise).
create or replace function public.campaigns_under_promise(change jsonb, at timestamptz) returns jsonb
language plpgsql stable set search_path = public as $$
declare
  k campaign_calls;
  call jsonb := change -> 'call';
begin
  select * into k from campaign_calls x where x.id = (call ->> 'id')::uuid;
  if k.callback_at is not distinct from (change #>> '{attempt,callback_at}')::timestamptz then return change; end if;
  call := call || jsonb_build_object('callback_at', k.callback_at, 'callback_zone', k.callback_zone);
  if change #>> '{attempt,state}' = 'ended' then
    if k.callback_at is not null then
      call := call || jsonb_build_object(
        'status', 'pending', 'next_attempt_at', k.callback_at, 'held_by', null, 'completed_at', null);
    elsif call ->> 'status' = 'pending' and change -> 'statuses' ? k.end_reason then
      call := call || jsonb_build_object('status', change -> 'statuses' ->> k.end_reason, 'end_reason', k.end_reason,
        'next_attempt_at', null, 'completed_at', at);
    end if;
  end if;
  return change || jsonb_build_object('call', call);
end $$;

-- What calls to a number cost, by the longest prefix that has a price; null: it has none (domain/calls/prices.ts, prefixOf).
create or replace function public.campaigns_price_prefix(prices jsonb, number text) returns text
language plpgsql immutable set search_path = public as $$
declare digits text := ltrim(number, '+');
begin
  if number not like '+%' then return null; end if;
  for n in reverse least(length(number), 16) - 1 .. 1 loop
    if prices ? left(digits, n) then return left(digits, n); end if;
  end loop;
  return null;
end $$;

-- The most that a call can cost which is cut off so many seconds after its dial, and 2 for clocks that are apart (mostOf).
create or replace function public.campaigns_most(rate jsonb, longest integer) returns bigint
language plpgsql immutable set search_path = public as $$
begin
  return (
    select (rate ->> 2)::bigint + (rate ->> 1)::bigint + ceil((rate ->> 0)::numeric * b.billed / 60)::bigint
    from (select (rate ->> 3)::integer
      + ceil(greatest(0, longest + 2 - (rate ->> 3)::integer)::numeric / (rate ->> 4)::integer) * (rate ->> 4)::integer as billed) as b);
end $$;

-- What the carrier asks for takes the place of what was reckoned, in the currency of the budget.
create or replace function public.campaigns_take_carrier_price(attempt uuid) returns void
language plpgsql set search_path = public as $$
begin
  update call_attempts a set cost_micros = r.price_micros from carrier_calls r, campaigns c
  where a.id = attempt and a.cost_micros is not null and r.attempt_id = a.id and r.price_micros is not null
    and c.id = a.campaign_id and c.budget_currency = upper(r.price_unit);
end $$;

-- Writes attempt, call and the campaign's counters.
create or replace function public.campaigns_store(change jsonb, at timestamptz) returns void
language plpgsql set search_path = public as $$
declare
  day date := (change #>> '{attempt,local_day}')::date;
  made integer := (change #>> '{tally,dials}')::integer;
  pickups_made integer := (change #>> '{tally,pickups}')::integer;
begin
  change := campaigns_under_promise(change, at);
  perform campaigns_update('call_attempts', change -> 'attempt');
  if change #>> '{attempt,state}' = 'ended' then perform campaigns_take_carrier_price((change #>> '{attempt,id}')::uuid); end if;
  perform campaigns_update('campaign_calls', (change -> 'call') || jsonb_build_object('updated_at', at));
  -- The day's count is for those who read the table; it never goes back to an earlier day.
  update campaigns c set
    dials = coalesce(c.dials, 0) + made,
    total_calls_made = coalesce(c.total_calls_made, 0) + made,
    pickups = coalesce(c.pickups, 0) + pickups_made,
    total_calls_answered = coalesce(c.total_calls_answered, 0) + pickups_made,
    total_usage = coalesce(c.total_usage, 0) + (change #>> '{tally,usageSeconds}')::integer,
    last_trouble = coalesce(change ->> 'trouble', c.last_trouble),
    recent = right(c.recent || coalesce(change ->> 'mark', ''), (change ->> 'recentLength')::integer),
    current_daily_calls = case
      when day >= coalesce(c.daily_day, day) then campaigns_dialed(c.id, day, change -> 'unrung')
      else c.current_daily_calls end,
    last_daily_reset = case when day > coalesce(c.daily_day, day - 1) then at else c.last_daily_reset end,
    daily_day = greatest(c.daily_day, day),
    updated_at = at
  where c.id = (change #>> '{call,campaign_id}')::uuid;
end $$;

-- Locks the campaign of an attempt, then the attempt, and says whether the attempt is still the runner's in this state.
create or replace function public.campaigns_hold(change jsonb, owner uuid) returns boolean
language plpgsql set search_path = public as $$
declare k campaign_calls;
begin
  select c.* into k from call_attempts a join campaign_calls c on c.id = a.call_id
  where a.id = (change #>> '{attempt,id}')::uuid;
  if not found or not campaigns_owns(k, owner) then return false; end if;
  perform 1 from campaigns c where c.id = k.campaign_id for no key update;
  perform 1 from call_attempts a
  where a.id = (change #>> '{attempt,id}')::uuid and a.runner_id = change #>> '{attempt,runner_id}'
    and a.state = change ->> 'from'
  for no key update;
  return found;
end $$;

-- Until when a call has to wait for the sake of its number, and why: another attempt is at it, or a cap of its place is
-- reached (domain/hours/rule-limits.ts says how caps count). until null: it need not.
create or replace function public.campaigns_held(
  k public.campaign_calls, request jsonb, at timestamptz, out until timestamptz, out because text)
language plpgsql stable set search_path = public as $$
declare
  cap jsonb;
  most integer;
  span interval;
  since timestamptz;
  refused timestamptz;
  dial timestamptz;
begin
  if exists (
    select 1 from campaign_calls o join call_attempts a on a.call_id = o.id and a.state <> 'ended'
    where o.phone_number = k.phone_number)
  then
    until := at + interval '1 minute';
    because := 'another call to this number is under way';
    return;
  end if;
  for cap in
    select each.value from jsonb_array_elements(request -> 'open') as p, jsonb_array_elements(p -> 'caps') as each
    where p ->> 'place' = k.place
  loop
    most := (cap ->> 'max')::integer;
    span := (cap ->> 'within')::double precision * interval '1 millisecond';
    since := at - span;
    if cap ->> 'after' = 'refusal' then
      select max(o.completed_at) into refused from campaign_calls o
      where o.phone_number = k.phone_number and o.outcome = 'not_interested' and o.completed_at > since;
      continue when refused is null;
      since := refused;
    end if;
    if most = 0 then
      dial := case when cap ->> 'after' = 'refusal' then refused else at end;
    else
      -- The dial that has to grow old before there is room again. Dials that rang nobody do not count.
      select a.dialed_at into dial from campaign_calls o join call_attempts a on a.call_id = o.id
      left join campaigns c on c.id = o.campaign_id
      where o.phone_number = k.phone_number and a.dialed_at > since
        and (cap -> 'own' is null or coalesce(
          coalesce(c.user_id, o.user_id) = (select m.user_id from campaigns m where m.id = k.campaign_id), true))
        and (a.ending is null or not request -> 'unrung' ? a.ending)
      order by a.dialed_at desc offset most - 1 limit 1;
      continue when not found;
    end if;
    if until is null or dial + span > until then
      until := dial + span;
      because := format('rule %s: enough calls to this number', cap ->> 'rule');
    end if;
  end loop;
end $$;

-- Locks a trunk until the end of the transaction, where it has limits, and says from when on it may be dialed through:
-- infinity: when a call through it has ended.
drop function if exists public.campaigns_trunk_free(text, text);
create or replace function public.campaigns_trunk_free(trunk text, counting text, at timestamptz) returns timestamptz
language plpgsql set search_path = public as $$
declare load jsonb;
begin
  if not exists (select 1 from trunk_limits l where l.trunk_id = trunk and (l.interval_ms > 0 or l.concurrency is not null))
  then return '-infinity'; end if;
  perform pg_advisory_xact_lock(hashtext('trunk ' || trunk));
  load := campaigns_trunk_load(trunk, counting, at);
  if (load ->> 'live')::integer >= (load ->> 'concurrency')::integer then return 'infinity'; end if;
  return campaigns_free_from((load ->> 'last_use')::timestamptz, (load ->> 'interval_ms')::integer, at);
end $$;

-- Prefixes that the program has not compared with the sealed number of a call; empty: there are none.
create or replace function public.campaigns_uncompared(k public.campaign_calls, request jsonb, at timestamptz) returns jsonb
language plpgsql stable set search_path = public as $$
declare prefixes jsonb;
begin
  if k.phone_number not like '~%' then return '{}'; end if;
  prefixes := campaigns_list_prefixes(at);
  return case when prefixes ->> 'word' is distinct from request ->> 'prefixes'
    then jsonb_build_object('prefixes', prefixes) else '{}' end;
end $$;

-- Hands out a call by this attempt; `holds_number`: another was handed out in this transaction. Null: there is none.
create or replace function public.campaigns_hand_out(request jsonb, at timestamptz, owner uuid, attempt uuid, holds_number boolean)
returns jsonb language plpgsql set search_path = public as $$
declare
  c campaigns;
  a call_attempts;
  k campaign_calls;
  live integer;
  claimed integer;
  reason text;
  hold record;
  locked boolean := holds_number;
  callbacks_only boolean;
  rate jsonb;
  most bigint;
  rest bigint;
  -- Places where the first in line, or the first callback, costs more than is left.
  dear text[] := '{}';
  dear_callbacks text[] := '{}';
begin
  select * into c from campaigns x
  where x.id = campaigns_uuid(request ->> 'campaign_id') and (owner is null or x.user_id = owner) for no key update;
  if not found then return null; end if;
  -- Asked again: the same claim.
  select * into a from call_attempts x where x.id = attempt;
  if found then
    if a.runner_id <> request ->> 'runner_id' or a.campaign_id <> c.id then return null; end if;
    return jsonb_build_object('attempt', to_jsonb(a), 'call', (
      select campaigns_call_row(x) from campaign_calls x where x.id = a.call_id));
  end if;

  if c.execution_status <> 'running' or campaigns_clock_off(request, at) then return null; end if;
  if not exists (
    select 1 from runners r where r.id = request ->> 'runner_id' and r.lease_until > campaigns_now(request))
  then return null; end if;
  if campaigns_reading(c) is distinct from request ->> 'reading' then
    return jsonb_build_object('unread', campaigns_row(c));
  end if;
  if c.last_trunk_id is distinct from request ->> 'trunk_id' then
    update campaigns x set last_trunk_id = request ->> 'trunk_id' where x.id = c.id;
  end if;
  select count(*), count(*) filter (where x.state = 'claimed') into live, claimed
  from call_attempts x where x.campaign_id = c.id and x.state <> 'ended';
  if live >= least((request ->> 'concurrency')::integer, c.concurrency) then return null; end if;
  callbacks_only := coalesce((request ->> 'callbacks_only')::boolean, false)
    or claimed + campaigns_dialed(c.id, (request ->> 'local_day')::date, request -> 'unrung') >= c.daily_cap;
  if campaigns_free_from(campaigns_last_claim(c.id, at), (request ->> 'interval')::integer, at) > at then return null; end if;
  if campaigns_trunk_free(request ->> 'trunk_id', 'handed_out', at) > at then return null; end if;

  loop
    -- The earliest promise that may still be kept goes first.
    select x.* into k from campaign_calls x
    where x.campaign_id = c.id and x.callback_at between (request ->> 'missed')::timestamptz and at and x.status = 'pending'
      and x.attempt_id is null and x.next_attempt_at <= at
      and x.place in (select p ->> 'place' from jsonb_array_elements(request -> 'open') as p)
      and x.place <> all (dear_callbacks)
    order by x.callback_at, x.position limit 1
    for no key update skip locked;
    if not found and callbacks_only then return null; end if;
    -- The first of each open place is an index look-up; the first of them all is next.
    if not found then
      select first.* into k
      from jsonb_array_elements(request -> 'open') as p
      cross join lateral (
        select * from campaign_calls x
        where x.campaign_id = c.id and x.place = p ->> 'place' and x.status = 'pending' and x.attempt_id is null
          and x.next_attempt_at <= at and x.callback_at is null
        order by x.next_attempt_at, x.position limit 1
        for no key update skip locked) as first
      where p ->> 'place' <> all (dear)
      order by first.next_attempt_at, first.position limit 1;
      if not found then return null; end if;
    end if;
    -- Whoever wrote another outcome has taken the promise back.
    if k.callback_at is not null and k.outcome is distinct from 'callback' then
      perform campaigns_withdraw(k.id, request -> 'statuses', at);
      continue;
    end if;

    -- One number is claimed by one campaign at a time. Who holds a number already waits for no second one, since two
    -- claims could then wait for each other; what they leave is there for the next poll.
    if locked then
      if not pg_try_advisory_xact_lock(hashtext(k.phone_number)) then return null; end if;
    else
      perform pg_advisory_xact_lock(hashtext(k.phone_number));
      locked := true;
    end if;

    -- Contacts that must not be called any more end here instead; those whom a rule protects for now are held.
    reason := case
      when exists (select 1 from campaign_calls o
                   where o.campaign_id = k.campaign_id and o.phone_number = k.phone_number and o.id <> k.id
                     and (o.status <> 'pending' or o.attempt_id is not null or o.position < k.position)) then 'duplicate'
      when campaigns_forbidden(k.phone_number, at) or campaigns_marked(k)
        then 'do_not_call'
      when c.require_consent and not campaigns_consented(k.phone_number, at, c.user_id, c.consent_purpose,
        (select p -> 'consent' from jsonb_array_elements(request -> 'open') as p where p ->> 'place' = k.place limit 1))
        then 'no_consent'
      when campaigns_revoked(k.phone_number, at, c.user_id) is not null then 'do_not_call'
    end;
    if reason is not null then
      update campaign_calls x set status = request -> 'statuses' ->> reason, end_reason = reason, next_attempt_at = null,
        callback_at = null, callback_zone = null, completed_at = at, updated_at = at
      where x.id = k.id;
      continue;
    end if;
    hold := campaigns_held(k, request, at);
    if hold.until is null then
      -- What is no number the program turns away.
      exit when c.budget_micros is null or not campaigns_dialable(k.phone_number);
      -- How a sealed number begins, the program alone can tell.
      if k.phone_number like '~%' and not coalesce(request -> 'priced' ? k.phone_number, false) then
        return jsonb_build_object('price_of', k.phone_number, 'prices', c.prices);
      end if;
      rate := c.prices -> coalesce(request -> 'priced' ->> k.phone_number, campaigns_price_prefix(c.prices, k.phone_number));
      if rest is null then select c.budget_micros - s.spent - s.reserved into rest from campaigns_spending(c.id) as s; end if;
      most := campaigns_most(rate, coalesce((request ->> 'longest')::integer, c.ring_seconds + c.max_duration_seconds));
      exit when most <= rest;
      if rate is null then
        hold.until := at + (request #>> '{unpriced,wait}')::double precision * interval '1 millisecond';
        hold.because := request #>> '{unpriced,by}';
      else
        most := null;
        if k.callback_at is null then dear := dear || k.place; else dear_callbacks := dear_callbacks || k.place; end if;
        continue;
      end if;
    end if;
    update campaign_calls x set next_attempt_at = hold.until, held_by = hold.because, updated_at = at where x.id = k.id;
  end loop;

  insert into call_attempts (id, call_id, campaign_id, runner_id, trunk_id, state, claimed_at, outcome_before, callback_at,
    cost_micros, rate)
  values (attempt, k.id, c.id, request ->> 'runner_id', request ->> 'trunk_id', 'claimed', at, k.outcome,
    k.callback_at, most, case when most is not null then rate::text end)
  returning * into a;
  update campaign_calls x set attempt_id = a.id, held_by = null, updated_at = at where x.id = k.id returning * into k;
  update campaigns x set last_hand_out_at = at, last_execution_at = at where x.id = c.id;
  return jsonb_build_object('attempt', to_jsonb(a), 'call', campaigns_call_row(k)) || campaigns_uncompared(k, request, at);
end $$;

-- Several in one question, each the pace after the one before, and one after the other: so the pace, the cap and all limits hold
-- as if each had been asked for by itself. Asked again: the same.
create or replace function public.campaigns_claim(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public set plan_cache_mode = force_generic_plan as $$
declare
  handed_out jsonb := '[]';
  n integer := 0;
  given jsonb;
  attempt text;
begin
  foreach attempt in array array(select jsonb_array_elements_text(request -> 'attempts')) loop
    given := campaigns_hand_out(request, at + n * (request ->> 'interval')::integer * interval '1 millisecond', owner,
      attempt::uuid, n > 0);
    exit when given is null;
    if not given ? 'attempt' then
      -- What the program has to say first, it is asked by its next question.
      if n = 0 then return given; end if;
      exit;
    end if;
    handed_out := handed_out || given;
    n := n + 1;
  end loop;
  return handed_out;
end $$;

create or replace function public.campaigns_add_single_call(request jsonb, at timestamptz, owner uuid default null)
returns void language plpgsql set search_path = public as $$
begin
  perform campaigns_insert('campaign_calls', (request -> 'call')
    || jsonb_build_object('user_id', owner, 'created_at', at, 'updated_at', at));
  perform campaigns_insert('call_attempts', request -> 'attempt');
end $$;

-- From when on a dial may leave whose turn is `turn`: requests overtake each other on their way here (domain/calls/pace.ts, isOvertaken).
create or replace function public.campaigns_free_turn(campaign uuid, turn timestamptz, gap integer, at timestamptz) returns timestamptz
language plpgsql stable set search_path = public as $$
declare
  pace interval := gap * interval '1 millisecond';
  last timestamptz;
begin
  select max(a.dialed_at) into last from call_attempts a
  where a.campaign_id = campaign and a.dialed_at <= at + interval '5 seconds';
  if gap < 1000 and turn < last + pace and turn >= last - interval '100 milliseconds' and not exists (
    select 1 from call_attempts a where a.campaign_id = campaign and a.dialed_at > turn - pace and a.dialed_at < turn + pace)
  then return '-infinity'; end if;
  return campaigns_free_from(last, gap, at);
end $$;

create or replace function public.campaigns_begin_dial(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public set plan_cache_mode = force_generic_plan as $$
declare
  change jsonb := request -> 'change';
  gap integer := (request ->> 'interval')::integer;
  caller text := change #>> '{call,from_number}';
  c campaigns;
  k campaign_calls;
  free timestamptz;
  who uuid := owner;
  uncompared jsonb;
  turn timestamptz := (change #>> '{attempt,dialed_at}')::timestamptz;
  -- Asked before any lock is waited for.
  off boolean := campaigns_clock_off(request, at);
begin
  if not campaigns_hold(change, owner) then return '{"say": "no", "because": "not_yours"}'; end if;
  if off then return '{"say": "no", "because": "clock"}'; end if;
  select x.* into k from call_attempts a join campaign_calls x on x.id = a.call_id
  where a.id = (change #>> '{attempt,id}')::uuid;
  if k.phone_number <> request ->> 'number'
    or k.callback_at is distinct from (change #>> '{attempt,callback_at}')::timestamptz
  then return '{"say": "no", "because": "changed"}'; end if;
  if campaigns_marked(k) or campaigns_forbidden(k.phone_number, at)
  then return '{"say": "no", "because": "do_not_call"}'; end if;
  uncompared := campaigns_uncompared(k, request, at);
  if uncompared <> '{}' then return uncompared; end if;
  if change #>> '{call,campaign_id}' is not null then
    select * into c from campaigns x where x.id = (change #>> '{call,campaign_id}')::uuid;
    if not found or c.execution_status <> 'running' then return '{"say": "no", "because": "not_running"}'; end if;
    if campaigns_reading(c) is distinct from request ->> 'reading' then
      return jsonb_build_object('unread', campaigns_row(c));
    end if;
    who := c.user_id;
    if c.require_consent and not campaigns_consented(k.phone_number, at, c.user_id, c.consent_purpose, request -> 'consent')
    then return '{"say": "no", "because": "no_consent"}'; end if;
  end if;
  if campaigns_revoked(k.phone_number, at, who) is not null
  then return '{"say": "no", "because": "do_not_call"}'; end if;
  if c.id is not null then
    if campaigns_dialed(c.id, (change #>> '{attempt,local_day}')::date, change -> 'unrung') >= c.daily_cap
      and k.callback_at is null
    then
      return '{"say": "no", "because": "daily_cap"}';
    end if;
    if c.budget_micros is not null then
      if not exists (select 1 from call_attempts a where a.id = (change #>> '{attempt,id}')::uuid and a.cost_micros is not null)
      then return '{"say": "no", "because": "changed"}'; end if;
      if (select s.spent + s.reserved > c.budget_micros from campaigns_spending(c.id) as s)
      then return '{"say": "no", "because": "budget"}'; end if;
    end if;
  end if;
  free := campaigns_trunk_free(change #>> '{attempt,trunk_id}', 'dialed', at);
  -- Campaigns were told so before they claimed; a single call is told only here.
  if free = 'infinity' then return '{"say": "no", "because": "trunk_full"}'; end if;
  -- Another owner's row about the same number makes nobody wait.
  perform 1 from phone_number p where p.number = caller and p.outbound_trunk_id is not null
    and coalesce(p.user_id = who, p.user_id is null or c.id is null) order by p.id for no key update;
  select greatest(free, max(campaigns_free_from(campaigns_last_use(caller, at), p.interval_ms, at)),
                  campaigns_free_turn(c.id, turn, gap, at)) into free
  from phone_number p where p.number = caller and p.outbound_trunk_id is not null
    and coalesce(p.user_id = who, p.user_id is null or c.id is null);
  -- The turn that it takes may have passed a moment ago.
  if free > turn then return jsonb_build_object('say', 'wait', 'until', free); end if;
  update campaigns x set last_dial_at = at, waiting_because = null where x.id = c.id;
  update phone_number p set last_used_at = at
  where p.number = caller and p.outbound_trunk_id is not null
    and coalesce(p.user_id = who, p.user_id is null or c.id is null);
  perform campaigns_store(change, at);
  return '{"say": "go"}';
end $$;

create or replace function public.campaigns_save(request jsonb, at timestamptz, owner uuid default null)
returns text language plpgsql set search_path = public set plan_cache_mode = force_generic_plan as $$
declare change jsonb := request -> 'change';
begin
  if not campaigns_hold(change, owner) then
    -- Asked again after it was stored.
    return case when exists (
      select 1 from call_attempts a join campaign_calls k on k.id = a.call_id
      where a.id = (change #>> '{attempt,id}')::uuid and a.runner_id = change #>> '{attempt,runner_id}'
        and a.state = change #>> '{attempt,state}' and campaigns_owns(k, owner))
    then 'saved' else 'not_yours' end;
  end if;
  if change #>> '{call,status}' = 'pending' and exists (
    select 1 from campaigns c
    where c.id = (change #>> '{call,campaign_id}')::uuid and c.execution_status = 'completed')
  then return 'closed'; end if;
  -- An end that is to come is told by a clock that was set since the dial. A retry counts from now then; a callback is at the
  -- hour that was promised.
  if at > campaigns_now(request) + interval '5 seconds' and change #>> '{call,callback_at}' is null then
    change := jsonb_set(change, '{call,next_attempt_at}', coalesce(to_jsonb(
      (change #>> '{call,next_attempt_at}')::timestamptz + (campaigns_now(request) - at)), 'null'));
  end if;
  perform campaigns_store(change, at);
  return 'saved';
end $$;

-- What the agent says of an attempt. The verdict with the highest number says everything, whatever came before or comes
-- after; but nobody is taken off the do-not-call list by one that came late.
create or replace function public.campaigns_save_verdict(request jsonb, at timestamptz, owner uuid default null)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare
  said jsonb := request -> 'said';
  mended jsonb := nullif(request -> 'mended', 'null');
  a call_attempts;
  k campaign_calls;
  c campaigns;
  says text;
  again boolean;
  -- Sealed for the call and for the list, as they are not for the attempt.
  is_sealed boolean;
begin
  perform set_config('campaigns.bulk', '', true);
  select x.* into k from call_attempts y join campaign_calls x on x.id = y.call_id
  where y.id = campaigns_uuid(request ->> 'attempt_id');
  if not found or not campaigns_owns(k, owner) then return 'gone'; end if;
  select * into c from campaigns x where x.id = k.campaign_id for no key update;
  select * into a from call_attempts x where x.id = campaigns_uuid(request ->> 'attempt_id') for no key update;
  select * into k from campaign_calls x where x.id = a.call_id for no key update;
  -- Late of somebody who was erased: it would make somebody of them again.
  if k.phone_number like 'erased:%' then return 'gone'; end if;
  is_sealed := k.phone_number like '~%';
  if (request ->> 'do_not_call')::boolean and campaigns_dialable(k.phone_number) then
    perform campaigns_forbid(k, case when is_sealed then request ->> 'reason' else left(said ->> 'agent_notes', 500) end, at);
  end if;
  if a.verdict_seq >= (said ->> 'verdict_seq')::bigint then return 'known'; end if;

  -- An outcome that neither was there before nor came from the agent is an operator's, and stays.
  says := coalesce(said ->> 'agent_outcome', a.outcome_before);
  if k.outcome is not distinct from coalesce(a.agent_outcome, a.outcome_before) then
    update campaign_calls x set outcome = says, notes = coalesce(told.notes, x.notes), updated_at = at
    from (select case when is_sealed then request ->> 'notes' else said ->> 'agent_notes' end as notes) as told
    where x.id = k.id and (x.outcome is distinct from says or x.notes is distinct from coalesce(told.notes, x.notes));
    if says = 'do_not_call' then perform campaigns_keep_reason(k, request); end if;
    perform campaigns_promise(k.id, says, request, at);
  end if;
  perform campaigns_update('call_attempts', said || jsonb_build_object('id', a.id));
  if mended is null or a.state <> 'ended' or a.ending is distinct from mended ->> 'was' then return 'stored'; end if;

  perform set_config('campaigns.bulk', 'on', true);
  update call_attempts x set ending = mended ->> 'ending' where x.id = a.id;
  perform set_config('campaigns.bulk', '', true);
  -- A call that has gone on since is another attempt's; one that waits for its callback goes on waiting.
  again := mended ->> 'next_attempt_at' is not null and c.execution_status <> 'completed';
  update campaign_calls x set
    status = case when again then 'pending' else mended ->> 'status' end,
    end_reason = mended ->> 'ending',
    next_attempt_at = case when again then (mended ->> 'next_attempt_at')::timestamptz end,
    completed_at = case when again then null else a.ended_at end,
    reached_in = campaigns_uuid(mended ->> 'reached_in'),
    updated_at = at
  where x.id = k.id and x.attempt_id is null and x.callback_at is null and x.room_name = 'call-' || a.id
    and x.end_reason = mended ->> 'was';
  return 'stored';
end $$;

-- The database's time, in milliseconds.
drop function if exists public.campaigns_renew_lease(jsonb, timestamptz, uuid);
create function public.campaigns_renew_lease(request jsonb, at timestamptz, owner uuid default null)
returns double precision language plpgsql set search_path = public as $$
declare here timestamptz := campaigns_now(request);
begin
  insert into runners (id, lease_until, started_at, agents, held_up)
  values (request ->> 'runner_id', here + ((request ->> 'until')::timestamptz - at), here, (request ->> 'agents')::integer,
    request ->> 'held_up')
  on conflict (id) do update
  set lease_until = excluded.lease_until, agents = excluded.agents, held_up = excluded.held_up;
  return extract(epoch from here) * 1000;
end $$;

create or replace function public.campaigns_end_lease(request jsonb, at timestamptz default null, owner uuid default null)
returns void language sql set search_path = public as $$
  delete from runners where id = request ->> 'runner_id'
$$;

-- Whose clock is off takes over nothing: it could not tell how old a call is. Its own it keeps.
-- An attempt that its runner is just storing is passed over (skip locked): the next poll sees what came of it.
create or replace function public.campaigns_take_over(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  me text := request ->> 'runner_id';
  here timestamptz := campaigns_now(request);
  off boolean := campaigns_clock_off(request, at);
begin
  -- Found and taken in two steps: of a row that somebody else took in between, PostgreSQL would ask the same join again,
  -- find the new runner on no row of the old look, and take its attempt for an orphan.
  with orphans as materialized (
    select a.id, a.runner_id from call_attempts a
    join campaign_calls k on k.id = a.call_id
    left join runners r on r.id = a.runner_id
    where not off and a.state <> 'ended' and a.runner_id <> me and (r.id is null or r.lease_until <= here) and campaigns_owns(k, owner)
  ), held as (
    select a.id from orphans o join call_attempts a on a.id = o.id and a.runner_id = o.runner_id and a.state <> 'ended'
    for no key update of a skip locked
  )
  update call_attempts x set runner_id = me from held where x.id = held.id;
  delete from runners r where not off and r.id <> me and r.lease_until <= here;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('attempt', to_jsonb(a), 'call', campaigns_call_row(k))), '[]')
    from call_attempts a join campaign_calls k on k.id = a.call_id
    where a.runner_id = me and a.state <> 'ended' and campaigns_owns(k, owner));
end $$;

create or replace function public.campaigns_others_leases(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb
language plpgsql stable set search_path = public as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('runner_id', r.id, 'until', r.lease_until)), '[]')
    from runners r
    where r.id <> request ->> 'runner_id' and exists (
      select 1 from call_attempts a join campaign_calls k on k.id = a.call_id
      where a.runner_id = r.id and a.state <> 'ended' and campaigns_owns(k, owner)));
end $$;

create or replace function public.campaigns_ended_attempts(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb
language plpgsql stable set search_path = public as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('attempt', to_jsonb(a), 'call', campaigns_call_row(k))), '[]')
    from jsonb_array_elements_text(request -> 'ids') as asked
    join call_attempts a on a.id = campaigns_uuid(asked)
    join campaign_calls k on k.id = a.call_id
    where a.state = 'ended' and campaigns_owns(k, owner));
end $$;

create or replace function public.campaigns_hang_ups(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb
language plpgsql stable set search_path = public as $$
begin
  return (
    -- What was deleted is hung up as well.
    select coalesce(jsonb_agg(asked), '[]')
    from jsonb_array_elements_text(request -> 'ids') as asked
    left join campaigns c on c.id = campaigns_uuid(asked)
    where c.id is null or (c.hang_up and (owner is null or c.user_id = owner)));
end $$;

-- What became of an attempt's recording, which its call shows too. False: there is no such attempt of this owner, or whom it was to
-- is erased.
create or replace function public.campaigns_save_recording(request jsonb, at timestamptz, owner uuid default null)
returns boolean language plpgsql set search_path = public as $$
declare
  a call_attempts;
  k campaign_calls;
begin
  select * into a from call_attempts x where x.id = campaigns_uuid(request ->> 'attempt_id');
  select * into k from campaign_calls x
  where x.id = a.call_id and x.phone_number not like 'erased:%' and campaigns_owns(x, owner) for key share;
  if k.id is null then return false; end if;
  update call_attempts x set recording = request -> 'recording', recording_open = (request ->> 'open')::boolean where x.id = a.id;
  update campaign_calls x set recording = request -> 'recording', updated_at = at
  where x.id = k.id and not exists (
    select 1 from call_attempts n where n.call_id = k.id and n.recording is not null and n.claimed_at > a.claimed_at);
  return true;
end $$;

create or replace function public.campaigns_open_recordings(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(o) order by o.ended_at, o.id), '[]')
  from (
    select a.id, a.recording, a.ended_at from call_attempts a join campaign_calls k on k.id = a.call_id
    where a.recording_open and a.state = 'ended' and campaigns_owns(k, owner)
    order by a.ended_at, a.id limit (request ->> 'limit')::integer
  ) as o
$$;

-- What was told by webhook: of each kind the last, by the sender's clock, so that any order comes to the same. Whom the call was to
-- is not erased meanwhile.
create or replace function public.campaigns_hear(request jsonb, at timestamptz, owner uuid default null)
returns text language plpgsql set search_path = public as $$
declare given webhooks_heard := jsonb_populate_record(null::webhooks_heard, request -> 'webhook');
begin
  given.attempt_id := campaigns_uuid(request ->> 'attempt_id');
  perform 1 from call_attempts a join campaign_calls k on k.id = a.call_id
  where a.id = given.attempt_id and k.phone_number not like 'erased:%' and campaigns_owns(k, owner) for key share of k;
  if not found then return 'unknown'; end if;
  given.heard_at := campaigns_now(request);
  insert into webhooks_heard as w select given.*
  on conflict (attempt_id, event) do update set how = excluded.how, sent_at = excluded.sent_at,
    event_id = excluded.event_id, heard_at = excluded.heard_at, late_ms = excluded.late_ms,
    uncertain_ms = excluded.uncertain_ms, said = excluded.said
  where (excluded.sent_at, excluded.event_id collate "C") > (w.sent_at, w.event_id collate "C");
  return case when found then 'stored' else 'known' end;
end $$;

create or replace function public.campaigns_heard_from(request jsonb, at timestamptz, owner uuid default null)
returns void language sql set search_path = public as $$
  insert into webhook_senders as s (sender, heard_at) values (request ->> 'sender', campaigns_now(request))
  on conflict (sender) do update set heard_at = excluded.heard_at where excluded.heard_at > s.heard_at
$$;

create or replace function public.campaigns_webhook_senders(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_object_agg(s.sender, extract(epoch from campaigns_now(request) - s.heard_at) * 1000), '{}')
  from webhook_senders s
$$;

create or replace function public.campaigns_attempt_of_carrier(request jsonb, at timestamptz default null, owner uuid default null)
returns uuid language sql stable set search_path = public as $$
  select a.id from call_attempts a join campaign_calls k on k.id = a.call_id
  where a.call_sid = request ->> 'sid' and campaigns_owns(k, owner) order by a.claimed_at desc limit 1
$$;

-- What a runner has to know at once: one look for all its calls.
create or replace function public.campaigns_news(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb
language plpgsql stable set search_path = public as $$
begin
  return jsonb_build_object(
    'hang_ups', campaigns_hang_ups(jsonb_build_object('ids', request -> 'campaigns'), at, owner),
    'told', coalesce((
      select jsonb_agg(to_jsonb(w) || jsonb_build_object(
        'ago', extract(epoch from campaigns_now(request) - w.heard_at) * 1000) order by w.attempt_id, w.event)
      from jsonb_array_elements_text(request -> 'attempts') as asked
      join webhooks_heard w on w.attempt_id = campaigns_uuid(asked)
      join call_attempts a on a.id = w.attempt_id join campaign_calls k on k.id = a.call_id
      where campaigns_owns(k, owner)), '[]'),
    'heard_ago', (
      select extract(epoch from campaigns_now(request) - s.heard_at) * 1000 from webhook_senders s where s.sender = 'livekit'));
end $$;

-- What a campaign came to, summed up: how long the answer is does not hang on how many contacts it has.
create or replace function public.campaigns_figures(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  with attempts as (
    select a.*, k.place, k.reached_in
    from campaigns c join call_attempts a on a.campaign_id = c.id join campaign_calls k on k.id = a.call_id
    where c.id = campaigns_uuid(request ->> 'id') and (owner is null or c.user_id = owner)
  ), rung as (
    select a.call_id, a.dialed_at, a.answered_at, coalesce(a.place, '') as place,
      coalesce(a.reached_in = a.id, false) as reached,
      row_number() over (partition by a.call_id order by a.dialed_at, a.id) as nth
    from attempts a
    where a.dialed_at is not null
      and (a.answered_at is not null or a.ending is null or not request -> 'unrung' ? a.ending)
  ), dials as (
    select r.place, floor(extract(epoch from r.dialed_at) / (request ->> 'quarter')::integer)::bigint as quarter,
      count(*) as dials, count(r.answered_at) as answered, count(*) filter (where r.reached) as reached
    from rung r group by 1, 2
  ), contacts as (
    select t.dials, t.answered, t.reached_by, count(*) as n
    from (select count(*) as dials, sign(count(r.answered_at))::integer as answered, min(r.nth) filter (where r.reached) as reached_by
          from rung r group by r.call_id) t
    group by 1, 2, 3
  ), endings as (
    select a.ending, count(*) as n from attempts a where a.state = 'ended' and a.ending is not null group by 1
  ), talks as (
    select greatest(0, round(extract(epoch from a.ended_at - a.answered_at))) as value, count(*) as n
    from attempts a where a.ended_at is not null and a.answered_at is not null group by 1
  ), joins as (
    select greatest(0, round(extract(epoch from a.dialed_at - a.claimed_at), 1)) as value, count(*) as n
    from attempts a where a.dialed_at is not null group by 1
  ), held as (
    select k.held_by as by, coalesce(k.place, '') as place, count(*) as n
    from campaigns c join campaign_calls k on k.campaign_id = c.id
    where c.id = campaigns_uuid(request ->> 'id') and (owner is null or c.user_id = owner)
      and k.status = 'pending' and k.held_by is not null and k.next_attempt_at > at
    group by 1, 2
  )
  select jsonb_build_object(
    'dials', (select coalesce(jsonb_agg(to_jsonb(d)), '[]') from dials d),
    'contacts', (select coalesce(jsonb_agg(to_jsonb(c)), '[]') from contacts c),
    'endings', (select coalesce(jsonb_agg(to_jsonb(e)), '[]') from endings e),
    'talks', (select coalesce(jsonb_agg(to_jsonb(t)), '[]') from talks t),
    'joins', (select coalesce(jsonb_agg(to_jsonb(j)), '[]') from joins j),
    'held', (select coalesce(jsonb_agg(to_jsonb(h)), '[]') from held h))
$$;

insert into public.campaigns_schema (version) values (4) on conflict do nothing;
