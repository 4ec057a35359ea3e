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
  if jsonb_typeof(new.variables) = 'string' and new.variables is distinct from old.variables
    and not exists (select 1 from encryption) then
    raise check_violation using message = 'variables: expected an object of texts, found a sealed one, and nothing is encrypted here';
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

-- From when on contact data is encrypted, a number is written as the key seals it, whoever writes: one that is not would be another
-- number to SQL, and called although it is on the list. Prefixes and erased calls are nobody's number. Before that none is.
create or replace function public.campaigns_check_spelling() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  key text := (select '~' || e.key_id from public.encryption e where e.state <> 'decrypting');
  takes_prefixes boolean := tg_table_name in ('do_not_call_numbers', 'audit_subjects');
  wrong boolean;
begin
  if tg_level = 'ROW' then
    wrong := case when key is null then new.phone_number like '~%'
      else left(new.phone_number, 10) not in (key || '~', key || '.') and new.phone_number not like 'erased:%'
        and not (takes_prefixes and right(new.phone_number, 1) = '*') end;
  elsif key is null then
    wrong := exists (select 1 from fresh f where f.phone_number like '~%');
  else
    wrong := exists (select 1 from fresh f where left(f.phone_number, 10) not in (key || '~', key || '.')
      and f.phone_number not like 'erased:%' and not (takes_prefixes and right(f.phone_number, 1) = '*'));
  end if;
  if wrong then
    raise check_violation using message = case when key is null
      then 'phone_number: expected a number, found one that is sealed, and nothing is encrypted here'
      else 'phone_number: expected a number sealed with the key of this project; see campaigns keys status' end;
  end if;
  return new;
end $$;

