-- Rows that somebody else writes: a frontend, or the system before. What nobody can read is not written any more, by
-- triggers and not by checks, since rows that are odd already must still be moved and ended; alike on both stores (SQLite
-- has triggers of the same names). And what has been written is taken in. Called as the functions of 0003 are.

create or replace function public.campaigns_check_campaign() returns trigger
language plpgsql set search_path = public as $$
begin
  if new.time_zone is distinct from old.time_zone and new.time_zone !~ '^[A-Za-z][A-Za-z0-9_+/-]*$' then
    raise check_violation using message = 'time_zone: expected the name of a time zone such as Europe/London';
  end if;
  if new.calling_days is distinct from old.calling_days and exists (
             select 1 from unnest(new.calling_days) as day
             where coalesce(lower(left(day, 3)), '') not in ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')) then
    raise check_violation using message = 'calling_days: expected days such as mon';
  end if;
  if new.start_hour is distinct from old.start_hour and new.start_hour not between 0 and 23 then
    raise check_violation using message = 'start_hour: expected an hour from 0 to 23';
  end if;
  if new.end_hour is distinct from old.end_hour and new.end_hour not between 0 and 24 then
    raise check_violation using message = 'end_hour: expected an hour from 0 to 24';
  end if;
  return new;
end $$;
create or replace trigger campaigns_inserted before insert on public.campaigns
  for each row execute function public.campaigns_check_campaign();
create or replace trigger campaigns_updated before update of time_zone, calling_days, start_hour, end_hour
  on public.campaigns for each row execute function public.campaigns_check_campaign();

create or replace function public.campaigns_check_call() returns trigger
language plpgsql set search_path = public as $$
begin
  if new.variables is distinct from old.variables and not campaigns_texts(new.variables) then
    raise check_violation using message = 'variables: expected an object of texts';
  end if;
  if new.next_attempt_at is distinct from old.next_attempt_at and not isfinite(new.next_attempt_at) then
    raise check_violation using message = 'next_attempt_at: expected an instant';
  end if;
  return new;
end $$;
create or replace trigger campaign_calls_inserted before insert on public.campaign_calls
  for each row when (new.variables <> '{}' or not isfinite(new.next_attempt_at))
  execute function public.campaigns_check_call();
create or replace trigger campaign_calls_updated before update of variables, next_attempt_at on public.campaign_calls
  for each row when (new.variables <> old.variables or not isfinite(new.next_attempt_at))
  execute function public.campaigns_check_call();

create or replace function public.campaigns_admit(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare mine uuid[] := (
  select array_agg(c.id) from campaigns c
  where c.execution_status = 'running' and (owner is null or c.user_id = owner));
begin
  -- Said to be under way, but by no attempt of ours: whether a phone rang, nobody can know.
  update campaign_calls k
  set status = request ->> 'lost', end_reason = 'lost', attempt_id = null, next_attempt_at = null, completed_at = at, updated_at = at
  where k.campaign_id = any (mine) and k.status in ('calling', 'answered')
    and not exists (select 1 from call_attempts a where a.call_id = k.id and a.state <> 'ended');
  return jsonb_build_object(
    'campaigns', (select coalesce(jsonb_agg(campaigns_row(c)), '[]') from campaigns c
                  where c.id = any (mine) and c.copied_at is null),
    'calls', (select coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'number', o.phone_number, 'place', o.place)), '[]') from (
      select k.id, k.phone_number, k.place from campaign_calls k
      where k.campaign_id = any (mine) and k.status = 'pending' and k.attempt_id is null
        and (k.place = '' or k.next_attempt_at is null or not isfinite(k.next_attempt_at))
      limit (request ->> 'limit')::integer) as o));
end $$;

-- Contacts of a campaign that was only set to running become calls.
create or replace function public.campaigns_begin(request jsonb, at timestamptz, owner uuid default null)
returns void language plpgsql set search_path = public as $$
declare c campaigns;
begin
  select * into c from campaigns x
  where x.id = campaigns_uuid(request ->> 'id') and x.copied_at is null and x.execution_status = 'running'
    and (owner is null or x.user_id = owner) for no key update;
  if found then perform campaigns_copy_contacts(c, at); end if;
end $$;

-- Calls get their place, and are due; `ending`: as what one ends whose number nobody can dial.
create or replace function public.campaigns_admit_calls(request jsonb, at timestamptz, owner uuid default null)
returns void language sql set search_path = public as $$
  update campaign_calls k
  set status = coalesce(g ->> 'status', k.status), end_reason = coalesce(g ->> 'ending', k.end_reason),
      completed_at = case when g ->> 'ending' is not null then at else k.completed_at end,
      place = coalesce(g ->> 'place', k.place),
      next_attempt_at = case when g ->> 'ending' is not null then null
                             when isfinite(k.next_attempt_at) then k.next_attempt_at else at end,
      updated_at = at
  from jsonb_array_elements(request -> 'calls') as g
  where k.id = (g ->> 'id')::uuid and k.phone_number = g ->> 'number' and k.status = 'pending' and k.attempt_id is null
    and campaigns_owns(k, owner)
$$;

-- A claim that turns out to be of a call that cannot be made: the call ends, as if it had never been handed out.
create or replace function public.campaigns_turn_away(request jsonb, at timestamptz, owner uuid default null)
returns void language plpgsql set search_path = public as $$
declare k uuid;
begin
  perform 1 from campaigns c where c.id = campaigns_uuid(request ->> 'campaign_id') for no key update;
  delete from call_attempts a where a.id = campaigns_uuid(request ->> 'attempt_id') and a.state = 'claimed'
  returning a.call_id into k;
  update campaign_calls c
  set status = request ->> 'status', end_reason = request ->> 'ending', held_by = request ->> 'why', attempt_id = null,
      next_attempt_at = null, completed_at = at, updated_at = at
  where c.id = k and campaigns_owns(c, owner);
end $$;

insert into public.campaigns_schema (version) values (9) on conflict do nothing;
