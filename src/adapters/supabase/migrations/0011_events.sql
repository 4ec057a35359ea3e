-- Events of campaigns: written by triggers, in the transaction of the change itself, whoever makes it; read in order; and the notices
-- that are sent of them. SQLite has triggers of the same kind. Called as the functions of 0003 are.
--
-- Positions are given out before they can be seen, so a reader could see a higher one first, and pass over the lower one. Hence an
-- event is written under the lock of its campaign's row, which the engine holds by then, and which an outcome takes anyway for
-- its counter: within a campaign, whoever has the lower position has committed.

create or replace function public.campaigns_event_of_campaign() returns trigger
language plpgsql security definer set search_path = '' as $$
declare told text := case when new.notify_url is not null then 'due' end;
begin
  if new.execution_status is distinct from old.execution_status and new.execution_status in ('running', 'paused', 'completed', 'error') then
    insert into public.campaign_events (campaign_id, type, at, data, notice)
    values (new.id,
      case new.execution_status
        when 'running' then case when coalesce(old.execution_status, 'idle') = 'idle' then 'campaign.started' else 'campaign.resumed' end
        when 'error' then 'campaign.failed' else 'campaign.' || new.execution_status end,
      case when new.status_at is distinct from old.status_at then coalesce(new.status_at, public.campaigns_now('{}')) else public.campaigns_now('{}') end,
      jsonb_build_object('reason', new.status_reason), told);
  end if;
  if new.waiting_because is distinct from old.waiting_because and new.waiting_because is not null then
    insert into public.campaign_events (campaign_id, type, at, data, notice)
    values (new.id, 'campaign.waiting', public.campaigns_now('{}'),
      jsonb_build_object('reason', new.waiting_because, 'next_call_at', new.next_call_at), told);
  end if;
  return null;
end $$;
create or replace trigger campaigns_told after update of execution_status, waiting_because on public.campaigns
  for each row when (new.execution_status is distinct from old.execution_status
    or new.waiting_because is distinct from old.waiting_because)
  execute function public.campaigns_event_of_campaign();

-- Another receiver has not failed yet.
create or replace function public.campaigns_other_receiver() returns trigger
language plpgsql set search_path = '' as $$
begin
  new.notify_due_at := null;
  new.notify_failures := 0;
  new.notify_error := null;
  return new;
end $$;
create or replace trigger campaigns_notified before update of notify_url on public.campaigns
  for each row when (new.notify_url is distinct from old.notify_url) execute function public.campaigns_other_receiver();

create or replace function public.campaigns_event_of_call() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  told text := (select case when c.notify_url is not null then 'due' end from public.campaigns c where c.id = new.campaign_id);
  -- A frontend may say when it wrote, or leave what was there.
  happened timestamptz := case when new.updated_at is distinct from old.updated_at and isfinite(new.updated_at)
    then new.updated_at else public.campaigns_now('{}') end;
begin
  perform 1 from public.campaigns c where c.id = new.campaign_id for no key update;
  if old.attempt_id is not null and new.attempt_id is null then
    insert into public.campaign_events (campaign_id, type, at, data, notice)
    values (new.campaign_id, 'call.ended', happened, jsonb_build_object('call_id', new.id, 'attempt_id', old.attempt_id,
      'status', new.status, 'end_reason', new.end_reason, 'sip_status_code', new.sip_status_code,
      'call_duration', new.call_duration, 'outcome', new.outcome, 'next_attempt_at', new.next_attempt_at), told);
  end if;
  if new.outcome is distinct from old.outcome then
    insert into public.campaign_events (campaign_id, type, at, data, notice)
    values (new.campaign_id, 'call.outcome', happened, jsonb_build_object('call_id', new.id, 'outcome', new.outcome), told);
  end if;
  return null;
end $$;
create or replace trigger campaign_calls_told after update of attempt_id, outcome on public.campaign_calls
  for each row when (new.campaign_id is not null
    and (old.attempt_id is not null and new.attempt_id is null or new.outcome is distinct from old.outcome))
  execute function public.campaigns_event_of_call();

create or replace function public.campaigns_event_of_attempt() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  perform 1 from public.campaigns c where c.id = new.campaign_id for no key update;
  insert into public.campaign_events (campaign_id, type, at, data, notice)
  select c.id, 'call.verdict', public.campaigns_now('{}'), jsonb_build_object('call_id', new.call_id, 'attempt_id', new.id, 'seq', new.verdict_seq,
    'answered_by', new.answered_by, 'outcome', new.agent_outcome, 'first_audio_ms', new.first_audio_ms, 'ended_by', new.ended_by),
    case when c.notify_url is not null then 'due' end
  from public.campaigns c where c.id = new.campaign_id;
  return null;