do $$
declare ours text;
begin
  foreach ours in array '{contacts,csv_contacts,campaign_calls,do_not_call_numbers,consents,audit_subjects}'::text[] loop
    execute format('create or replace trigger campaigns_sealed_inserted after insert on public.%I
                    referencing new table as fresh for each statement execute function public.campaigns_check_spelling()', ours);
    execute format('create or replace trigger campaigns_sealed_updated before update of phone_number on public.%I
                    for each row when (new.phone_number is distinct from old.phone_number)
                    execute function public.campaigns_check_spelling()', ours);
  end loop;
end $$;

-- A program of before, which knows of no key and is running still, would leave texts for everybody to read. A frontend may: it has
-- no key, and they are sealed when the key is changed. A reason on the do-not-call list is left out: nobody's wish fails for what
-- is said of it.
create or replace function public.campaigns_check_text() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select 1 from public.encryption e where e.state <> 'decrypting') then
    raise check_violation using message = tg_argv[0] || ': expected what is sealed with the key of this project; see campaigns keys status';
  end if;
  return new;
end $$;

do $$
declare ours record;
begin
  for ours in select * from (values ('campaigns', 'campaign_prompt'), ('campaigns', 'voicemail_message'), ('campaign_calls', 'notes'),
    ('call_attempts', 'agent_notes'), ('webhooks_heard', 'said'), ('request_keys', 'request'), ('request_keys', 'body')) as texts (name, text)
  loop
    execute format('create or replace trigger campaigns_closed_%2$s before insert or update of %2$I on public.%1$I
                    for each row when (new.%2$I not like ''~%%'' and current_setting(''role'', true) = ''service_role'')
                    execute function public.campaigns_check_text(%2$L)', ours.name, ours.text);
  end loop;
end $$;

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
  if found then perform campaigns_copy_contacts(c, campaigns_at(request, at), request -> 'prefixed'); end if;
end $$;

-- Calls get their place, and are due; `ending`: as what one ends whose number nobody can dial.
create or replace function public.campaigns_admit_calls(request jsonb, at timestamptz, owner uuid default null)
returns void language sql set search_path = public as $$
  update campaign_calls k
  set status = coalesce(g ->> 'status', k.status), end_reason = coalesce(g ->> 'ending', k.end_reason),
      completed_at = case when g ->> 'ending' is not null then at else k.completed_at end,
      place = coalesce(g ->> 'place', k.place),
      next_attempt_at = case when g ->> 'ending' is not null then null
                             when isfinite(k.next_attempt_at) then k.next_attempt_at else campaigns_at(request, at) end,
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
      next_attempt_at = null, callback_at = null, callback_zone = null, completed_at = at, updated_at = at
  where c.id = k and campaigns_owns(c, owner);
end $$;

-- ------------------------------------------------------------------------------------------------------ frontends
--
-- Rows that a signed-in user writes under their own rights: the last file says which columns. The functions below see such a user by
-- `current_user` in the trigger's condition; they run as their owner, since that user may neither ask the clock nor end calls.

-- What the program reads back: instants that are instants, text of a length that a screen and a request have room for. Names
-- of contacts and files come from outside and are shown as such; what an operator types by hand has no control characters.
create or replace function public.campaigns_check_frontend() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  before jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) else '{}' end;
  given record;
  is_long boolean;
  is_typed boolean := tg_table_name in ('campaigns', 'contact_lists', 'consents', 'phone_number');
begin
  for given in
    select e.key, e.value, e.value #>> '{}' as text from jsonb_each(to_jsonb(new)) as e
    where e.value <> 'null' and e.value is distinct from before -> e.key
  loop
    is_long := given.key in ('campaign_prompt', 'description', 'notes', 'proof', 'variables', 'voicemail_message');
    if length(given.text) > (case when is_long or not is_typed then 100000 else 500 end) then
      raise check_violation using message = format('%s: expected less text', given.key);
    elsif given.key in ('created_at', 'updated_at', 'granted_at', 'expires_at', 'revoked_at')
      and given.text !~ '^[12][0-9]{3}-[^ ]*$' then
      raise check_violation using message = format('%s: expected an instant', given.key);
    elsif is_typed and not is_long and given.text ~ '[\u0001-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]' then
      raise check_violation using message = format('%s: expected text without line breaks and control characters', given.key);
    elsif tg_table_name = 'consents' and given.key = 'phone_number' and given.text !~ '^\+[1-9][0-9]{6,14}$' then
      raise check_violation using message = 'phone_number: expected a number in E.164';
    elsif given.key = 'time_zone' and given.text !~ '^[A-Za-z][A-Za-z0-9_+/-]*$' then
      raise check_violation using message = 'time_zone: expected the name of a time zone such as Europe/London';
    elsif given.key = 'variables' and (jsonb_typeof(given.value) <> 'object'
      or jsonb_path_exists(given.value, '$.* ? (@.type() <> "string")')) then
      raise check_violation using message = 'variables: expected an object of texts';
    elsif tg_table_name = 'campaigns' and not (case given.key
        when 'daily_cap' then given.text::numeric between 1 and 10000000
        when 'concurrency' then given.text::numeric between 1 and 10000
        when 'delay_ms' then given.text::numeric between 0 and 86400000
        when 'max_attempts' then given.text::numeric between 1 and 100
        when 'retry_after_ms' then length(given.text) < 1000 and not jsonb_path_exists(given.value, '$[*] ? (@ < 0 || @ > 31536000000)')
        when 'ring_seconds' then given.text::numeric between 5 and 60
        when 'max_duration_seconds' then given.text::numeric between 1 and 86400
        when 'min_talk_seconds' then given.text::numeric between 0 and 86400
        when 'expect_answers' then given.text in ('normal', 'low')
        when 'calling_hours' then given.text ~ '^[0-9:,-]*$'
        when 'max_per_contact' then given.text ~ '^([0-9]+/[0-9.]+[a-z]+)?$'
        when 'dnc_max_age_ms' then given.text::numeric between 0 and 31622400000
        when 'retention_ms' then given.text::numeric between 0 and 316224000000
        when 'missed_callback' then given.text in ('next-day', 'retry', 'close')
        when 'on_voicemail' then given.text ~ '^[a-z_]{1,20}$'
        when 'voicemail_after_ms' then given.text::numeric between 0 and 600000
        when 'rules' then given.text ~ '^[a-z,-]*$'
        else true end) then
      raise check_violation using message = format('%s: expected another value', given.key);
    end if;
  end loop;
  if tg_table_name in ('contacts', 'csv_contacts') and tg_op = 'UPDATE'
    and (before ->> 'phone_number', before ->> 'time_zone') is distinct from (to_jsonb(new) ->> 'phone_number', to_jsonb(new) ->> 'time_zone')
  then
    -- Of somebody else, who lives elsewhere perhaps.
    new.place := null;
    new.consent := null;
  end if;
  return new;
end $$;

-- The moves are those of domain/calls/campaign.ts, by whichever door. Settings are those of a campaign that makes no calls; its source is fixed
-- once its contacts are calls.
create or replace function public.campaigns_frontend_writes() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  at timestamptz := public.campaigns_now('{}');
  was text;
  moves text[] := '{execution_status,updated_at}';
begin
  new.updated_at := at;
  if tg_op = 'INSERT' then
    if coalesce(new.execution_status, 'idle') not in ('idle', 'running') then
      raise check_violation using message = 'execution_status: expected a new campaign to be idle or running';
    end if;
    new.created_at := at;
    new.status_at := at;
    return new;
  end if;
  was := public.campaigns_status(old.execution_status);
  if was not in ('idle', 'paused', 'error') and to_jsonb(new) - moves <> to_jsonb(old) - moves then
    raise check_violation using message = format('expected a campaign that is not %s: pause it first', was);
  end if;
  if old.copied_at is not null and (new.contact_source, new.contact_list_id, new.csv_file_id)
    is distinct from (old.contact_source, old.contact_list_id, old.csv_file_id) then
    raise check_violation using message = 'expected a campaign whose contacts are not calls yet: its source is fixed';
  end if;
  if new.execution_status is not distinct from old.execution_status then return new; end if;
  if not (case new.execution_status
      when 'running' then was in ('idle', 'paused', 'error')
      when 'paused' then was = 'running'
      when 'completed' then was <> 'completed'
      else false end) then
    raise check_violation using message = format('execution_status: no move leads from %s to %s', was, new.execution_status);
  end if;
  new.status_at := at;
  new.status_reason := case new.execution_status
    when 'paused' then 'paused by its owner' when 'completed' then 'stopped by its owner' end;
  new.hang_up := false;
  new.next_call_at := case when new.execution_status = 'running' then at end;
  new.waiting_because := null;
  -- After what may have been our own fault one test call goes first: domain/calls/circuit-breaker.ts.
  new.recent := case
    when new.execution_status <> 'running' then old.recent
    when old.recent ~ 'a[^agq]*$' then 'q'
    when old.recent ~ '([xidn][agqrf]*|p[^.]*)$' then
      case when right(old.recent, 20) like '%r%' then 'r' else '' end || case when right(old.recent, 20) like '%f%' then 'f' else '' end || 'p'
    else old.recent end;
  return new;
end $$;

-- As campaigns_move_campaign ends them.
create or replace function public.campaigns_frontend_stopped() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  update public.campaign_calls k
  set end_reason = went.reason, status = case when went.reason in ('no_answer', 'busy') then went.reason
        when went.reason in ('voicemail', 'screened') then 'completed' else 'failed' end,
      next_attempt_at = null, completed_at = new.status_at, updated_at = new.status_at
  from (
    select id, case when end_reason is not null and attempts_spent > 0 then end_reason else 'stopped' end as reason
    from public.campaign_calls where campaign_id = new.id and status = 'pending' and attempt_id is null
  ) as went
  where k.id = went.id;
  return null;
end $$;

-- The records of calls are what limits per contact and trunk count, and what shows that a call was allowed.
create or replace function public.campaigns_frontend_deletes() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  if exists (select 1 from public.call_attempts a
             where a.campaign_id = old.id and (a.state <> 'ended' or a.dialed_at is not null)) then
    raise check_violation using message = 'expected a campaign that has called nobody: the records of its calls are kept';
  end if;
  return old;
end $$;

do $$
declare ours text;
begin
  foreach ours in array '{campaigns,contact_lists,contacts,csv_files,csv_contacts,consents,phone_number}'::text[] loop
    execute format('create or replace trigger campaigns_frontend_checked before insert or update on public.%I for each row
                    when (current_user = ''authenticated'') execute function public.campaigns_check_frontend()', ours);
  end loop;
end $$;
create or replace trigger campaigns_frontend_written before insert or update on public.campaigns
  for each row when (current_user = 'authenticated') execute function public.campaigns_frontend_writes();
create or replace trigger campaigns_frontend_stopped after update of execution_status on public.campaigns
  for each row when (current_user = 'authenticated' and new.execution_status = 'completed'
                     and old.execution_status is distinct from new.execution_status)
  execute function public.campaigns_frontend_stopped();
create or replace trigger campaigns_frontend_deleted before delete on public.campaigns
  for each row when (current_user = 'authenticated') execute function public.campaigns_frontend_deletes();

-- For frontends: rpc("campaigns_start", {id}). They run with the caller's rights, and find the caller's campaigns only.
create or replace function public.campaigns_frontend_move(id uuid, move text, allowed text[], leads_to text) returns jsonb
language plpgsql set search_path = '' as $$
declare was text;
begin
  select c.execution_status into was from public.campaigns c
  where c.id = campaigns_frontend_move.id and c.user_id = (select auth.uid()) for no key update;
  if not found then
    raise sqlstate 'PT404' using message = 'expected a campaign of yours, found none with this id';
  end if;
  if not coalesce(was, 'idle') = any (allowed) then
    raise sqlstate 'PT409' using message = format('cannot %s it: it is %s, and must be %s', move, was, array_to_string(allowed, ' or '));
  end if;
  update public.campaigns c set execution_status = leads_to where c.id = campaigns_frontend_move.id;
  return (select jsonb_build_object('id', c.id, 'execution_status', c.execution_status, 'status_reason', c.status_reason)
          from public.campaigns c where c.id = campaigns_frontend_move.id);
end $$;
create or replace function public.campaigns_start(id uuid) returns jsonb language sql set search_path = '' as
  $$ select public.campaigns_frontend_move(id, 'start', '{idle}', 'running') $$;
create or replace function public.campaigns_pause(id uuid) returns jsonb language sql set search_path = '' as
  $$ select public.campaigns_frontend_move(id, 'pause', '{running}', 'paused') $$;
create or replace function public.campaigns_resume(id uuid) returns jsonb language sql set search_path = '' as
  $$ select public.campaigns_frontend_move(id, 'resume', '{paused,error}', 'running') $$;
create or replace function public.campaigns_stop(id uuid) returns jsonb language sql set search_path = '' as
  $$ select public.campaigns_frontend_move(id, 'stop', '{idle,running,paused,error}', 'completed') $$;

insert into public.campaigns_schema (version) values (9) on conflict do nothing;
