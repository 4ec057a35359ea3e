-- Our own numbers and whom they are assigned to, how fast a trunk may be used, and what the carrier has in its books. Called
-- as the functions of 0003 are.

create or replace function public.campaigns_number_row(p public.phone_number) returns jsonb
language sql stable set search_path = public as $$
  select to_jsonb(p) || jsonb_build_object('last_use', campaigns_last_use(p.number))
$$;

-- A number that is the owner's or nobody's; of several rows, which the system before may have, the assigned one.
create or replace function public.campaigns_number(wanted text, owner uuid) returns setof public.phone_number
language sql stable set search_path = public as $$
  select p.* from phone_number p
  where p.number = wanted and (owner is null or p.user_id is null or p.user_id = owner)
  order by (p.outbound_trunk_id is null), p.id limit 1
$$;

create or replace function public.campaigns_assign_number(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  given jsonb := request -> 'number';
  p phone_number;
begin
  perform pg_advisory_xact_lock(hashtext('number ' || (given ->> 'number')));
  -- Another trunk's calls, or another assistant's or owner's, would go on with this number and not know why they no longer
  -- may.
  select * into p from phone_number x
  where x.number = given ->> 'number' and x.outbound_trunk_id is not null and (
    x.outbound_trunk_id <> given ->> 'outbound_trunk_id'
    or coalesce(x.outbound_assistant_id, x.inbound_assistant_id::text) is distinct from given ->> 'outbound_assistant_id'
    or (owner is not null and x.user_id <> owner))
  order by (owner is not null and x.user_id <> owner) desc limit 1;
  if found and owner is not null and p.user_id <> owner then return '{"is": "others_number"}'; end if;
  if found then return jsonb_build_object('is', 'taken', 'number', campaigns_number_row(p)); end if;
  if not (request ->> 'shared')::boolean and exists (
      select 1 from phone_number x where x.outbound_trunk_id = given ->> 'outbound_trunk_id'
        and x.user_id is not null and x.user_id is distinct from owner)
    and not exists (
      select 1 from campaigns_number(given ->> 'number', owner) x where x.outbound_trunk_id = given ->> 'outbound_trunk_id')
  then return '{"is": "others_trunk"}'; end if;
  select * into p from campaigns_number(given ->> 'number', owner);
  if found then
    perform campaigns_update('phone_number', given || jsonb_build_object('id', p.id, 'updated_at', at));
  else
    perform campaigns_insert('phone_number', jsonb_build_object('interval_ms', 0) || given
      || jsonb_build_object('user_id', owner, 'created_at', at, 'updated_at', at));
  end if;
  select * into p from campaigns_number(given ->> 'number', owner);
  return jsonb_build_object('is', 'assigned', 'number', campaigns_number_row(p));
end $$;

-- The row as it was; null: it was not assigned. An owner gives back what is the owner's, not the installation's.
create or replace function public.campaigns_unassign_number(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare p phone_number;
begin
  select * into p from campaigns_number(request ->> 'number', owner);
  if not found or p.outbound_trunk_id is null or (owner is not null and p.user_id is null) then return null; end if;
  update phone_number x
  set outbound_assistant_id = null, outbound_trunk_id = null, outbound_trunk_name = null
  where x.id = p.id;
  return campaigns_number_row(p);
end $$;

create or replace function public.campaigns_list_numbers(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(campaigns_number_row(p) order by campaigns_last_use(p.number) nulls first, p.number), '[]')
  from phone_number p
  where p.status = 'active' and p.outbound_trunk_id is not null
    and (owner is null or p.user_id is null or p.user_id = owner)
    and (request ->> 'assistant_id' is null
         or coalesce(p.outbound_assistant_id, p.inbound_assistant_id::text) = request ->> 'assistant_id')
$$;

-- What an owner may call with: the owner that the request names (null: the installation), else whoever asks. A row that
-- names another owner gives nobody else a number, a trunk or a pace.
create or replace function public.campaigns_caller_pool(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  with who as (
    select coalesce(owner, campaigns_uuid(request ->> 'owner')) as id, owner is null and not request ? 'owner' as everybody),
  assigned as (
    select p.*, who.everybody or coalesce(p.user_id = who.id, p.user_id is null) as own
    from phone_number p, who where p.outbound_trunk_id is not null)
  select jsonb_build_object(
    'numbers', (
      select coalesce(jsonb_agg(to_jsonb(a) || jsonb_build_object('last_use', u.at) order by u.at nulls first, a.number), '[]')
      from assigned a cross join lateral (select campaigns_last_use(a.number) as at) as u
      where a.own and a.status = 'active'
        and coalesce(a.outbound_assistant_id, a.inbound_assistant_id::text) = request ->> 'assistant_id'),
    'others_trunks', (
      select coalesce(jsonb_agg(distinct a.outbound_trunk_id), '[]') from assigned a
      where not exists (select 1 from assigned o where o.own and o.outbound_trunk_id = a.outbound_trunk_id)),
    'others_numbers', (
      select coalesce(jsonb_agg(distinct a.number), '[]') from assigned a
      where not exists (select 1 from assigned o where o.own and o.number = a.number)))
$$;

-- Do others than the owner call through it: with numbers that are on it, or campaigns that are not over?
create or replace function public.campaigns_trunk_is_others(request jsonb, at timestamptz default null, owner uuid default null)
returns boolean language sql stable set search_path = public as $$
  select owner is not null and (
    exists (select 1 from phone_number p where p.outbound_trunk_id = request ->> 'trunk_id' and p.user_id is distinct from owner)
    or exists (
      select 1 from campaigns c
      where c.trunk_id in (request ->> 'trunk_id', request ->> 'name') and c.user_id is distinct from owner
        and c.execution_status <> 'completed'))
$$;

create or replace function public.campaigns_set_trunk_limit(request jsonb, at timestamptz, owner uuid default null)
returns void language sql set search_path = public as $$
  insert into trunk_limits (trunk_id, interval_ms, concurrency, updated_at)
  select request ->> 'trunk_id', (request ->> 'interval_ms')::integer, (request ->> 'concurrency')::integer, at
  where request ->> 'when' <> 'always' or not campaigns_trunk_is_others(request, at, owner)
  on conflict (trunk_id) do update
  set interval_ms = excluded.interval_ms, concurrency = excluded.concurrency, updated_at = excluded.updated_at
  where request ->> 'when' = 'always'
$$;

create or replace function public.campaigns_trunk_limits(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(t) order by t.trunk_id), '[]') from trunk_limits t
$$;

create or replace function public.campaigns_drop_trunk_limit(request jsonb, at timestamptz default null, owner uuid default null)
returns void language sql set search_path = public as $$
  delete from trunk_limits t
  where t.trunk_id = request ->> 'trunk_id' and not campaigns_trunk_is_others(request, at, owner)
$$;

create or replace function public.campaigns_unsynced_attempts(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(u) order by u.dialed_at, u.id), '[]')
  from (
    select a.id, k.phone_number, a.dialed_at, a.call_sid
    from call_attempts a
    join campaign_calls k on k.id = a.call_id
    left join carrier_calls r on r.attempt_id = a.id
    where a.campaign_id = campaigns_uuid(request ->> 'campaign_id') and campaigns_owns(k, owner)
      and a.state = 'ended' and a.dialed_at is not null and campaigns_somebodys(k.phone_number)
      and (r.sid is null or (r.status = 'completed' and r.price_micros is null)
           or r.status in ('queued', 'initiated', 'ringing', 'in-progress'))
      and (request ->> 'after_dialed' is null
           or (a.dialed_at, a.id) > ((request ->> 'after_dialed')::timestamptz, (request ->> 'after_id')::uuid))
    order by a.dialed_at, a.id limit (request ->> 'limit')::integer
  ) as u
$$;

-- false: the record belongs to another attempt, or the attempt to another owner.
create or replace function public.campaigns_save_carrier_call(request jsonb, at timestamptz, owner uuid default null)
returns boolean language plpgsql set search_path = public as $$
declare
  given carrier_calls := jsonb_populate_record(null::carrier_calls, request -> 'record');
  number text;
begin
  -- The campaign is locked first, as everywhere: a price counts against its budget.
  perform 1 from campaigns c join call_attempts a on a.campaign_id = c.id where a.id = given.attempt_id for no key update of c;
  select k.phone_number into number from call_attempts a join campaign_calls k on k.id = a.call_id
  where a.id = given.attempt_id and campaigns_owns(k, owner) for key share of k;
  if not found then return false; end if;
  -- Whom the call was to, is erased: in the carrier's books its id would find them.
  if number like 'erased:%' then given.sid := 'erased:' || given.attempt_id; end if;
  perform pg_advisory_xact_lock(hashtext('record ' || given.sid));
  if exists (select 1 from carrier_calls r where r.sid = given.sid and r.attempt_id <> given.attempt_id) then
    return false;
  end if;
  if exists (
    select 1 from carrier_calls r where r.attempt_id = given.attempt_id and r.sid = given.sid
      and (given.price_micros is null and r.price_micros is not null
           or given.started_at is null and r.started_at is not null))
  then return true; end if;
  delete from carrier_calls r where r.attempt_id = given.attempt_id;
  given.synced_at := at;
  insert into carrier_calls select given.*;
  perform campaigns_take_carrier_price(given.attempt_id);
  return true;
end $$;

create or replace function public.campaigns_costs(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(s) order by s.unit), '[]')
  from (
    select r.price_unit as unit, sum(r.price_micros)::bigint as micros, count(*) as calls
    from carrier_calls r join call_attempts a on a.id = r.attempt_id join campaign_calls k on k.id = a.call_id
    where a.campaign_id = campaigns_uuid(request ->> 'campaign_id') and r.price_micros is not null
      and campaigns_owns(k, owner)
    group by r.price_unit
  ) as s
$$;

-- Requests that must not be acted on twice.
create or replace function public.campaigns_claim_key(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  mine text := coalesce(owner::text, '');
  wanted text := request ->> 'key';
begin
  delete from request_keys k where k.created_at < at - interval '1 day';
  insert into request_keys (owner, key, claim, created_at) values (mine, wanted, request ->> 'claim', at)
  on conflict do nothing;
  return (select to_jsonb(k) from request_keys k where k.owner = mine and k.key = wanted);
end $$;

create or replace function public.campaigns_answer_key(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql set search_path = public as $$
  update request_keys k set request = $1 ->> 'request', status = ($1 ->> 'status')::integer, body = $1 ->> 'body'
  where k.owner = coalesce($3::text, '') and k.key = $1 ->> 'key' and k.claim = $1 ->> 'claim'
  returning 'null'::jsonb
$$;

insert into public.campaigns_schema (version) values (7) on conflict do nothing;