end $$;
create or replace trigger call_attempts_told after update of verdict_seq on public.call_attempts
  for each row when (new.campaign_id is not null and new.verdict_seq is not null and new.verdict_seq is distinct from old.verdict_seq)
  execute function public.campaigns_event_of_attempt();

create or replace function public.campaigns_events(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select jsonb_build_object(
    'last', coalesce((request ->> 'after')::bigint, (
      select max(e.position) from campaign_events e join campaigns c on c.id = e.campaign_id
      where c.id = campaigns_uuid(request ->> 'campaign_id') and (owner is null or c.user_id = owner)), 0),
    'events', (
      select coalesce(jsonb_agg(to_jsonb(p) order by p.position), '[]') from (
        select e.*, c.name as campaign_name from campaign_events e join campaigns c on c.id = e.campaign_id
        where c.id = campaigns_uuid(request ->> 'campaign_id') and (owner is null or c.user_id = owner)
          and e.position > (request ->> 'after')::bigint
        order by e.position limit (request ->> 'limit')::integer) as p))
$$;

create or replace function public.campaigns_claim_notices(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  here timestamptz := campaigns_now(request);
  c campaigns;
begin
  select * into c from campaigns x
  where x.notify_url is not null and coalesce(x.notify_due_at, '-infinity') <= here and (owner is null or x.user_id = owner)
    and exists (select 1 from campaign_events e where e.campaign_id = x.id and e.notice = 'due' and e.due_at <= here)
  order by x.notify_due_at nulls first, x.id limit 1
  for no key update skip locked;
  if not found then return null; end if;
  update campaigns x set notify_due_at = here + (request ->> 'lease')::double precision * interval '1 millisecond'
  where x.id = c.id returning * into c;
  return jsonb_build_object('campaign', to_jsonb(c), 'events', (
    select coalesce(jsonb_agg(to_jsonb(p) order by p.tries, p.position), '[]') from (
      select e.*, c.name as campaign_name from campaign_events e
      where e.campaign_id = c.id and e.notice = 'due' and e.due_at <= here
      order by e.tries, e.position limit (request ->> 'limit')::integer) as p));
end $$;

create or replace function public.campaigns_settle_notice(request jsonb, at timestamptz, owner uuid default null)
returns void language sql set search_path = public as $$
  update campaign_events e
  set notice = request ->> 'notice', tries = e.tries + 1,
      due_at = campaigns_now(request) + coalesce((request ->> 'again')::double precision, 0) * interval '1 millisecond'
  where e.position = (request ->> 'position')::bigint and e.notice = 'due'
    and exists (select 1 from campaigns c where c.id = e.campaign_id and (owner is null or c.user_id = owner))
$$;

create or replace function public.campaigns_release_notices(request jsonb, at timestamptz, owner uuid default null)
returns void language sql set search_path = public as $$
  update campaigns c
  set notify_due_at = campaigns_now(request) + (request ->> 'rest')::double precision * interval '1 millisecond',
      notify_error = request ->> 'error',
      notify_failures = case when request ->> 'error' is null then 0 else c.notify_failures + 1 end
  where c.id = campaigns_uuid(request ->> 'campaign_id') and c.notify_due_at = (request ->> 'lease')::timestamptz
    and (owner is null or c.user_id = owner)
$$;

create or replace function public.campaigns_drop_events(request jsonb, at timestamptz default null, owner uuid default null)
returns integer language plpgsql set search_path = public as $$
declare
  most integer := (request ->> 'limit')::integer;
  aged integer;
  more integer;
begin
  delete from campaign_events where position in (
    select e.position from campaign_events e where e.at < (request ->> 'before')::timestamptz order by e.at limit most
    for update skip locked);
  get diagnostics aged = row_count;
  delete from campaign_events where position in (
    select e.position from campaign_events e
    where e.position <= (select max(x.position) from campaign_events x) - (request ->> 'keep')::bigint and e.notice is distinct from 'due'
    order by e.position limit most - aged for update skip locked);
  get diagnostics more = row_count;
  return aged + more;
end $$;

insert into public.campaigns_schema (version) values (11) on conflict do nothing;
