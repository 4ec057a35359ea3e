-- All that is stored about one number; its erasure; and what is removed since it is old. Called as the functions of 0003 are.

create or replace function public.campaigns_personal_data(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  with wanted as (select request ->> 'phone_number' as number),
  calls as (
    select k from campaign_calls k, wanted w where k.phone_number = w.number and campaigns_owns(k, owner)
  ),
  attempts as (select a from call_attempts a where a.call_id in (select (c.k).id from calls c))
  select jsonb_build_object(
    'contacts', coalesce((select jsonb_agg(to_jsonb(c)) from wanted w, contacts c
      join contact_lists l on l.id = c.contact_list_id and (owner is null or l.user_id = owner)
      where c.phone_number = w.number), '[]'),
    'csv_contacts', coalesce((select jsonb_agg(to_jsonb(c)) from wanted w, csv_contacts c
      join csv_files f on f.id = c.csv_file_id and (owner is null or f.user_id = owner)
      where c.phone_number = w.number), '[]'),
    'campaign_calls', coalesce((select jsonb_agg(to_jsonb(c.k) order by (c.k).position) from calls c), '[]'),
    'call_attempts', coalesce((select jsonb_agg(to_jsonb(t.a) order by (t.a).claimed_at) from attempts t), '[]'),
    'carrier_calls', coalesce((select jsonb_agg(to_jsonb(r)) from carrier_calls r
      where r.attempt_id in (select (t.a).id from attempts t)), '[]'),
    'webhooks_heard', coalesce((select jsonb_agg(to_jsonb(w)) from webhooks_heard w
      where w.attempt_id in (select (t.a).id from attempts t)), '[]'),
    'consents', coalesce((select jsonb_agg(to_jsonb(c)) from consents c, wanted w
      where c.phone_number = w.number and (owner is null or c.user_id = owner)), '[]'),
    'do_not_call_numbers', coalesce((select jsonb_agg(to_jsonb(d)) from do_not_call_numbers d, wanted w
      where d.phone_number = w.number), '[]'))
$$;

-- The calls stay, so that sums do; no two have the same number, since a campaign has a number once.
create or replace function public.campaigns_anonymise(calls uuid[]) returns void
language plpgsql set search_path = public as $$
begin
  update carrier_calls r set sid = 'erased:' || r.attempt_id
  from call_attempts a where a.id = r.attempt_id and a.call_id = any (calls);
  update call_attempts a set detail = null, call_sid = null, agent_notes = null where a.call_id = any (calls);
  delete from webhooks_heard w using call_attempts a where a.id = w.attempt_id and a.call_id = any (calls);
  update campaign_calls k
  set phone_number = 'erased:' || k.id, contact_id = null, contact_name = null, contact_email = null, variables = '{}',
      notes = null, call_sid = null
  where k.id = any (calls);
end $$;

-- false: a call to the number is under way.
create or replace function public.campaigns_erase(request jsonb, at timestamptz, owner uuid default null)
returns boolean language plpgsql set search_path = public as $$
declare
  number text := request ->> 'phone_number';
  calls uuid[];
begin
  -- Campaigns are locked before their calls, as everywhere.
  perform 1 from campaigns c
  where c.id in (select k.campaign_id from campaign_calls k where k.phone_number = number) order by c.id for no key update;
  select coalesce(array_agg(x.id), '{}') into calls from (
    select k.id from campaign_calls k where k.phone_number = number and campaigns_owns(k, owner) order by k.id for update) as x;
  if exists (select 1 from campaign_calls k where k.id = any (calls) and k.attempt_id is not null) then return false; end if;
  delete from contacts c using contact_lists l
  where l.id = c.contact_list_id and (owner is null or l.user_id = owner) and c.phone_number = number;
  delete from csv_contacts c using csv_files f
  where f.id = c.csv_file_id and (owner is null or f.user_id = owner) and c.phone_number = number;
  delete from consents c where c.phone_number = number and (owner is null or c.user_id = owner);
  insert into do_not_call_numbers (phone_number, source, created_at) values (number, 'erased', at) on conflict do nothing;
  -- A call's notes are the reason, where its outcome put the number on the list.
  update do_not_call_numbers d set reason = null where d.phone_number = number and d.reason is not null;
  -- Its key stays, so that nothing is done twice.
  update request_keys k
  set status = 409, body = '{"success":false,"error":{"code":"erased","message":"the answer told of somebody who was erased"}}'
  where strpos(k.body, number) > 0;
  update campaign_calls k
  set status = 'failed', end_reason = 'do_not_call', next_attempt_at = null, completed_at = at, updated_at = at
  where k.id = any (calls) and k.status = 'pending';
  perform campaigns_anonymise(calls);
  return true;
end $$;

-- Is a file or list used by no campaign but those that were completed by then?
create or replace function public.campaigns_unused(source uuid, before timestamptz) returns boolean
language sql stable set search_path = public as $$
  select not exists (select 1 from campaigns c where (c.csv_file_id = source or c.contact_list_id = source)
    and (campaigns_status(c.execution_status) <> 'completed' or coalesce(c.status_at, 'infinity') >= before))
$$;

-- How many rows were removed, at most `limit`; without a limit, how many there are.
create or replace function public.campaigns_purge(request jsonb, at timestamptz default null, owner uuid default null)
returns integer language plpgsql set search_path = public as $$
declare
  what text := request ->> 'what';
  before timestamptz := (request ->> 'before')::timestamptz;
  most integer := (request ->> 'limit')::integer;
  counted boolean := request ->> 'limit' is null;
  found_ids uuid[];
  more uuid[];
begin
  if what = 'contacts' then
    select coalesce(array_agg(x.id), '{}') into found_ids from (
      select c.id from csv_contacts c join csv_files f on f.id = c.csv_file_id
      where (owner is null or f.user_id = owner) and f.status = 'ready' and f.created_at < before
        and campaigns_unused(f.id, before) limit most) as x;
    select coalesce(array_agg(x.id), '{}') into more from (
      select c.id from contacts c join contact_lists l on l.id = c.contact_list_id
      where (owner is null or l.user_id = owner) and c.created_at < before and campaigns_unused(l.id, before)
      limit most - cardinality(found_ids)) as x;
    if not counted then
      delete from csv_contacts c where c.id = any (found_ids);
      delete from contacts c where c.id = any (more);
    end if;
    return cardinality(found_ids) + cardinality(more);
  end if;
  if what = 'variables' then
    select coalesce(array_agg(x.id), '{}') into found_ids from (
      select k.id from campaign_calls k
      where k.completed_at < before and k.attempt_id is null and k.status <> 'pending' and campaigns_owns(k, owner)
        and (k.variables <> '{}' or coalesce(k.contact_name, k.contact_email, k.notes) is not null
          or exists (select 1 from call_attempts a where a.call_id = k.id and a.agent_notes is not null))
      limit most) as x;
    if not counted then
      update call_attempts a set agent_notes = null where a.call_id = any (found_ids);
      delete from webhooks_heard w using call_attempts a where a.id = w.attempt_id and a.call_id = any (found_ids);
      update campaign_calls k set contact_name = null, contact_email = null, variables = '{}', notes = null
      where k.id = any (found_ids);
    end if;
    return cardinality(found_ids);
  end if;
  select coalesce(array_agg(x.id), '{}') into found_ids from (
    select k.id from campaign_calls k left join campaigns c on c.id = k.campaign_id
    where k.phone_number like '+%' and k.attempt_id is null and campaigns_owns(k, owner)
      and case when k.campaign_id is null then k.completed_at < before
          else campaigns_status(c.execution_status) = 'completed' and c.status_at < before end
    limit most) as x;
  if not counted then perform campaigns_anonymise(found_ids); end if;
  return cardinality(found_ids);
end $$;

insert into public.campaigns_schema (version) values (10) on conflict do nothing;
