-- All that is stored about one number; its erasure; what is removed since it is old; and who did what. Called as the functions
-- of 0003 are.

create or replace function public.campaigns_personal_data(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  with calls as (
    select k from campaign_calls k where k.phone_number = any (campaigns_numbers(request)) and campaigns_owns(k, owner)
  ),
  attempts as (select a from call_attempts a where a.call_id in (select (c.k).id from calls c))
  select jsonb_build_object(
    'contacts', coalesce((select jsonb_agg(to_jsonb(c)) from contacts c
      join contact_lists l on l.id = c.contact_list_id and (owner is null or l.user_id = owner)
      where c.phone_number = any (campaigns_numbers(request))), '[]'),
    'csv_contacts', coalesce((select jsonb_agg(to_jsonb(c)) from csv_contacts c
      join csv_files f on f.id = c.csv_file_id and (owner is null or f.user_id = owner)
      where c.phone_number = any (campaigns_numbers(request))), '[]'),
    'campaign_calls', coalesce((select jsonb_agg(to_jsonb(c.k) order by (c.k).position) from calls c), '[]'),
    'call_attempts', coalesce((select jsonb_agg(to_jsonb(t.a) order by (t.a).claimed_at) from attempts t), '[]'),
    'carrier_calls', coalesce((select jsonb_agg(to_jsonb(r)) from carrier_calls r
      where r.attempt_id in (select (t.a).id from attempts t)), '[]'),
    'webhooks_heard', coalesce((select jsonb_agg(to_jsonb(w)) from webhooks_heard w
      where w.attempt_id in (select (t.a).id from attempts t)), '[]'),
    'consents', coalesce((select jsonb_agg(to_jsonb(c)) from consents c
      where c.phone_number = any (campaigns_numbers(request)) and (owner is null or c.user_id = owner)), '[]'),
    'do_not_call_numbers', coalesce((select jsonb_agg(to_jsonb(d)) from do_not_call_numbers d
      where d.phone_number = any (campaigns_numbers(request))), '[]'),
    'audit_log', coalesce((select jsonb_agg(to_jsonb(l) order by l.seq) from audit_log l
      where (owner is null or l.user_id = owner)
        and (l.subject in (select s.id from audit_subjects s where s.phone_number = any (campaigns_numbers(request)))
          or l.call_id in (select (c.k).id from calls c))), '[]'))
$$;

-- The list keeps the wish of whoever was called, and not what a call's notes say of it. What several wrote, or nobody kept who, may
-- be of these calls; and what an agent said was once written as the operator's, whosever the call was.
create or replace function public.campaigns_forget_reasons(calls uuid[]) returns void
language sql set search_path = public as $$
  update do_not_call_numbers d set reason = null
  from campaign_calls k where k.id = any (calls) and d.phone_number = k.phone_number and d.source = 'outcome' and d.reason is not null
    and coalesce(d.added_by, 'several') in (campaigns_writer(k), 'several', 'operator')
$$;

-- Calls of the system before may have words of its own for a status and an outcome, which the checks refuse in whatever is written
-- from then on. They become what they are read as: an outcome that is none of ours may be anything that somebody wrote.
create or replace function public.campaigns_reword(calls uuid[]) returns void
language plpgsql set search_path = public as $$
declare
  odd uuid[] := array(
    select k.id from campaign_calls k where k.id = any (calls)
      and (k.status <> campaigns_call_status(k.status) or k.outcome is distinct from campaigns_outcome(k.outcome)));
begin
  if odd = '{}' then return; end if;
  perform 1 from campaigns c
  where c.id in (select k.campaign_id from campaign_calls k where k.id = any (odd)) order by c.id for no key update;
  update campaign_calls k set status = campaigns_call_status(k.status), outcome = campaigns_outcome(k.outcome) where k.id = any (odd);
  update call_attempts a set outcome_before = campaigns_outcome(a.outcome_before) where a.call_id = any (odd);
  delete from campaign_counts g where g.n = 0 and g.outcome <> '' and campaigns_outcome(g.outcome) is null;
end $$;

-- The calls stay, so that sums do; no two have the same number, since a campaign has a number once.
create or replace function public.campaigns_anonymise(calls uuid[]) returns void
language plpgsql set search_path = public as $$
begin
  perform campaigns_reword(calls);
  perform campaigns_forget_reasons(calls);
  update carrier_calls r set sid = 'erased:' || r.attempt_id
  from call_attempts a where a.id = r.attempt_id and a.call_id = any (calls);
  update call_attempts a set detail = null, call_sid = null, agent_notes = null, recording = null, recording_open = false
  where a.call_id = any (calls);
  delete from webhooks_heard w using call_attempts a where a.id = w.attempt_id and a.call_id = any (calls);
  perform set_config('campaigns.bulk', 'on', true);
  update campaign_calls k
  set phone_number = 'erased:' || k.id, contact_id = null, contact_name = null, contact_email = null, variables = '{}',
      notes = null, held_by = null, call_sid = null, recording = null
  where k.id = any (calls);
  perform set_config('campaigns.bulk', '', true);
end $$;

-- What is kept as answers, page by page, for whoever can open it.
create or replace function public.campaigns_kept_answers(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(p) order by p.owner, p.key), '[]') from (
    select k.owner, k.key, k.body from request_keys k
    where k.body is not null and ($3 is null or k.owner = $3::text)
      and ($1 -> 'after' is null or (k.owner, k.key) > ($1 #>> '{after,owner}', $1 #>> '{after,key}'))
    order by k.owner, k.key limit ($1 ->> 'limit')::integer) as p
$$;

-- Where recordings lie.
create or replace function public.campaigns_places(attempts uuid[]) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(distinct a.recording ->> 'location'), '[]')
  from call_attempts a where a.id = any (attempts) and a.recording ->> 'location' is not null
$$;

create or replace function public.campaigns_attempts_of(calls uuid[]) returns uuid[]
language sql stable set search_path = public as $$
  select coalesce(array_agg(a.id), '{}') from call_attempts a where a.call_id = any (calls)
$$;

-- For whom a number was erased is with its entry on the do-not-call list: owners, as JSON, so that none of them takes it off. Else,
-- as where nobody kept it, for everybody.
create or replace function public.campaigns_erased_for(added_by text, who uuid) returns boolean
language sql immutable set search_path = '' as $$
  select coalesce(added_by, 'operator') in ('operator', 'several') or coalesce(strpos(added_by, who::text) > 0, false)
$$;

-- Two erasures as one.
create or replace function public.campaigns_erased_by(one text, other text) returns text
language plpgsql immutable set search_path = '' as $$
begin
  if coalesce(one, '') not like '["%' or coalesce(other, '') not like '["%' then return 'operator'; end if;
  return (select json_agg(distinct x.owner order by x.owner)::text
          from jsonb_array_elements_text(one::jsonb || other::jsonb) as x (owner));
end $$;

-- Where the recordings lie that were forgotten. Null: a call to the number is under way, or its recording is not stored yet, so
-- that nobody could say where it lies.
drop function if exists public.campaigns_erase(jsonb, timestamptz, uuid);
create or replace function public.campaigns_erase(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  number text := request ->> 'phone_number';
  asked jsonb := request;
  calls uuid[];
  places jsonb;
  rows_gone integer := 0;
  gone integer;
begin
  perform set_config('campaigns.bulk', '', true);
  -- Campaigns are locked before their calls, as everywhere.
  perform 1 from campaigns c
  where c.id in (select k.campaign_id from campaign_calls k where k.phone_number = number) order by c.id for no key update;
  select coalesce(array_agg(x.id), '{}') into calls from (
    select k.id from campaign_calls k where k.phone_number = number and campaigns_owns(k, owner) order by k.id for update) as x;
  if exists (select 1 from campaign_calls k where k.id = any (calls) and k.attempt_id is not null)
    or exists (select 1 from call_attempts a where a.call_id = any (calls) and a.recording_open) then return null; end if;
  places := campaigns_places(campaigns_attempts_of(calls));
  delete from contacts c using contact_lists l
  where l.id = c.contact_list_id and (owner is null or l.user_id = owner) and c.phone_number = number;
  get diagnostics gone = row_count;
  rows_gone := gone;
  delete from csv_contacts c using csv_files f
  where f.id = c.csv_file_id and (owner is null or f.user_id = owner) and c.phone_number = number;
  get diagnostics gone = row_count;
  rows_gone := rows_gone + gone;
  delete from consents c where c.phone_number = number and (owner is null or c.user_id = owner);
  insert into do_not_call_numbers as d (phone_number, source, created_at, added_by)
  values (number, 'erased', at, case when $3 is null then 'operator' else json_build_array($3)::text end)
  on conflict (phone_number, source) do update set added_by = public.campaigns_erased_by(d.added_by, excluded.added_by)
    where d.added_by is distinct from public.campaigns_erased_by(d.added_by, excluded.added_by);
  -- A call's notes are the reason, where its outcome put the number on the list.
  update do_not_call_numbers d set reason = null where d.phone_number = number and d.reason is not null
    and ($3 is null or coalesce(d.added_by, 'several') in ($3::text, 'several'));
  -- Its key stays, so that nothing is done twice.
  update request_keys k
  set status = 409, body = '{"success":false,"error":{"code":"erased","message":"the answer told of somebody who was erased"}}'
  where strpos(k.body, number) > 0 and ($3 is null or k.owner = $3::text);
  -- Those that are sealed were looked through by the program.
  update request_keys k set status = 409, body = g ->> 'body'
  from jsonb_array_elements(coalesce(asked -> 'answers', '[]')) as g where k.owner = g ->> 'owner' and k.key = g ->> 'key';
  perform campaigns_reword(calls);
  update campaign_calls k
  set status = 'failed', end_reason = 'do_not_call', next_attempt_at = null, completed_at = at, updated_at = at
  where k.id = any (calls) and k.status = 'pending';
  perform campaigns_anonymise(calls);
  -- What the log knows them by stands for nobody from here on, unless somebody else has them still, whose log stays whole.
  perform set_config('campaigns.bulk', 'on', true);
  delete from audit_subjects s where s.phone_number = number
    and not exists (select 1 from campaign_calls k where k.phone_number = number)
    and not exists (select 1 from contacts c where c.phone_number = number)
    and not exists (select 1 from csv_contacts c where c.phone_number = number)
    and not exists (select 1 from consents c where c.phone_number = number);
  perform set_config('campaigns.bulk', '', true);
  perform campaigns_log('person.erased', owner, null, null, null, null, null,
    jsonb_build_object('contacts', rows_gone, 'calls', cardinality(calls)));
  return places;
end $$;

-- Is a file or list used by no campaign but those that were completed by then?
create or replace function public.campaigns_unused(source uuid, before timestamptz) returns boolean
language sql stable set search_path = public as $$
  select not exists (select 1 from campaigns c where (c.csv_file_id = source or c.contact_list_id = source)
    and (campaigns_status(c.execution_status) <> 'completed' or coalesce(c.status_at, 'infinity') >= before))
$$;

-- Nothing of it goes on, and nobody hears more of it, whose attempt ended by then: of a recording that is not settled, a day before,
-- which is when a run would give it up as well.
create or replace function public.campaigns_over(k public.campaign_calls, before timestamptz) returns boolean
language sql stable set search_path = public as $$
  select k.attempt_id is null and not exists (
    select 1 from call_attempts a where a.call_id = k.id
      and (a.ended_at >= before or a.recording_open and coalesce(a.ended_at >= before - interval '1 day', true)))
$$;

-- How many rows were removed, at most `limit`; without a limit, how many there are. And where the recordings lie of which that
-- was forgotten.
drop function if exists public.campaigns_purge(jsonb, timestamptz, uuid);
create or replace function public.campaigns_purge(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  what text := request ->> 'what';
  before timestamptz := (request ->> 'before')::timestamptz;
  most integer := (request ->> 'limit')::integer;
  counted boolean := request ->> 'limit' is null;
  -- Of this campaign alone; lists are not its own, and stay.
  campaign uuid := campaigns_uuid(request ->> 'campaign_id');
  found_ids uuid[];
  more uuid[] := '{}';
  places jsonb := '[]';
begin
  perform set_config('campaigns.bulk', '', true);
  -- Whoever sends a request again is answered from these for a day. Nobody may have sent one since.
  if not counted then delete from request_keys x where x.created_at < before - interval '1 day'; end if;
  if what = 'contacts' then
    select coalesce(array_agg(x.id), '{}') into found_ids from (
      select c.id from csv_contacts c join csv_files f on f.id = c.csv_file_id
      -- one that is read in is not taken from under its import, which takes no day
      where (owner is null or f.user_id = owner) and f.created_at < before
        and (f.status = 'ready' or f.created_at < before - interval '1 day') and campaigns_unused(f.id, before)
        and (campaign is null or f.id = (select c.csv_file_id from campaigns c where c.id = campaign)) limit most) as x;
    select coalesce(array_agg(x.id), '{}') into more from (
      select c.id from contacts c join contact_lists l on l.id = c.contact_list_id
      where (owner is null or l.user_id = owner) and c.created_at < before and campaign is null
        and campaigns_unused(l.id, before)
      limit most - cardinality(found_ids)) as x;
    if not counted then
      delete from csv_contacts c where c.id = any (found_ids);
      delete from contacts c where c.id = any (more);
    end if;
  elsif what = 'variables' then
    select coalesce(array_agg(x.id), '{}') into found_ids from (
      select k.id from campaign_calls k
      where k.completed_at < before and k.attempt_id is null and k.status <> 'pending' and campaigns_owns(k, owner)
        and (campaign is null or k.campaign_id = campaign)
        and (k.variables <> '{}' or coalesce(k.contact_name, k.contact_email, k.notes) is not null
          or k.outcome is distinct from campaigns_outcome(k.outcome)
          or exists (select 1 from call_attempts a where a.call_id = k.id and a.agent_notes is not null))
      limit most) as x;
    if not counted then
      perform campaigns_reword(found_ids);
      perform campaigns_forget_reasons(found_ids);
      update call_attempts a set agent_notes = null where a.call_id = any (found_ids);
      delete from webhooks_heard w using call_attempts a where a.id = w.attempt_id and a.call_id = any (found_ids);
      update campaign_calls k
      set contact_name = null, contact_email = null, variables = '{}', notes = null, held_by = null
      where k.id = any (found_ids);
    end if;
  elsif what = 'recordings' then
    select coalesce(array_agg(x.id), '{}') into found_ids from (
      select a.id from call_attempts a join campaign_calls k on k.id = a.call_id
      where a.ended_at < before and a.recording is not null and not a.recording_open and campaigns_owns(k, owner)
        and (campaign is null or k.campaign_id = campaign)
      limit most) as x;
    places := campaigns_places(found_ids);
    if not counted then
      update call_attempts a set recording = null where a.id = any (found_ids);
      update campaign_calls k set recording = null
      where k.id in (select a.call_id from call_attempts a where a.id = any (found_ids))
        and not exists (select 1 from call_attempts a where a.call_id = k.id and a.recording is not null);
    end if;
  else
    select coalesce(array_agg(x.id), '{}') into found_ids from (
      select k.id from campaign_calls k left join campaigns c on c.id = k.campaign_id
      where campaigns_somebodys(k.phone_number) and campaigns_over(k, before) and campaigns_owns(k, owner)
        and (campaign is null or k.campaign_id = campaign)
        and case when k.campaign_id is null then k.completed_at < before
            else campaigns_status(c.execution_status) = 'completed' and c.status_at < before end
      limit most) as x;
    places := campaigns_places(campaigns_attempts_of(found_ids));
    if not counted then perform campaigns_anonymise(found_ids); end if;
  end if;
  perform campaigns_log('data.purged', owner, campaign, null, null, null, null, jsonb_build_object(
    'what', what, 'before', before, 'rows', cardinality(found_ids) + cardinality(more)))
  where not counted and cardinality(found_ids) + cardinality(more) > 0;
  return jsonb_build_object('rows', cardinality(found_ids) + cardinality(more), 'recordings', places);
end $$;

-- Campaigns that were completed longer ago than they keep whom they called, and still know some.
create or replace function public.campaigns_outlived(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language sql volatile set search_path = public as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'name', c.name,
    'before', at - c.retention_ms * interval '1 millisecond') order by c.id), '[]')
  from campaigns c
  where campaigns_status(c.execution_status) = 'completed' and c.retention_ms is not null
    -- what a clock that is ahead forgets too soon never comes back
    and not campaigns_clock_off(request, at)
    and c.status_at + c.retention_ms * interval '1 millisecond' < at and (owner is null or c.user_id = owner)
    and (exists (select 1 from campaign_calls k where k.campaign_id = c.id and campaigns_somebodys(k.phone_number)
      and campaigns_over(k, at - c.retention_ms * interval '1 millisecond'))
      or (exists (select 1 from csv_contacts r where r.csv_file_id = c.csv_file_id)
        and campaigns_unused(c.csv_file_id, at - c.retention_ms * interval '1 millisecond')))
$$;

-- Where the recordings of the calls to a number lie.
create or replace function public.campaigns_recording_places(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select campaigns_places(campaigns_attempts_of((
    select coalesce(array_agg(k.id), '{}') from campaign_calls k
    where k.phone_number = any (campaigns_numbers(request)) and campaigns_owns(k, owner))))
$$;

-- ---------------------------------------------------------------------------------------------------- the audit log
--
-- Written by triggers, in the transaction that changes the thing, whoever changes it. SQLite has the same (schema.sql).

-- Who is at it: a signed-in user; what the engine says of itself in a header; else whom the database knows. Nobody who is not
-- the engine is believed about it.
create or replace function public.campaigns_actor() returns text
language plpgsql stable set search_path = '' as $$
begin
  if auth.uid() is not null then return 'user:' || auth.uid(); end if;
  if current_setting('role', true) = 'service_role' then
    return coalesce(left(nullif(current_setting('request.headers', true), '')::json ->> 'x-campaigns-actor', 200), 'service_role');
  end if;
  return 'db:' || session_user;
end $$;

create or replace function public.campaigns_log(
  action text, who uuid, campaign uuid, call uuid, attempt uuid, number text, before jsonb, after jsonb, actor text default null)
-- Numbers are looked up by their index, also where there were hardly any when that was planned.
returns void language plpgsql set search_path = '' set enable_seqscan = off as $$
begin
  if number is not null then
    insert into public.audit_subjects (phone_number) select number
    where not exists (select 1 from public.audit_subjects s where s.phone_number = number);
  end if;
  -- Not max(id): from the newest on, all who came since would be read.
  insert into public.audit_log (at, actor, user_id, action, campaign_id, call_id, attempt_id, subject, before, after)
  values (date_trunc('milliseconds', public.campaigns_now('{}')), coalesce(campaigns_log.actor, public.campaigns_actor()), who, campaigns_log.action, campaign, call, attempt,
    (select max(s.id + 0) from public.audit_subjects s where s.phone_number = number), campaigns_log.before::text, campaigns_log.after::text);
end $$;

create or replace function public.campaigns_log_kept() returns trigger
language plpgsql set search_path = '' as $$
begin
  if tg_table_name = 'audit_log' and tg_op = 'UPDATE' then
    if old.link is null and coalesce(new.link, 1) >= 1 and to_jsonb(new) - '{link,hash}'::text[] = to_jsonb(old) - '{link,hash}'::text[]
    then return new; end if;
  end if;
  if tg_table_name not like 'audit%' then
    raise check_violation using message = 'expected delete, which the audit log tells of, and not truncate';
  end if;
  raise check_violation using message = 'the audit log is only appended to';
end $$;
create or replace trigger campaigns_log_kept before update or delete on public.audit_log
  for each row execute function public.campaigns_log_kept();
-- truncate fires no trigger of a row.
do $$
declare audited text;
begin
  foreach audited in array '{audit_log,audit_subjects,campaigns,campaign_calls,call_attempts,do_not_call_numbers,consents,phone_number,trunk_limits}'::text[] loop
    execute format('create or replace trigger campaigns_log_emptied before truncate on public.%I
                    for each statement execute function public.campaigns_log_kept()', audited);
  end loop;
end $$;

-- Of a campaign's row, what was decided about it; texts by their length.
create or replace function public.campaigns_logged_settings(c jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select jsonb_object_agg(s.key, case when s.key = any ('{campaign_prompt,voicemail_message,sip_headers,notify_url}')
    then to_jsonb(length(s.value #>> '{}')) else s.value end)
  from jsonb_each(c) as s where s.key = any (
    '{user_id,name,assistant_id,assistant_name,contact_source,contact_list_id,csv_file_id,daily_cap,
    calling_days,start_hour,end_hour,time_zone,calling_hours,hours_in,rules,rules_table,concurrency,
    delay_ms,max_attempts,retry_after_ms,ring_seconds,max_duration_seconds,min_talk_seconds,retry_agent_lost,
    missed_callback,expect_answers,trunk_id,caller_ids,require_consent,consent_purpose,max_per_contact,
    display_name,on_voicemail,voicemail_after_ms,guard,needs_dnc,dnc_max_age_ms,record,campaign_prompt,
    voicemail_message,sip_headers,notify_url,retention_ms,budget_micros,budget_currency,prices}')
$$;

create or replace function public.campaigns_audit_row() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  became jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  either jsonb := coalesce(became, was);
  what text := tg_argv[0];
  who uuid := public.campaigns_uuid(case when tg_table_name = 'do_not_call_numbers' then either ->> 'added_by' else either ->> 'user_id' end);
  campaign uuid := public.campaigns_uuid(either ->> 'campaign_id');
  call uuid;
  attempt uuid;
  number text := either ->> 'phone_number';
  actor text;
  changed text[];
  -- of a dial
  fixed text[] := '{id,call_id,campaign_id,dialed_at,callback_at,local_day,state,ending,answered_at,ended_at}';
begin
  if tg_table_name = 'campaigns' then
    campaign := (either ->> 'id')::uuid;
    number := null;
    if what = 'campaign.moved' then
      was := jsonb_build_object('status', was -> 'execution_status');
      became := jsonb_build_object('status', became -> 'execution_status', 'reason', became -> 'status_reason', 'hang_up', became -> 'hang_up');
    elsif what = 'campaign.deleted' then
      was := jsonb_build_object('name', was -> 'name', 'status', was -> 'execution_status');
    else
      if tg_op = 'UPDATE' then
        select coalesce(array_agg(n.key), '{}') into changed
        from jsonb_each(became) n where n.value is distinct from was -> n.key;
        select jsonb_object_agg(s.key, s.value) into was
        from jsonb_each(public.campaigns_logged_settings(was)) s where s.key = any (changed);
        select jsonb_object_agg(s.key, s.value) into became
        from jsonb_each(public.campaigns_logged_settings(became)) s where s.key = any (changed);
        if became is null then return null; end if;
      else
        became := public.campaigns_logged_settings(became);
      end if;
    end if;
  elsif tg_table_name = 'call_attempts' then
    attempt := (coalesce(was, became) ->> 'id')::uuid;
    number := null;
    if what = 'call.ended' then
      was := null;
      became := null;
      campaign := null;
    else
      call := (coalesce(was, became) ->> 'call_id')::uuid;
      select coalesce(c.user_id, k.user_id) into who
      from public.campaign_calls k left join public.campaigns c on c.id = k.campaign_id where k.id = call;
      if what = 'call.dialed' then
        was := null;
        actor := 'runner:' || (either ->> 'runner_id');
      end if;
      if what in ('call.rewritten', 'call.mended') then
        campaign := public.campaigns_uuid(was ->> 'campaign_id');
        select jsonb_object_agg(f, was -> f), jsonb_object_agg(f, became -> f) into was, became from unnest(fixed) as f;
      else
        was := case when was is not null then jsonb_build_object('dialed_at', was -> 'dialed_at') end;
        became := case when became is not null then jsonb_build_object('dialed_at', became -> 'dialed_at') end;
      end if;
    end if;
  elsif tg_table_name = 'campaign_calls' then
    call := (coalesce(was, became) ->> 'id')::uuid;
    campaign := public.campaigns_uuid(coalesce(was, became) ->> 'campaign_id');
    if what = 'call.rewritten' and not exists (
      select 1 from public.call_attempts a where a.call_id = call and a.dialed_at is not null) then return null; end if;
    number := null;
    who := coalesce((select c.user_id from public.campaigns c where c.id = campaign), public.campaigns_uuid(coalesce(was, became) ->> 'user_id'));
    if what = 'call.rewritten' then
      select jsonb_object_agg(f, was -> f) || '{"number":"one"}', jsonb_object_agg(f, became -> f) || jsonb_build_object(
        'number', case when became -> 'phone_number' = was -> 'phone_number' then 'one' else 'another' end)
      into was, became from unnest('{id,campaign_id,user_id,place}'::text[]) as f;
    else
      -- The log has no text of anybody's.
      was := case when was is not null then jsonb_build_object('outcome', public.campaigns_outcome(was ->> 'outcome')) end;
      became := jsonb_build_object('outcome', public.campaigns_outcome(became ->> 'outcome'));
    end if;
  elsif tg_table_name = 'do_not_call_numbers' then
    if tg_op = 'UPDATE' then
      perform public.campaigns_log('dnc.removed', who, null, null, null, was ->> 'phone_number', jsonb_build_object(
        'source', was -> 'source', 'created_at', was -> 'created_at', 'expires_at', was -> 'expires_at'), null);
      was := null;
    end if;
    was := case when was is not null then jsonb_build_object(
      'source', was -> 'source', 'created_at', was -> 'created_at', 'expires_at', was -> 'expires_at') end;
    became := case when became is not null then jsonb_build_object(
      'source', became -> 'source', 'created_at', became -> 'created_at', 'expires_at', became -> 'expires_at') end;
  elsif tg_table_name = 'consents' then
    -- Of another number or another owner it is another consent, and whose it was have it no more.
    if tg_op = 'UPDATE' and (was -> 'phone_number', was -> 'user_id') is distinct from (became -> 'phone_number', became -> 'user_id') then
      perform public.campaigns_log('consent.removed', public.campaigns_uuid(was ->> 'user_id'), null, null, null,
        was ->> 'phone_number', public.campaigns_audit_json(was), null);
      was := null;
      what := 'consent.added';
    end if;
    if became ->> 'revoked_at' is not null and was ->> 'revoked_at' is null then what := 'consent.revoked'; end if;
    was := public.campaigns_audit_json(was);
    became := public.campaigns_audit_json(became);
  elsif tg_table_name = any ('{phone_number,trunk_limits,do_not_call_sources}') then
    if tg_table_name = 'phone_number' and became ->> 'outbound_trunk_id' is null then what := 'number.unassigned'; end if;
    who := coalesce(who, public.campaigns_uuid(was ->> 'user_id'));
    was := public.campaigns_audited_means(was);
    became := public.campaigns_audited_means(became);
  else
    who := case tg_table_name
      when 'contacts' then (select l.user_id from public.contact_lists l where l.id = (either ->> 'contact_list_id')::uuid)
      else (select f.user_id from public.csv_files f where f.id = (either ->> 'csv_file_id')::uuid) end;
    was := jsonb_build_object('do_not_call', was -> 'do_not_call');
    became := jsonb_build_object('do_not_call', became -> 'do_not_call');
  end if;
  perform public.campaigns_log(what, who, campaign, call, attempt, number, was, became, actor);
  return null;
end $$;

-- Of a consent, what is decided by.
create or replace function public.campaigns_audit_json(consent jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select case when consent is not null then jsonb_build_object('id', consent -> 'id', 'purpose', consent -> 'purpose',
    'level', consent -> 'level', 'granted_at', consent -> 'granted_at', 'expires_at', consent -> 'expires_at',
    'revoked_at', consent -> 'revoked_at', 'proven', consent ->> 'proof' is not null) end
$$;

-- Of our numbers, the limits of trunks, and the ages of lists.
create or replace function public.campaigns_audited_means(x jsonb) returns jsonb
language sql immutable set search_path = '' as $$
  select case
    when x ? 'number' then jsonb_build_object('number', x -> 'number', 'trunk', x -> 'outbound_trunk_id',
      'assistant', x -> 'outbound_assistant_id', 'status', x -> 'status')
    when x ? 'trunk_id' then jsonb_build_object('trunk', x -> 'trunk_id', 'interval_ms', x -> 'interval_ms',
      'concurrency', x -> 'concurrency')
    when x ? 'refreshed_at' then jsonb_build_object('source', x -> 'source', 'refreshed_at', x -> 'refreshed_at') end
$$;

-- Who may call with which of our numbers, how fast a trunk is used, and how old a list is. A dial, which touches its number, is
-- no change.
create or replace trigger campaigns_audit_assigned after insert on public.phone_number
  for each row when (new.outbound_trunk_id is not null) execute function public.campaigns_audit_row('number.assigned');
create or replace trigger campaigns_audit_reassigned
  after update of number, user_id, outbound_trunk_id, outbound_assistant_id, status on public.phone_number
  for each row when ((new.number, new.user_id, new.outbound_trunk_id, new.outbound_assistant_id, new.status)
    is distinct from (old.number, old.user_id, old.outbound_trunk_id, old.outbound_assistant_id, old.status))
  execute function public.campaigns_audit_row('number.assigned');
create or replace trigger campaigns_audit_unassigned after delete on public.phone_number
  for each row when (old.outbound_trunk_id is not null) execute function public.campaigns_audit_row('number.unassigned');
create or replace trigger campaigns_audit_limited after insert on public.trunk_limits
  for each row execute function public.campaigns_audit_row('trunk.limited');
create or replace trigger campaigns_audit_relimited after update on public.trunk_limits
  for each row when ((new.trunk_id, new.interval_ms, new.concurrency)
    is distinct from (old.trunk_id, old.interval_ms, old.concurrency))
  execute function public.campaigns_audit_row('trunk.limited');
create or replace trigger campaigns_audit_unlimited after delete on public.trunk_limits
  for each row execute function public.campaigns_audit_row('trunk.unlimited');
create or replace trigger campaigns_audit_dated after insert on public.do_not_call_sources
  for each row execute function public.campaigns_audit_row('dnc.dated');
create or replace trigger campaigns_audit_redated after update on public.do_not_call_sources
  for each row when ((new.source, new.refreshed_at) is distinct from (old.source, old.refreshed_at))
  execute function public.campaigns_audit_row('dnc.dated');

create or replace trigger campaigns_audit_created after insert on public.campaigns
  for each row execute function public.campaigns_audit_row('campaign.created');
create or replace trigger campaigns_audit_moved after update of execution_status, hang_up on public.campaigns
  for each row when (new.execution_status is distinct from old.execution_status or new.hang_up > old.hang_up)
  execute function public.campaigns_audit_row('campaign.moved');
create or replace trigger campaigns_audit_deleted after delete on public.campaigns
  for each row execute function public.campaigns_audit_row('campaign.deleted');

-- A dial is in it, so that what held when it left is told by the order of entries, whatever clocks said.
create or replace trigger campaigns_audit_dialed after update of dialed_at on public.call_attempts
  for each row when (old.dialed_at is null and new.dialed_at is not null)
  execute function public.campaigns_audit_row('call.dialed');
create or replace trigger campaigns_audit_ended after update of state on public.call_attempts
  for each row when (old.state <> 'ended' and new.state = 'ended' and new.dialed_at is not null)
  execute function public.campaigns_audit_row('call.ended');
create or replace trigger campaigns_audit_copied after insert on public.call_attempts
  for each row when (new.dialed_at is not null) execute function public.campaigns_audit_row('call.copied');
create or replace trigger campaigns_audit_removed after delete on public.call_attempts
  for each row when (old.dialed_at is not null) execute function public.campaigns_audit_row('call.removed');

create or replace trigger campaigns_audit_outcome_inserted after insert on public.campaign_calls
  for each row when (new.outcome is not null) execute function public.campaigns_audit_row('call.outcome');
create or replace trigger campaigns_audit_outcome_updated after update of outcome on public.campaign_calls
  for each row when (new.outcome is distinct from old.outcome) execute function public.campaigns_audit_row('call.outcome');

-- Of a list that comes or goes as a whole, those are kept apart that somebody has called, or may have, as with a prefix: whether they
-- were on it then can still be told. A call to anybody else came after it. And of one that goes, those that the log knows: it may say
-- when they came, and then says when they went.
create or replace function public.campaigns_audit_listed() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  came boolean := tg_op = 'INSERT';
  entry public.do_not_call_numbers := case when tg_op = 'INSERT' then new else old end;
  told jsonb := jsonb_build_object('source', entry.source, 'created_at', entry.created_at, 'expires_at', entry.expires_at);
begin
  if tg_argv[0] = 'in bulk' and (
    current_setting('campaigns.bulk', true) = 'anew'
    or right(entry.phone_number, 1) <> '*'
      and not exists (
        select 1 from public.campaign_calls k join public.call_attempts a on a.call_id = k.id where k.phone_number = entry.phone_number)
      and (came or not exists (select 1 from public.audit_subjects s where s.phone_number = entry.phone_number)))
  then return null; end if;
  perform public.campaigns_log(case when came then 'dnc.added' else 'dnc.removed' end, public.campaigns_uuid(entry.added_by), null, null,
    null, entry.phone_number, case when not came then told end, case when came then told end);
  return null;
end $$;

-- What the log tells as a whole, and not row by row: a list that is written or goes, numbers that are written in another way, who is
-- erased. Our functions say so by campaigns.bulk. Anybody can: so they run as their owner, who alone is believed, and who could take
-- these triggers away as well.
do $$
declare
  in_bulk text := (
    select format('(current_setting(''campaigns.bulk'', true) in (''on'', ''anew'') and current_user = %L)', pg_get_userbyid(p.proowner))
    from pg_proc p where p.oid = 'public.campaigns_erase(jsonb, timestamptz, uuid)'::regprocedure);
  made record;
begin
  for made in select * from (values
    -- Whom the log is about: sealed in another way they are the same, and erased they are nobody.
    ('campaigns_log_kept', 'before update or delete on public.audit_subjects', 'is not true', 'log_kept()'),
    ('campaigns_audit_changed', 'after update of
        user_id, name, assistant_id, assistant_name, contact_source, contact_list_id, csv_file_id, daily_cap,
        calling_days, start_hour, end_hour, time_zone, calling_hours, hours_in, rules, rules_table, concurrency,
        delay_ms, max_attempts, retry_after_ms, ring_seconds, max_duration_seconds, min_talk_seconds, retry_agent_lost,
        missed_callback, expect_answers, trunk_id, caller_ids, require_consent, consent_purpose, max_per_contact,
        display_name, on_voicemail, voicemail_after_ms, guard, needs_dnc, dnc_max_age_ms, record, campaign_prompt,
        voicemail_message, sip_headers, notify_url, retention_ms, budget_micros, budget_currency, prices
      on public.campaigns', 'is not true', 'audit_row(''campaign.changed'')'),
    -- What was dialed stays as it was, and what has ended too, but for what the program finds out later about how it ended.
    ('campaigns_audit_rewritten', 'dials', 'is not true', 'audit_row(''call.rewritten'')'),
    ('campaigns_audit_mended', 'dials', 'is true', 'audit_row(''call.mended'')'),
    ('campaigns_audit_rewritten', 'after update of id, phone_number, campaign_id, user_id, place on public.campaign_calls',
      'is not true and (new.id, new.phone_number, new.campaign_id, new.user_id, new.place)
        is distinct from (old.id, old.phone_number, old.campaign_id, old.user_id, old.place)', 'audit_row(''call.rewritten'')'),
    ('campaigns_audit_added', 'after insert on public.do_not_call_numbers', 'is not true', 'audit_row(''dnc.added'')'),
    ('campaigns_audit_changed', 'after update of phone_number, source, created_at, expires_at on public.do_not_call_numbers',
      'is not true and (new.phone_number, new.source, new.created_at, new.expires_at)
        is distinct from (old.phone_number, old.source, old.created_at, old.expires_at)', 'audit_row(''dnc.added'')'),
    ('campaigns_audit_imported', 'after insert on public.do_not_call_numbers', 'is true', 'audit_listed(''in bulk'')'),
    ('campaigns_audit_removed', 'after delete on public.do_not_call_numbers', 'is not true', 'audit_listed()'),
    ('campaigns_audit_dropped', 'after delete on public.do_not_call_numbers', 'is true', 'audit_listed(''in bulk'')'),
    ('campaigns_audit_added', 'after insert on public.consents', 'is not true', 'audit_row(''consent.added'')'),
    ('campaigns_audit_changed', 'after update on public.consents',
      'is not true and (new.phone_number, new.user_id, new.purpose, new.level, new.granted_at, new.expires_at, new.revoked_at, new.proof is null)
        is distinct from (old.phone_number, old.user_id, old.purpose, old.level, old.granted_at, old.expires_at, old.revoked_at, old.proof is null)',
      'audit_row(''consent.changed'')')
  ) as triggers (name, at, held, act) loop
    if made.at = 'dials' then
      made.at := 'after update of id, dialed_at, call_id, campaign_id, callback_at, local_day, state, ending, answered_at, ended_at
        on public.call_attempts';
      made.held := made.held || ' and old.dialed_at is not null
        and ((new.id, new.dialed_at, new.call_id, new.campaign_id, new.callback_at, new.local_day)
            is distinct from (old.id, old.dialed_at, old.call_id, old.campaign_id, old.callback_at, old.local_day)
          or old.state = ''ended'' and (new.state, new.ending, new.answered_at, new.ended_at)
            is distinct from (old.state, old.ending, old.answered_at, old.ended_at))';
    end if;
    execute format('create or replace trigger %I %s for each row when (%s %s) execute function public.campaigns_%s',
      made.name, made.at, in_bulk, made.held, made.act);
  end loop;
end $$;
drop function if exists public.campaigns_audit_left();

create or replace trigger campaigns_audit_removed after delete on public.consents
  for each row execute function public.campaigns_audit_row('consent.removed');

create or replace trigger campaigns_audit_marked after update of do_not_call on public.contacts
  for each row when (new.do_not_call is distinct from old.do_not_call) execute function public.campaigns_audit_row('contact.marked');
create or replace trigger campaigns_audit_marked after update of do_not_call on public.csv_contacts
  for each row when (new.do_not_call is distinct from old.do_not_call) execute function public.campaigns_audit_row('contact.marked');

-- What is known of campaigns that were there before the log. Dials before this are in no log.
select public.campaigns_log('campaign.known', c.user_id, c.id, null, null, null, null, public.campaigns_logged_settings(to_jsonb(c)))
from public.campaigns c where not exists (select 1 from public.audit_log);

-- What nobody's row tells: exports, refused access, calls that somebody forced.
create or replace function public.campaigns_record_audit(request jsonb, at timestamptz default null, owner uuid default null)
returns void language sql set search_path = public as $$
  select campaigns_log(request ->> 'action', owner, campaigns_uuid(request ->> 'campaign_id'), campaigns_uuid(request ->> 'call_id'),
    null, request ->> 'phone_number', null, nullif(request -> 'after', 'null'))
$$;

-- The newest entries first. Dials and their ends only where they are asked for.
create or replace function public.campaigns_audit_entries(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(e) order by e.seq desc), '[]') from (
    select l.* from audit_log l
    where (owner is null or l.user_id = owner)
      and (request ->> 'since' is null or l.at >= (request ->> 'since')::timestamptz)
      and (request ->> 'before' is null or l.seq < (request ->> 'before')::bigint)
      and (request ->> 'campaign_id' is null or l.campaign_id = campaigns_uuid(request ->> 'campaign_id'))
      and (request ->> 'phone_number' is null
        or l.subject in (select s.id from audit_subjects s where s.phone_number = any (campaigns_numbers(request)))
        or l.call_id in (select k.id from campaign_calls k where k.phone_number = any (campaigns_numbers(request)) and campaigns_owns(k, owner)))
      and ((request ->> 'dials')::boolean or l.action not in ('call.dialed', 'call.ended', 'call.mended', 'call.copied'))
    order by l.seq desc limit (request ->> 'limit')::integer) as e
$$;

-- The chain is made when it is asked for: writers of the log wait for nobody, and what commits late gets a later link. It is
-- of everybody's entries, so no single owner's.
create or replace function public.campaigns_unsealed_audit(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select jsonb_build_object(
    'head', (select jsonb_build_object('link', l.link, 'hash', l.hash) from audit_log l
             where owner is null and l.link is not null order by l.link desc limit 1),
    'entries', (select coalesce(jsonb_agg(to_jsonb(e) order by e.seq), '[]') from (
      select l.* from audit_log l where owner is null and l.link is null order by l.seq limit (request ->> 'limit')::integer) as e))
$$;

-- false: somebody else has sealed in between.
create or replace function public.campaigns_seal_audit(request jsonb, at timestamptz default null, owner uuid default null)
returns boolean language plpgsql set search_path = public as $$
begin
  if owner is not null then return false; end if;
  perform pg_advisory_xact_lock(hashtext('campaigns audit chain'));
  if (select coalesce(max(l.link), 0) from audit_log l) <> (request ->> 'after')::bigint then return false; end if;
  update audit_log l set link = (request ->> 'after')::bigint + e.nth, hash = e.seal ->> 'hash'
  from jsonb_array_elements(request -> 'seals') with ordinality as e (seal, nth) where l.seq = (e.seal ->> 'seq')::bigint;
  return true;
end $$;

create or replace function public.campaigns_sealed_audit(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(e) order by e.link), '[]') from (
    select l.* from audit_log l
    where owner is null and l.link > (request ->> 'after')::bigint order by l.link limit (request ->> 'limit')::integer) as e
$$;

-- For the proof that calls were allowed: entries in their order, with the number that each is about, while it is known.
create or replace function public.campaigns_audit_history(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(e) order by e.seq), '[]') from (
    select l.*, s.phone_number from audit_log l left join audit_subjects s on s.id = l.subject
    where l.seq > (request ->> 'after')::bigint
      and l.action in (select jsonb_array_elements_text(request -> 'actions'))
      and (owner is null or l.user_id = owner or l.action in ('call.ended', 'dnc.dropped', 'dnc.imported')
        or (l.action in ('dnc.added', 'dnc.removed') and (right(s.phone_number, 1) = '*'
          or exists (select 1 from campaign_calls k join call_attempts a on a.call_id = k.id
                     where k.phone_number = s.phone_number and campaigns_owns(k, owner)))))
    order by l.seq limit (request ->> 'limit')::integer) as e
$$;

-- Dials by attempt, with what is stored of their numbers.
create or replace function public.campaigns_audited_dials(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(e) order by e.attempt_id), '[]') from (
    select a.id as attempt_id, k.id as call_id, k.campaign_id, coalesce(c.user_id, k.user_id) as user_id, k.phone_number, k.place,
      a.claimed_at, a.dialed_at, a.answered_at, a.ended_at, a.local_day, a.ending, a.callback_at,
      coalesce((select jsonb_agg(to_jsonb(d)) from do_not_call_numbers d where d.phone_number = k.phone_number
        or (right(d.phone_number, 1) = '*' and starts_with(k.phone_number, rtrim(d.phone_number, '*')))), '[]') as entries,
      coalesce((select jsonb_agg(to_jsonb(s)) from consents s where s.phone_number = k.phone_number), '[]') as consents
    from call_attempts a join campaign_calls k on k.id = a.call_id left join campaigns c on c.id = k.campaign_id
    where a.dialed_at is not null and campaigns_owns(k, owner)
      and (request ->> 'after' is null or a.id > campaigns_uuid(request ->> 'after'))
    order by a.id limit (request ->> 'limit')::integer) as e
$$;

-- ------------------------------------------------------------------------------------------------------- encryption
--
-- Contact data is encrypted, decrypted or given another key by the program, batch by batch, so that it may be broken off and gone
-- on with at any row. These are called without the word for what the project is sealed with, which they change; each that writes
-- takes the lock that keeps others from reading and writing by the word before.

-- What it is sealed with, and how many numbers are plain, or sealed, by the id of their key.
create or replace function public.campaigns_encryption(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select jsonb_build_object(
    'encryption', (select to_jsonb(e) from encryption e),
    'numbers', (select coalesce(jsonb_object_agg(g.key, g.n), '{}') from (
      select case when left(x.phone_number, 1) = '~' then substr(x.phone_number, 2, 8) else 'plain' end as key, count(*) as n
      from (
        select phone_number from contacts union all select phone_number from csv_contacts
        union all select phone_number from campaign_calls union all select phone_number from do_not_call_numbers
        union all select phone_number from consents union all select phone_number from audit_subjects) as x
      where campaigns_somebodys(x.phone_number) and right(x.phone_number, 1) <> '*' group by 1) as g))
$$;

-- From here on what is written is written anew. `was`: what the program takes it to be sealed with. Not while somebody dials.
create or replace function public.campaigns_begin_rekeying(request jsonb, at timestamptz, owner uuid default null)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare next encryption := jsonb_populate_record(null::encryption, nullif(request -> 'next', 'null'));
begin
  perform pg_advisory_xact_lock(1935762284, 1);
  if campaigns_sealing() is distinct from request ->> 'was' then return 'turned'; end if;
  if exists (select 1 from runners r where r.lease_until > campaigns_now(request)) then return 'in_use'; end if;
  if request -> 'next' = 'null' then return 'begun'; end if;
  -- Whoever is just writing a number, a frontend for instance, writes it as it was asked to be written then.
  lock table contacts, csv_contacts, campaign_calls, do_not_call_numbers, consents, audit_subjects in share mode;
  delete from encryption;
  insert into encryption (id, state, key_id, key_check, old_id, old_check)
  values (1, next.state, next.key_id, next.key_check, next.old_id, next.old_check);
  perform campaigns_log('keys.' || next.state, null, null, null, null, null, null, jsonb_build_object('key', next.key_id));
  return 'begun';
end $$;

-- What finds a row of a table that holds contact data; null: it is none.
create or replace function public.campaigns_row_key(target text) returns text[]
language sql immutable set search_path = '' as $$
  select case
    when target in ('campaign_calls', 'call_attempts', 'contacts', 'csv_contacts', 'campaigns', 'consents', 'audit_subjects') then '{id}'::text[]
    when target = 'do_not_call_numbers' then '{phone_number,source}'
    when target = 'webhooks_heard' then '{attempt_id,event}'
    when target = 'request_keys' then '{owner,key}' end
$$;

-- Rows as they are stored, in the order of their keys, those after one.
create or replace function public.campaigns_rows_to_rekey(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language plpgsql stable set search_path = public as $$
declare
  target text := request ->> 'table';
  columns text;
  behind text;
  found_rows jsonb;
begin
  select string_agg(format('x.%I', a.attname), ', ' order by k.nth),
         string_agg(format('($1 ->> %L)::%s', a.attname, format_type(a.atttypid, null)), ', ' order by k.nth)
  into columns, behind
  from unnest(campaigns_row_key(target)) with ordinality as k (name, nth)
  join pg_attribute a on a.attrelid = ('public.' || target)::regclass and a.attname = k.name;
  execute format('select coalesce(jsonb_agg(to_jsonb(t) order by t.nth), ''[]'') from (
      select x.*, row_number() over (order by %2$s) as nth from public.%1$I x
      where $1 = ''null'' or (%2$s) > (%3$s) order by %2$s limit $2) as t', target, columns, behind)
  into found_rows using coalesce(request -> 'after', 'null'), (request ->> 'limit')::integer;
  return found_rows;
end $$;

-- Writes rows anew that are as they were. How many were not, since somebody else has changed them; null: it is sealed with something
-- else by now.
create or replace function public.campaigns_rekey(request jsonb, at timestamptz default null, owner uuid default null)
returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
  target text := request ->> 'table';
  one record;
  columns text;
  is_key text := (
    select string_agg(format('x.%1$I = ($1 ->> %1$L)::%2$s', a.attname, format_type(a.atttypid, null)), ' and ')
    from pg_attribute a where a.attrelid = ('public.' || target)::regclass and a.attname = any (campaigns_row_key(target)));
  done integer;
  missed integer := 0;
begin
  perform pg_advisory_xact_lock_shared(1935762284, 1);
  -- That it is begun is in the log; rows are written anew until it is over.
  if campaigns_sealing() is distinct from request ->> 'sealing' or not exists (select 1 from encryption e where e.state <> 'sealed')
  then return null; end if;
  if target = 'campaign_calls' then
    perform campaigns_reword(array(select (r #>> '{key,id}')::uuid from jsonb_array_elements(request -> 'rows') as r));
  end if;
  perform set_config('campaigns.bulk', 'on', true);
  for one in select r -> 'key' as key, r -> 'was' as was, r -> 'changes' as changes from jsonb_array_elements(request -> 'rows') as r loop
    if campaigns_joined_twin(target, one.key, one.changes) then continue; end if;
    select string_agg(quote_ident(key), ', ') into columns from jsonb_object_keys(one.changes) as key;
    execute format('update public.%1$I x set (%2$s) = (select %2$s from jsonb_populate_record(null::public.%1$I, $2))
      where %3$s and not exists (select 1 from jsonb_each($3) w where w.value is distinct from to_jsonb(x) -> w.key)',
      target, columns, is_key) using one.key, one.changes, one.was;
    get diagnostics done = row_count;
    if done = 0 then missed := missed + 1; end if;
  end loop;
  perform set_config('campaigns.bulk', '', true);
  return missed;
end $$;

-- The number was put on the same list meanwhile: the longer term holds.
create or replace function public.campaigns_joined_twin(target text, key jsonb, changes jsonb) returns boolean
language plpgsql set search_path = public as $$
declare
  old do_not_call_numbers;
  joined boolean;
begin
  if target <> 'do_not_call_numbers' or not changes ? 'phone_number' then return false; end if;
  select * into old from do_not_call_numbers d
  where d.phone_number = key ->> 'phone_number' and d.source = key ->> 'source' for update;
  if not found then return false; end if;
  -- It was on the list for another time than the log says.
  perform set_config('campaigns.bulk', '', true);
  update do_not_call_numbers d
  set expires_at = case when d.expires_at is null or old.expires_at is null then null else greatest(d.expires_at, old.expires_at) end,
      added_by = case when d.added_by is not distinct from old.added_by then d.added_by else 'several' end
  where d.phone_number = changes ->> 'phone_number' and d.source = key ->> 'source';
  joined := found;
  perform set_config('campaigns.bulk', 'on', true);
  if not joined then return false; end if;
  -- The number is on the list still.
  perform set_config('campaigns.bulk', 'anew', true);
  delete from do_not_call_numbers d where d.phone_number = key ->> 'phone_number' and d.source = key ->> 'source';
  perform set_config('campaigns.bulk', 'on', true);
  return true;
end $$;

-- Every number is written anew: `left`: one is not, which somebody has written meanwhile.
create or replace function public.campaigns_end_rekeying(request jsonb, at timestamptz default null, owner uuid default null)
returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare was encryption;
begin
  perform pg_advisory_xact_lock(1935762284, 1);
  select * into was from encryption;
  if campaigns_sealing() is distinct from request ->> 'sealing' then return 'turned'; end if;
  if was.state = 'sealed' or was.state is null then return 'done'; end if;
  if was.state = 'decrypting' then
    delete from encryption;
  else
    if exists (
      select 1 from (
        select phone_number from contacts union all select phone_number from csv_contacts
        union all select phone_number from campaign_calls union all select phone_number from do_not_call_numbers
        union all select phone_number from consents union all select phone_number from audit_subjects) as x
      where x.phone_number not like '~%' and x.phone_number not like 'erased:%' and right(x.phone_number, 1) <> '*')
    then return 'left'; end if;
    update encryption set state = 'sealed', old_id = null, old_check = null;
  end if;
  perform campaigns_log('keys.finished', null, null, null, null, null, null,
    jsonb_build_object('was', was.state, 'key', was.key_id));
  return 'done';
end $$;

insert into public.campaigns_schema (version) values (10) on conflict do nothing;
