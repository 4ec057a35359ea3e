-- Exactly once: claims, the last door before a dial, changes by compare-and-set, attempts whose runner died. Called as the
-- functions of 0003 are.
--
-- A claim locks its campaign's row, not only the call it takes. Cap, pace and concurrency are facts of the campaign:
-- under `skip locked` on calls alone, two runners that both see nine of ten calls live would both take one. What is done
-- under the lock takes about a millisecond, and only claims, dials and ends of the same campaign wait for each other.
-- The call itself is taken with `skip locked`, since a frontend may hold it.

-- Writes attempt, call and the campaign's counters.
create or replace function public.campaigns_store(change jsonb, at timestamptz) returns void
language plpgsql set search_path = public as $$
declare
  day date := (change #>> '{attempt,local_day}')::date;
  made integer := (change #>> '{tally,dials}')::integer;
  pickups_made integer := (change #>> '{tally,pickups}')::integer;
begin
  perform campaigns_update('call_attempts', change -> 'attempt');
  perform campaigns_update('campaign_calls', (change -> 'call') || jsonb_build_object('updated_at', at));
  -- A dial counts for the day it was made; a dial that turns out to be free is taken back only from that day.
  update campaigns c set
    dials = coalesce(c.dials, 0) + made,
    total_calls_made = coalesce(c.total_calls_made, 0) + made,
    pickups = coalesce(c.pickups, 0) + pickups_made,
    total_calls_answered = coalesce(c.total_calls_answered, 0) + pickups_made,
    total_usage = coalesce(c.total_usage, 0) + (change #>> '{tally,usageSeconds}')::integer,
    last_trouble = coalesce(change ->> 'trouble', c.last_trouble),
    recent = right(c.recent || coalesce(change ->> 'verdict', ''), (change ->> 'recentLength')::integer),
    current_daily_calls = case
      when c.daily_day = day then coalesce(c.current_daily_calls, 0) + made
      when made > 0 then made else c.current_daily_calls end,
    last_daily_reset = case when made > 0 and c.daily_day is distinct from day then at else c.last_daily_reset end,
    daily_day = case when made > 0 then day else c.daily_day end,
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

create or replace function public.campaigns_claim(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  c campaigns;
  a call_attempts;
  k campaign_calls;
  live integer;
  claimed integer;
begin
  select * into c from campaigns x
  where x.id = campaigns_uuid(request ->> 'campaign_id') and (owner is null or x.user_id = owner) for no key update;
  if not found then return null; end if;
  -- Asked again: the same claim.
  select * into a from call_attempts x where x.id = (request ->> 'attempt_id')::uuid;
  if found then
    if a.runner_id <> request ->> 'runner_id' or a.campaign_id <> c.id then return null; end if;
    return jsonb_build_object('attempt', to_jsonb(a), 'call', (
      select campaigns_call_row(x) from campaign_calls x where x.id = a.call_id));
  end if;

  if c.execution_status <> 'running' then return null; end if;
  if not exists (select 1 from runners r where r.id = request ->> 'runner_id' and r.lease_until > at) then
    return null;
  end if;
  select count(*), count(*) filter (where x.state = 'claimed') into live, claimed
  from call_attempts x where x.campaign_id = c.id and x.state <> 'ended';
  if live >= least((request ->> 'concurrency')::integer, c.concurrency) then return null; end if;
  if (claimed + case when c.daily_day = (request ->> 'local_day')::date then c.current_daily_calls else 0 end)
    >= c.daily_cap then return null; end if;
  if c.last_hand_out_at + (request ->> 'interval')::integer * interval '1 millisecond' > at then return null; end if;

  loop
    select * into k from campaign_calls x
    where x.campaign_id = c.id and x.status = 'pending' and x.attempt_id is null and x.next_attempt_at <= at
    order by x.next_attempt_at, x.position limit 1
    for no key update skip locked;
    if not found then return null; end if;
    exit when not exists (select 1 from do_not_call_numbers d where d.phone_number = k.phone_number);
    -- Put on the do-not-call list meanwhile: it ends here instead.
    update campaign_calls x set status = 'failed', end_reason = 'do_not_call', next_attempt_at = null,
      completed_at = at, updated_at = at
    where x.id = k.id;
  end loop;

  insert into call_attempts (id, call_id, campaign_id, runner_id, state, claimed_at)
  values ((request ->> 'attempt_id')::uuid, k.id, c.id, request ->> 'runner_id', 'claimed', at)
  returning * into a;
  update campaign_calls x set attempt_id = a.id, updated_at = at where x.id = k.id returning * into k;
  update campaigns x set last_hand_out_at = at, last_execution_at = at where x.id = c.id;
  return jsonb_build_object('attempt', to_jsonb(a), 'call', campaigns_call_row(k));
end $$;

create or replace function public.campaigns_add_single_call(request jsonb, at timestamptz, owner uuid default null)
returns void language plpgsql set search_path = public as $$
begin
  perform campaigns_insert('campaign_calls', (request -> 'call')
    || jsonb_build_object('user_id', owner, 'created_at', at, 'updated_at', at));
  perform campaigns_insert('call_attempts', request -> 'attempt');
end $$;

create or replace function public.campaigns_begin_dial(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  change jsonb := request -> 'change';
  gap interval := (request ->> 'interval')::integer * interval '1 millisecond';
  c campaigns;
begin
  if not campaigns_hold(change, owner) then return '{"say": "no", "because": "not_yours"}'; end if;
  if exists (
    select 1 from call_attempts a join campaign_calls k on k.id = a.call_id
    join do_not_call_numbers d on d.phone_number = k.phone_number
    where a.id = (change #>> '{attempt,id}')::uuid)
  then return '{"say": "no", "because": "do_not_call"}'; end if;
  if change #>> '{call,campaign_id}' is not null then
    select * into c from campaigns x where x.id = (change #>> '{call,campaign_id}')::uuid;
    if not found or c.execution_status <> 'running' then return '{"say": "no", "because": "not_running"}'; end if;
    if c.daily_day = (change #>> '{attempt,local_day}')::date and c.current_daily_calls >= c.daily_cap then
      return '{"say": "no", "because": "daily_cap"}';
    end if;
    if c.last_dial_at + gap > at then
      return jsonb_build_object('say', 'wait', 'until', c.last_dial_at + gap);
    end if;
    update campaigns x set last_dial_at = at where x.id = c.id;
  end if;
  perform campaigns_store(change, at);
  return '{"say": "go"}';
end $$;

create or replace function public.campaigns_save(request jsonb, at timestamptz, owner uuid default null)
returns text language plpgsql set search_path = public as $$
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
  perform campaigns_store(change, at);
  return 'saved';
end $$;

create or replace function public.campaigns_renew_lease(request jsonb, at timestamptz, owner uuid default null)
returns void language sql set search_path = public as $$
  insert into runners (id, lease_until, started_at)
  values (request ->> 'runner_id', (request ->> 'until')::timestamptz, at)
  on conflict (id) do update set lease_until = excluded.lease_until
$$;

create or replace function public.campaigns_end_lease(request jsonb, at timestamptz default null, owner uuid default null)
returns void language sql set search_path = public as $$
  delete from runners where id = request ->> 'runner_id'
$$;

-- An attempt that its runner is just storing is passed over (skip locked): the next poll sees what came of it.
create or replace function public.campaigns_take_over(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare me text := request ->> 'runner_id';
begin
  update call_attempts x set runner_id = me
  from (
    select a.id from call_attempts a
    join campaign_calls k on k.id = a.call_id
    left join runners r on r.id = a.runner_id
    where a.state <> 'ended' and (a.runner_id = me or r.id is null or r.lease_until <= at) and campaigns_owns(k, owner)
    for no key update of a skip locked
  ) as orphans
  where x.id = orphans.id;
  delete from runners r where r.id <> me and r.lease_until <= at;
  return (
    select coalesce(jsonb_agg(jsonb_build_object('attempt', to_jsonb(a), 'call', campaigns_call_row(k))), '[]')
    from call_attempts a join campaign_calls k on k.id = a.call_id
    where a.runner_id = me and a.state <> 'ended' and campaigns_owns(k, owner));
end $$;

create or replace function public.campaigns_others_leases(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(jsonb_build_object('runner_id', r.id, 'until', r.lease_until)), '[]')
  from runners r
  where r.id <> request ->> 'runner_id' and exists (
    select 1 from call_attempts a join campaign_calls k on k.id = a.call_id
    where a.runner_id = r.id and a.state <> 'ended' and campaigns_owns(k, owner))
$$;

create or replace function public.campaigns_ended_attempts(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(a.id), '[]')
  from jsonb_array_elements_text(request -> 'ids') as asked
  join call_attempts a on a.id = campaigns_uuid(asked)
  join campaign_calls k on k.id = a.call_id
  where a.state = 'ended' and campaigns_owns(k, owner)
$$;

create or replace function public.campaigns_hang_ups(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(c.id), '[]')
  from jsonb_array_elements_text(request -> 'ids') as asked
  join campaigns c on c.id = campaigns_uuid(asked)
  where c.hang_up and (owner is null or c.user_id = owner)
$$;

create or replace function public.campaigns_is_do_not_call(request jsonb, at timestamptz default null, owner uuid default null)
returns boolean language sql stable set search_path = public as $$
  select exists (select 1 from do_not_call_numbers where phone_number = request ->> 'phone_number')
$$;

insert into public.campaigns_schema (version) values (4) on conflict do nothing;
