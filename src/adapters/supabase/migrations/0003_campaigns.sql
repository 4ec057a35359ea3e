-- Contacts, campaigns and calls: one function per verb of the Store port, named like it, all called alike:
--   request  what the verb is told
--   at       the instant it happens; no function but campaigns_now asks a clock
--   owner    only this owner's rows; null: everybody's
-- They run with the caller's rights (security invoker), and only service_role may call them: see the last lines. Those that write
-- what the audit log does not tell row by row run as their owner, and say so by campaigns.bulk, of which nobody else is believed:
-- see 0010.
-- A write that comes twice, since its answer was lost, changes nothing the second time and answers the same.

-- ------------------------------------------------------------------------------------------------------- helpers

-- The uuid that a text spells; null when it spells none, so that a wrong id is an unknown one.
create or replace function public.campaigns_uuid(spelled text) returns uuid
language plpgsql immutable set search_path = public as $$
begin
  return case
    when spelled ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then spelled::uuid
  end;
end $$;

-- Numbers and texts may be encrypted, by the program, which alone has the key (adapters/sealing-key.ts says how they look). Equal
-- numbers are equal then too. What SQL asks of a number beside that:

-- The number that a request is about, however it is written.
create or replace function public.campaigns_numbers(request jsonb) returns text[]
language plpgsql immutable set search_path = public as $$
begin
  return case jsonb_typeof(request -> 'phone_number')
    when 'array' then array(select jsonb_array_elements_text(request -> 'phone_number'))
    else array[request ->> 'phone_number'] end;
end $$;

-- Can it be dialed? E.164 as the parser spells it, or what was before it was sealed.
create or replace function public.campaigns_dialable(number text) returns boolean
language plpgsql immutable set search_path = '' as $$
begin
  return number ~ '^\+[1-9][0-9]{6,14}$' or number ~ '^~[0-9a-f]{8}~';
end $$;

-- Is it somebody's, and not erased?
create or replace function public.campaigns_somebodys(number text) returns boolean
language sql immutable set search_path = '' as $$ select left(number, 1) in ('+', '~') $$;

-- What the project's contact data is sealed with, in one word that program and database compare before anything is read.
create or replace function public.campaigns_sealing() returns text
language plpgsql stable set search_path = public as $$
begin
  return coalesce((select concat_ws(' ', e.state, e.key_id, e.key_check, e.old_id, e.old_check) from encryption e), 'plain');
end $$;

-- INSERT and UPDATE spelled from the columns of a row, so that no column is listed twice.
create or replace function public.campaigns_insert(target text, given jsonb) returns void
language plpgsql set search_path = public as $$
declare columns text := (select string_agg(quote_ident(key), ', ') from jsonb_object_keys(given) as key);
begin
  execute format('insert into public.%I (%s) select %s from jsonb_populate_record(null::public.%I, $1)
                  on conflict (id) do nothing', target, columns, columns, target) using given;
end $$;

create or replace function public.campaigns_update(target text, given jsonb) returns void
language plpgsql set search_path = public as $$
declare columns text := (select string_agg(quote_ident(key), ', ') from jsonb_object_keys(given - 'id') as key);
begin
  execute format('update public.%I set (%s) = (select %s from jsonb_populate_record(null::public.%I, $1)) where id = $2',
                 target, columns, columns, target) using given, (given ->> 'id')::uuid;
end $$;

-- Words of the system before, read as ours: what is unknown counts as over.
create or replace function public.campaigns_status(word text) returns text
language plpgsql immutable set search_path = public as $$
begin
  return case when word in ('idle', 'running', 'paused', 'completed', 'error') then word else 'error' end;
end $$;

create or replace function public.campaigns_call_status(word text) returns text
language plpgsql immutable set search_path = public as $$
begin
  return case
    when word in ('pending', 'calling', 'answered', 'completed', 'no_answer', 'busy', 'failed') then word
    when replace(word, '-', '_') in ('no_answer') then 'no_answer'
    else 'failed'
  end;
end $$;

create or replace function public.campaigns_outcome(word text) returns text
language plpgsql immutable set search_path = public as $$
begin
  return case
    when word in ('interested', 'not_interested', 'callback', 'do_not_call', 'voicemail', 'wrong_number') then word
  end;
end $$;

-- What a campaign's row says, in short, apart from what changes as it runs: who has read it once knows it again. SQL cannot
-- tell whether a row can be read (is `Mars/Olympus` a zone?), so claims and dials ask the program, who has not said so yet.
create or replace function public.campaigns_reading(c public.campaigns) returns text
language plpgsql stable set search_path = public as $$
begin
  return md5((to_jsonb(c) - '{recent, last_trouble, dials, pickups, interested, not_interested, callback, do_not_call,
    total_usage, current_daily_calls, total_calls_made, total_calls_answered, last_execution_at, last_daily_reset, daily_day,
    next_call_at, updated_at, last_hand_out_at, last_dial_at, last_trunk_id, waiting_because, notify_due_at, notify_failures,
    notify_error}'::text[])::text);
end $$;

-- Rows as the program reads them.
create or replace function public.campaigns_row(c public.campaigns) returns jsonb
language plpgsql stable set search_path = public as $$
begin
  return to_jsonb(c) || jsonb_build_object(
    'execution_status', campaigns_status(c.execution_status),
    'assistant_id', coalesce(c.assistant_id::text, ''),
    'daily_cap', coalesce(c.daily_cap, 100),
    'calling_days', (select coalesce(jsonb_agg(lower(left(day, 3))), '[]') from unnest(c.calling_days) as day),
    'start_hour', coalesce(c.start_hour, 9),
    'end_hour', coalesce(c.end_hour, 17),
    'status_at', coalesce(c.status_at, c.updated_at, c.created_at, 'epoch'),
    'created_at', coalesce(c.created_at, 'epoch'),
    'reading', campaigns_reading(c),
    'next_callback_at', (
      select min(k.callback_at) from campaign_calls k
      where k.campaign_id = c.id and k.callback_at is not null and k.status = 'pending' and k.attempt_id is null)
  );
end $$;

create or replace function public.campaigns_call_row(c public.campaign_calls) returns jsonb
language plpgsql stable set search_path = public as $$
begin
  return to_jsonb(c) || jsonb_build_object(
    'status', campaigns_call_status(c.status), 'outcome', campaigns_outcome(c.outcome));
end $$;

-- Dials of a local day that cost their contact an attempt: told by the rows, whoever wrote them. However many there were, few
-- are read: the greatest number of a dial, those without one, and those that rang nobody (`unrung`: endings that cost none), each
-- ending by itself: of several at once PostgreSQL expects so many that it reads all. Of a row that somebody removed the number
-- stays taken: never fewer than there are.
create or replace function public.campaigns_dialed(campaign uuid, day date, unrung jsonb) returns integer
language plpgsql stable set search_path = public as $$
begin
  return (
    (select coalesce(max(a.nth_of_day), 0) from call_attempts a
     where a.campaign_id = campaign and a.local_day = day and a.nth_of_day is not null)
    + (select count(*) from call_attempts a
       where a.campaign_id = campaign and a.local_day = day and a.nth_of_day is null and a.dialed_at is not null)
    - (select coalesce(sum(n.n), 0) from (select distinct jsonb_array_elements_text(unrung) as ending) as e, lateral (
         select count(*) as n from call_attempts a
         where a.campaign_id = campaign and a.local_day = day and a.state = 'ended' and a.answered_at is null and a.dialed_at is not null
           and a.ending = e.ending) as n))::integer;
end $$;

-- Each dial of a day gets the next number, whoever writes it: one after the other, under the lock of their campaign, which the
-- engine holds by then.
create or replace function public.campaigns_number_dial() returns trigger
language plpgsql set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and old.nth_of_day is not null then
    if (new.campaign_id, new.local_day) is distinct from (old.campaign_id, old.local_day) then
      raise exception 'local_day: expected the campaign and the day in which the dial left';
    end if;
    return new;
  end if;
  new.nth_of_day := null;
  if new.dialed_at is null or new.local_day is null or new.campaign_id is null then return new; end if;
  perform 1 from public.campaigns c where c.id = new.campaign_id for no key update;
  new.nth_of_day := 1 + coalesce((
    select max(a.nth_of_day) from public.call_attempts a
    where a.campaign_id = new.campaign_id and a.local_day = new.local_day and a.nth_of_day is not null), 0);
  return new;
end $$;
create or replace trigger call_attempts_dialed_in_day before insert on public.call_attempts
  for each row execute function public.campaigns_number_dial();
create or replace trigger call_attempts_redialed_in_day before update of campaign_id, local_day, dialed_at on public.call_attempts
  for each row when ((new.campaign_id, new.local_day, new.dialed_at) is distinct from (old.campaign_id, old.local_day, old.dialed_at))
  execute function public.campaigns_number_dial();
-- Those from before.
update public.call_attempts a set nth_of_day = n.known + n.n
from (
  select x.id, row_number() over (partition by x.campaign_id, x.local_day order by x.dialed_at, x.id)::integer as n,
    coalesce((select max(k.nth_of_day) from public.call_attempts k
              where k.campaign_id = x.campaign_id and k.local_day = x.local_day and k.nth_of_day is not null), 0) as known
  from public.call_attempts x
  where x.nth_of_day is null and x.dialed_at is not null and x.local_day is not null and x.campaign_id is not null) as n
where a.id = n.id;

drop function if exists public.campaigns_last_claim(uuid);
create or replace function public.campaigns_last_claim(campaign uuid, at timestamptz default null) returns timestamptz
language plpgsql stable set search_path = public as $$
begin
  return (
    select max(a.claimed_at) from call_attempts a
    where a.campaign_id = campaign and a.claimed_at <= coalesce(at + interval '5 seconds', 'infinity'));
end $$;

-- The last dial that left with a number of ours: phone_number.last_used_at, which anybody may write, is for those who read it.
create or replace function public.campaigns_last_use(caller text, at timestamptz default null) returns timestamptz
language plpgsql stable set search_path = public as $$
begin
  return (
    select max(a.dialed_at) from call_attempts a
    where a.from_number = caller and isfinite(a.dialed_at) and a.dialed_at <= coalesce(at + interval '5 seconds', 'infinity'));
end $$;

-- From when on the next dial may leave: domain/calls/pace.ts. What a clock that was ahead has told holds nobody.
create or replace function public.campaigns_free_from(last timestamptz, milliseconds integer, at timestamptz)
returns timestamptz
language plpgsql immutable set search_path = public as $$
begin
  return case when last is null or coalesce(milliseconds, 0) = 0 or last > at + interval '5 seconds' then '-infinity'
              else least(last, at) + milliseconds * interval '1 millisecond' end;
end $$;

-- Is the contact of a call marked do-not-call in its list or file, whenever that was written?
create or replace function public.campaigns_marked(k public.campaign_calls) returns boolean
language plpgsql stable set search_path = public as $$
begin
  return exists (
    select 1 from campaigns m join contacts x on x.contact_list_id = m.contact_list_id
    where m.id = k.campaign_id and x.phone_number = k.phone_number and x.do_not_call)
  or exists (
    select 1 from campaigns m join csv_contacts x on x.csv_file_id = m.csv_file_id
    where m.id = k.campaign_id and x.phone_number = k.phone_number and x.do_not_call)
  or exists (select 1 from contacts x where x.id = k.contact_id and x.do_not_call)
  or exists (select 1 from csv_contacts x where x.id = k.contact_id and x.do_not_call);
end $$;

-- An object of texts, as the variables of a contact are; or what was one before it was sealed.
create or replace function public.campaigns_texts(given jsonb) returns boolean
language sql immutable set search_path = public as $$
  select jsonb_typeof(given) = 'object' and not exists (
    select 1 from jsonb_each(case when jsonb_typeof(given) = 'object' then given end) as e where jsonb_typeof(e.value) <> 'string')
  or jsonb_typeof(given) = 'string' and given #>> '{}' ~ '^~[0-9a-f]{8}!'
$$;

-- What a trunk carries, for all campaigns and owners together, and what it may. Whoever is about to dial counts, and keeps the
-- pace of, the dials alone.
drop function if exists public.campaigns_trunk_load(text, text);
create or replace function public.campaigns_trunk_load(trunk text, counting text, at timestamptz default null) returns jsonb
language plpgsql stable set search_path = public as $$
begin
  return jsonb_build_object(
    'live', (select count(*) from call_attempts a
             where a.trunk_id = trunk and a.state <> 'ended' and (a.state <> 'claimed' or counting = 'handed_out')),
    'last_use', case counting
      when 'handed_out' then (select max(a.claimed_at) from call_attempts a
        where a.trunk_id = trunk and a.claimed_at <= coalesce(at + interval '5 seconds', 'infinity'))
      else (select max(a.dialed_at) from call_attempts a
        where a.trunk_id = trunk and a.dialed_at <= coalesce(at + interval '5 seconds', 'infinity')) end,
    'interval_ms', coalesce((select l.interval_ms from trunk_limits l where l.trunk_id = trunk), 0),
    'concurrency', (select l.concurrency from trunk_limits l where l.trunk_id = trunk));
end $$;

-- Who is alive is judged by one clock, the database's: two machines may be a minute apart. The only function that asks a
-- clock; a test, in which time is an argument, says it in the request.
create or replace function public.campaigns_now(request jsonb) returns timestamptz
language plpgsql volatile set search_path = public as $$
begin
  return coalesce((request ->> 'clock')::timestamptz, clock_timestamp());
end $$;

-- Does the caller's clock say something else, or did the request take that long? Then nothing is handed out, nor dialed.
create or replace function public.campaigns_clock_off(request jsonb, at timestamptz) returns boolean
language plpgsql volatile set search_path = public as $$
begin
  return abs(extract(epoch from at - campaigns_now(request))) > 5;
end $$;

-- When it happens: by the database's clock, where the caller's says something else. A call that is due by a clock that is ahead
-- would wait for that hour.
create or replace function public.campaigns_at(request jsonb, at timestamptz) returns timestamptz
language plpgsql volatile set search_path = public as $$
begin
  return case when campaigns_clock_off(request, at) then campaigns_now(request) else at end;
end $$;

create or replace function public.campaigns_version() returns integer
language sql stable set search_path = public as $$ select max(version) from campaigns_schema $$;

-- ---------------------------------------------------------------------------------------------------------- counts

-- What campaign_counts is to say, from the calls themselves. Null: of all campaigns. Planned for the one or for all: a plan for
-- both would read everybody's.
create or replace function public.campaigns_counted(campaign uuid) returns setof public.campaign_counts
language plpgsql stable set search_path = public set plan_cache_mode = force_custom_plan as $$
begin
  return query
  -- The project's own columns may be of another kind of text.
  select k.campaign_id, k.status::text,
    case when k.status in ('pending', 'calling', 'answered') then '' else coalesce(k.end_reason::text, '') end,
    coalesce(k.outcome::text, ''), count(*), count(k.reached_in), count(k.callback_at), count(k.callback_missed_at)
  from campaign_calls k where k.campaign_id is not null and (campaign is null or k.campaign_id = campaign) group by 1, 2, 3, 4;
end $$;

-- The same of attempt_counts.
create or replace function public.campaigns_attempts_counted(campaign uuid) returns setof public.attempt_counts
language plpgsql stable set search_path = public set plan_cache_mode = force_custom_plan as $$
begin
  return query
  select a.campaign_id, sum(greatest(a.cost_micros, 0))::bigint, count(a.first_audio_ms), count(*) filter (where a.first_audio_ms > 2000)
  from call_attempts a
  where a.campaign_id is not null and (campaign is null or a.campaign_id = campaign)
    and (a.cost_micros > 0 or a.first_audio_ms is not null)
  group by 1;
end $$;

create or replace function public.campaigns_recount(campaign uuid) returns void
language sql set search_path = public as $$
  delete from campaign_counts n where n.campaign_id = campaign;
  insert into campaign_counts select * from campaigns_counted(campaign);
  delete from attempt_counts n where n.campaign_id = campaign;
  insert into attempt_counts select * from campaigns_attempts_counted(campaign);
$$;

-- Once for each statement, however many rows it writes: a start writes a million. Under the lock of the campaign, as its events
-- are written: whoever writes a call waits for nobody but those who do already.
create or replace function public.campaigns_count_calls() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  more public.campaign_counts[];
  less public.campaign_counts[];
begin
  if tg_op <> 'DELETE' then
    select array_agg(c order by c) into more from (
      select row(k.campaign_id, k.status,
        case when k.status in ('pending', 'calling', 'answered') then '' else coalesce(k.end_reason, '') end,
        coalesce(k.outcome, ''), count(*), count(k.reached_in), count(k.callback_at), count(k.callback_missed_at)
      )::public.campaign_counts as c
      from after_it k where k.campaign_id is not null group by k.campaign_id, k.status,
        case when k.status in ('pending', 'calling', 'answered') then '' else coalesce(k.end_reason, '') end,
        coalesce(k.outcome, '')) as kinds;
  end if;
  if tg_op <> 'INSERT' then
    select array_agg(c order by c) into less from (
      select row(k.campaign_id, k.status,
        case when k.status in ('pending', 'calling', 'answered') then '' else coalesce(k.end_reason, '') end,
        coalesce(k.outcome, ''), count(*), count(k.reached_in), count(k.callback_at), count(k.callback_missed_at)
      )::public.campaign_counts as c
      from before_it k where k.campaign_id is not null group by k.campaign_id, k.status,
        case when k.status in ('pending', 'calling', 'answered') then '' else coalesce(k.end_reason, '') end,
        coalesce(k.outcome, '')) as kinds;
  end if;
  if more is not distinct from less then return null; end if;
  perform 1 from public.campaigns c
  where c.id in (select m.campaign_id from unnest(more || less) as m) order by c.id for no key update;
  insert into public.campaign_counts as kept
  select g.campaign_id, g.status, g.end_reason, g.outcome, sum(g.n * g.sign), sum(g.reached * g.sign), sum(g.promised * g.sign),
    sum(g.missed * g.sign)
  from (select m.*, 1 as sign from unnest(more) as m union all select l.*, -1 from unnest(less) as l) as g
  -- Of a campaign that goes, the calls go with it.
  join public.campaigns c on c.id = g.campaign_id
  group by 1, 2, 3, 4
  on conflict (campaign_id, status, end_reason, outcome) do update set n = kept.n + excluded.n,
    reached = kept.reached + excluded.reached, promised = kept.promised + excluded.promised, missed = kept.missed + excluded.missed;
  return null;
end $$;
create or replace trigger campaign_calls_counted after insert on public.campaign_calls
  referencing new table as after_it for each statement execute function public.campaigns_count_calls();
create or replace trigger campaign_calls_recounted after update on public.campaign_calls
  referencing old table as before_it new table as after_it for each statement execute function public.campaigns_count_calls();
create or replace trigger campaign_calls_uncounted after delete on public.campaign_calls
  referencing old table as before_it for each statement execute function public.campaigns_count_calls();

-- What an attempt adds to these, or takes from them (sign -1).
create or replace function public.campaigns_attempt_counts(campaign uuid, cost bigint, words integer, sign integer)
returns public.attempt_counts language sql immutable set search_path = public as $$
  select row(campaign, sign * greatest(cost, 0), sign * (words is not null)::integer, sign * coalesce(words > 2000, false)::integer)::attempt_counts
$$;

-- The row that it writes is locked last: whoever of the engine writes an attempt holds its campaign by then.
create or replace function public.campaigns_count_attempts() returns trigger
language plpgsql security definer set search_path = '' as $$
declare
  changes public.attempt_counts[];
begin
  if tg_op = 'INSERT' then
    select array_agg(public.campaigns_attempt_counts(a.campaign_id, a.cost_micros, a.first_audio_ms, 1)) into changes
    from after_it a where a.cost_micros > 0 or a.first_audio_ms is not null;
  elsif tg_op = 'DELETE' then
    select array_agg(public.campaigns_attempt_counts(a.campaign_id, a.cost_micros, a.first_audio_ms, -1)) into changes
    from before_it a where a.cost_micros > 0 or a.first_audio_ms is not null;
  else
    changes := array[public.campaigns_attempt_counts(old.campaign_id, old.cost_micros, old.first_audio_ms, -1),
      public.campaigns_attempt_counts(new.campaign_id, new.cost_micros, new.first_audio_ms, 1)];
  end if;
  if changes is null then return null; end if;
  insert into public.attempt_counts as kept
  select g.campaign_id, sum(g.cost_micros), sum(g.told), sum(g.late) from unnest(changes) as g
  -- Of a campaign that goes, the attempts go with it.
  join public.campaigns c on c.id = g.campaign_id
  group by g.campaign_id order by g.campaign_id
  on conflict (campaign_id) do update set cost_micros = kept.cost_micros + excluded.cost_micros, told = kept.told + excluded.told,
    late = kept.late + excluded.late;
  return null;
end $$;
create or replace trigger call_attempts_counted after insert on public.call_attempts
  referencing new table as after_it for each statement execute function public.campaigns_count_attempts();
create or replace trigger call_attempts_uncounted after delete on public.call_attempts
  referencing old table as before_it for each statement execute function public.campaigns_count_attempts();
-- Row by row: an attempt is written often, and what it adds to these changes twice.
create or replace trigger call_attempts_recounted after update of campaign_id, cost_micros, first_audio_ms on public.call_attempts
  for each row when ((new.campaign_id, new.cost_micros, new.first_audio_ms) is distinct from (old.campaign_id, old.cost_micros, old.first_audio_ms))
  execute function public.campaigns_count_attempts();
drop function if exists public.campaigns_count_attempt(), public.campaigns_analyze();

-- Those from before. Nobody writes meanwhile.
do $$
begin
  lock table public.campaign_calls, public.call_attempts in share row exclusive mode;
  delete from public.campaign_counts;
  insert into public.campaign_counts select * from public.campaigns_counted(null);
  delete from public.attempt_counts;
  insert into public.attempt_counts select * from public.campaigns_attempts_counted(null);
end $$;

-- Names of campaigns whose counts are not what their calls come to.
create or replace function public.campaigns_miscounted(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  with kept as (select * from campaign_counts n where (n.n, n.reached, n.promised, n.missed) <> (0, 0, 0, 0)),
    counted as (select * from campaigns_counted(null)),
    off as ((select * from kept except select * from counted) union all (select * from counted except select * from kept)),
    kept_attempts as (select * from attempt_counts n where (n.cost_micros, n.told, n.late) <> (0, 0, 0)),
    counted_attempts as (select * from campaigns_attempts_counted(null)),
    attempts_off as ((select * from kept_attempts except select * from counted_attempts)
      union all (select * from counted_attempts except select * from kept_attempts))
  select coalesce(jsonb_agg(c.name order by c.created_at, c.id), '[]')
  from campaigns c
  where (c.id in (select o.campaign_id from off o) or c.id in (select o.campaign_id from attempts_off o))
    and (owner is null or c.user_id = owner)
$$;

-- ------------------------------------------------------------------------------------------------------ contacts

-- Has the number a consent that holds at this instant, given to this owner or to the installation? domain/calls/consent.ts says
-- what that takes. What another owner was given or told is nobody else's; a revocation to come voids nothing yet.
drop function if exists public.campaigns_consented(text, timestamptz, uuid);
create or replace function public.campaigns_consented(
  number text, at timestamptz, owner uuid, purpose text, asked jsonb default null) returns boolean
language plpgsql stable set search_path = public as $$
begin
  return exists (
    select 1 from consents s
    where s.phone_number = number and s.proof is not null and s.granted_at <= at
      and (s.expires_at is null or s.expires_at > at)
      and (owner is null or s.user_id is null or s.user_id = owner)
      and s.purpose = campaigns_consented.purpose
      -- what the rules of the place ask for
      and (asked is null or (asked -> 'levels') ? s.level)
      and (asked ->> 'maxDays' is null or s.granted_at > at - (asked ->> 'maxDays')::integer * interval '1 day')
      and not exists (
        select 1 from consents r
        where r.phone_number = number and r.revoked_at >= s.granted_at and r.revoked_at <= at
          and (owner is null or r.user_id is null or r.user_id = owner)));
end $$;

-- Since when the number must not be called at all, whatever a campaign asks for: its consent was revoked, and none with a
-- proof was given since. Null: it may be.
create or replace function public.campaigns_revoked(numbers text[], at timestamptz, owner uuid) returns timestamptz
language plpgsql stable set search_path = public as $$
begin
  return (
    select max(r.revoked_at) from consents r
    where r.phone_number = any (numbers) and r.revoked_at <= at and (owner is null or r.user_id is null or r.user_id = owner)
      and not exists (
        select 1 from consents s
        where s.phone_number = any (numbers) and s.proof is not null and s.granted_at > r.revoked_at and s.granted_at <= at
          and (owner is null or s.user_id is null or s.user_id = owner)));
end $$;

create or replace function public.campaigns_revoked(number text, at timestamptz, owner uuid) returns timestamptz
language plpgsql stable set search_path = public as $$
begin
  return campaigns_revoked(array[number], at, owner);
end $$;

-- The prefixes on the do-not-call list, and a word for all of them. How a sealed number begins, the program alone can tell: it
-- says the word for those that it has compared, and is told of others that came.
create or replace function public.campaigns_list_prefixes(at timestamptz) returns jsonb
language plpgsql stable set search_path = public as $$
begin
  return (
    select jsonb_build_object('list', l.list, 'word', md5(l.list::text)) from (
      select coalesce(jsonb_agg(distinct d.phone_number), '[]') as list from do_not_call_numbers d
      where right(d.phone_number, 1) = '*' and (d.expires_at is null or d.expires_at > at)) as l);
end $$;

create or replace function public.campaigns_prefixes(request jsonb, at timestamptz, owner uuid default null) returns jsonb
language sql stable set search_path = public as $$ select campaigns_list_prefixes(at) $$;

-- Is the number on the do-not-call list of any source, by itself or by its prefix? Of a sealed one, by itself.
create or replace function public.campaigns_forbidden(number text, at timestamptz) returns boolean
language plpgsql stable set search_path = public as $$
begin
  return exists (
    select 1 from do_not_call_numbers d where d.phone_number = number and (d.expires_at is null or d.expires_at > at))
  or exists (
    select 1 from do_not_call_numbers d
    where right(d.phone_number, 1) = '*' and starts_with(number, rtrim(d.phone_number, '*'))
      and (d.expires_at is null or d.expires_at > at));
end $$;

-- Is this file or list there, and the owner's?
create or replace function public.campaigns_has_source(kind text, source uuid, owner uuid) returns boolean
language sql stable set search_path = public as $$
  select case kind
    when 'csv_file' then exists (select 1 from csv_files f where f.id = source and (owner is null or f.user_id = owner))
    else exists (select 1 from contact_lists l where l.id = source and (owner is null or l.user_id = owner))
  end
$$;

create or replace function public.campaigns_add_contact_file(request jsonb, at timestamptz, owner uuid default null)
returns void language plpgsql set search_path = public as $$
declare forgotten uuid[];
begin
  -- What an import left that was killed.
  select array_agg(f.id) into forgotten from csv_files f
  where f.status = 'processing' and f.counts is not null and f.created_at < at - interval '1 day'
    and (owner is null or f.user_id = owner)
    and not exists (select 1 from campaigns c where c.csv_file_id = f.id);
  delete from csv_contacts c where c.csv_file_id = any (forgotten);
  delete from csv_files f where f.id = any (forgotten);
  insert into csv_files (id, user_id, filename, original_filename, file_size, status, created_at, counts)
  values ((request ->> 'id')::uuid, owner, request ->> 'filename', request ->> 'filename',
          (request ->> 'size')::bigint, 'processing', at, '{}')
  on conflict (id) do nothing;
end $$;

-- Every contact has an id chosen by the caller, so that a batch that comes twice is there once. null: the owner has no
-- such file, or it is sealed.
create or replace function public.campaigns_add_contacts(request jsonb, at timestamptz default null, owner uuid default null)
returns boolean language plpgsql set search_path = public as $$
declare file uuid := campaigns_uuid(request ->> 'file');
begin
  -- The lock lets one batch in at a time, so that they stay in their order.
  perform 1 from csv_files f
  where f.id = file and f.status = 'processing' and (owner is null or f.user_id = owner) for no key update;
  if not found then return null; end if;
  insert into csv_contacts (id, csv_file_id, name, phone_number, email, company, do_not_call, variables, time_zone, place,
                            consent)
  select (g ->> 'id')::uuid, file, g ->> 'name', g ->> 'phone_number', g ->> 'email', g ->> 'company',
         (g ->> 'do_not_call')::boolean, g -> 'variables', g ->> 'time_zone', g ->> 'place',
         nullif(g -> 'consent', 'null')
  from jsonb_array_elements(request -> 'contacts') with ordinality as e (g, nth)
  order by nth
  on conflict (id) do nothing;
  return true;
end $$;

-- Of the contacts with one number the first stays, and is marked when any of them is. null: the owner has no such file.
create or replace function public.campaigns_seal_contact_file(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  f csv_files;
  duplicates integer;
  counted jsonb;
begin
  select * into f from csv_files x
  where x.id = campaigns_uuid(request ->> 'id') and (owner is null or x.user_id = owner) for no key update;
  if not found then return null; end if;
  if f.status = 'ready' and f.counts ? 'sealed' then return f.counts -> 'sealed'; end if;
  -- By a window, as below. While statistics know older files alone, a join of the file with itself reads it once for each row.
  update csv_contacts c set do_not_call = true
  from (select x.id, bool_or(x.do_not_call) over (partition by x.phone_number) as marked
        from csv_contacts x where x.csv_file_id = f.id) as n
  where c.id = n.id and n.marked and not coalesce(c.do_not_call, false);
  delete from csv_contacts c
  using (select x.id, row_number() over (partition by x.phone_number order by x.position) as nth
         from csv_contacts x where x.csv_file_id = f.id) as n
  where c.id = n.id and n.nth > 1;
  get diagnostics duplicates = row_count;
  select jsonb_build_object('callable', count(*) - count(*) filter (where c.do_not_call),
                            'suppressed', count(*) filter (where c.do_not_call), 'duplicates', duplicates)
  into counted from csv_contacts c where c.csv_file_id = f.id;
  update csv_files x
  set status = 'ready', counts = coalesce(x.counts, '{}') || jsonb_build_object('sealed', counted),
      total_contacts = (counted ->> 'callable')::integer + (counted ->> 'suppressed')::integer,
      processed_contacts = (counted ->> 'callable')::integer + (counted ->> 'suppressed')::integer
  where x.id = f.id;
  return counted;
end $$;

create or replace function public.campaigns_drop_contact_file(request jsonb, at timestamptz, owner uuid default null)
returns void language plpgsql set search_path = public as $$
begin
  perform 1 from csv_files f
  where f.id = campaigns_uuid(request ->> 'id') and (owner is null or f.user_id = owner) for update;
  if not found then return; end if;
  delete from csv_contacts where csv_file_id = campaigns_uuid(request ->> 'id');
  delete from csv_files where id = campaigns_uuid(request ->> 'id');
end $$;

-- ----------------------------------------------------------------------------------------------------- campaigns

-- null: the owner has no such file or list; the text "taken": another campaign has the name.
create or replace function public.campaigns_create_campaign(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  given jsonb := request -> 'campaign';
  source uuid := coalesce(given ->> 'csv_file_id', given ->> 'contact_list_id')::uuid;
begin
  if not campaigns_has_source(given ->> 'contact_source', source, owner) then return null; end if;
  -- No index says so, since campaigns of the system before may share a name.
  perform pg_advisory_xact_lock(hashtext('campaign ' || (given ->> 'name')));
  if exists (select 1 from campaigns c where c.name = given ->> 'name' and c.id <> (given ->> 'id')::uuid
             and (owner is null or c.user_id = owner)) then return to_jsonb('taken'::text); end if;
  perform campaigns_insert('campaigns', given || jsonb_build_object('user_id', owner));
  perform campaigns_keep_consents(given ->> 'contact_source', source, owner);
  return (select campaigns_row(c) from campaigns c
          where c.id = (given ->> 'id')::uuid and (owner is null or c.user_id = owner));
end $$;

-- `changes`: columns and their values, chosen by the program; what is over or running stays as it is.
create or replace function public.campaigns_change_campaign(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  wanted uuid := campaigns_uuid(request ->> 'id');
begin
  perform 1 from campaigns c
  where c.id = wanted and (owner is null or c.user_id = owner) and campaigns_status(c.execution_status) in ('idle', 'paused', 'error')
  for update;
  if not found then return null; end if;
  perform campaigns_update('campaigns', request -> 'changes' || jsonb_build_object('id', wanted, 'updated_at', at));
  return (select campaigns_row(c) from campaigns c where c.id = wanted);
end $$;

create or replace function public.campaigns_delete_campaign(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  wanted uuid := campaigns_uuid(request ->> 'id');
  file uuid;
begin
  delete from campaigns c
  where c.id = wanted and (owner is null or c.user_id = owner) and c.execution_status <> 'running'
    and coalesce(c.dials, 0) = 0 and coalesce(c.total_calls_made, 0) = 0
    and not exists (select 1 from call_attempts a where a.campaign_id = wanted)
  returning c.csv_file_id into file;
  if not found then return to_jsonb(false); end if;
  delete from csv_files f where f.id = file and not exists (select 1 from campaigns c where c.csv_file_id = file);
  return to_jsonb(true);
end $$;

create or replace function public.campaigns_list_campaigns(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb
language plpgsql stable set search_path = public as $$
begin
  return (
    select coalesce(jsonb_agg(campaigns_row(c) order by c.next_call_at nulls last, c.created_at, c.id), '[]')
    from campaigns c
    where (owner is null or c.user_id = owner)
      and (request ->> 'status' is null or campaigns_status(c.execution_status) = request ->> 'status'));
end $$;

create or replace function public.campaigns_find_campaigns(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language plpgsql stable set search_path = public as $$
declare
  ref text := request ->> 'ref';
  found_rows jsonb;
begin
  select jsonb_agg(campaigns_row(c)) into found_rows from campaigns c
  where c.id = campaigns_uuid(ref) and (owner is null or c.user_id = owner);
  if found_rows is not null then return found_rows; end if;

  select jsonb_agg(campaigns_row(c) order by c.created_at) into found_rows from campaigns c
  where lower(c.name) = lower(ref) and (owner is null or c.user_id = owner);
  if found_rows is not null then return found_rows; end if;

  select jsonb_agg(campaigns_row(c) order by c.created_at) into found_rows from campaigns c
  where starts_with(c.id::text, ref) and (owner is null or c.user_id = owner);
  return coalesce(found_rows, '[]');
end $$;

-- The contacts of a campaign's source, and why each is left out; why is null: it becomes a call. `prefixed`: of sealed numbers, those
-- that a prefix on the list forbids.
drop function if exists public.campaigns_source(public.campaigns, timestamptz);
create or replace function public.campaigns_source(campaign public.campaigns, at timestamptz, prefixed jsonb)
returns table (id uuid, name text, phone_number text, email text, variables jsonb, place text, "position" bigint, why text)
language sql stable set search_path = public as $$
  with source as (
    select c.id, c.name, c.phone_number, c.email, c.variables, c.do_not_call, c.position, c.place
    from csv_contacts c where campaign.contact_source = 'csv_file' and c.csv_file_id = campaign.csv_file_id
    union all
    select c.id, c.name, c.phone_number, c.email, c.variables, c.do_not_call, c.position, c.place
    from contacts c where campaign.contact_source = 'contact_list' and c.contact_list_id = campaign.contact_list_id
  ), counted as (
    select s.*, row_number() over (
      partition by s.phone_number order by coalesce(s.do_not_call, false) desc, s.position) as nth
    from source s
  )
  select s.id, s.name, s.phone_number, s.email, s.variables, coalesce(s.place, ''), s.position, case
    when not campaigns_dialable(s.phone_number) or not campaigns_texts(s.variables) then 'unusable'
    when s.nth > 1 then 'duplicate'
    when coalesce(s.do_not_call, false) then 'marked'
    when exists (
      select 1 from do_not_call_numbers d
      where d.phone_number = s.phone_number and (d.expires_at is null or d.expires_at > at))
      or exists (
        select 1 from do_not_call_numbers d
        where right(d.phone_number, 1) = '*' and starts_with(s.phone_number, rtrim(d.phone_number, '*'))
          and (d.expires_at is null or d.expires_at > at))
      or s.phone_number in (select jsonb_array_elements_text(prefixed)) then 'on_list'
    when exists (select 1 from campaign_calls k where k.campaign_id = campaign.id and k.phone_number = s.phone_number)
      then 'duplicate'
    when campaign.require_consent and not campaigns_consented(s.phone_number, at, campaign.user_id, campaign.consent_purpose) then 'no_consent'
    -- Hardly any number has one: the index says so sooner than the function.
    when exists (select 1 from consents r where r.phone_number = s.phone_number and r.revoked_at <= at)
      and campaigns_revoked(s.phone_number, at, campaign.user_id) is not null then 'on_list'
  end
  from counted s
$$;

-- The numbers of a campaign's source, page by page, for whoever can open them.
create or replace function public.campaigns_source_numbers(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(s) order by s.id), '[]') from (
    select x.id, x.phone_number from campaigns c
    join csv_contacts x on c.contact_source = 'csv_file' and x.csv_file_id = c.csv_file_id
      or x.csv_file_id = campaigns_uuid(request ->> 'file')
    where c.id = campaigns_uuid(request ->> 'id') and (owner is null or c.user_id = owner)
      and (request ->> 'after' is null or x.id > campaigns_uuid(request ->> 'after'))
    union
    select x.id, x.phone_number from campaigns c
    join contacts x on c.contact_source = 'contact_list' and x.contact_list_id = c.contact_list_id
    where c.id = campaigns_uuid(request ->> 'id') and (owner is null or c.user_id = owner)
      and (request ->> 'after' is null or x.id > campaigns_uuid(request ->> 'after'))
    order by id limit (request ->> 'limit')::integer) as s
$$;

-- Contacts become calls, in the order of the source; those left out are counted. Where they have already, those that came
-- since. Called under a lock on the campaign.
drop function if exists public.campaigns_copy_contacts(public.campaigns, timestamptz);
create or replace function public.campaigns_copy_contacts(campaign public.campaigns, at timestamptz, prefixed jsonb)
returns void language plpgsql set search_path = public as $$
declare
  given integer;
  added integer;
begin
  with source as materialized (
    select * from campaigns_source(campaign, at, prefixed)
  ), copied as (
    insert into campaign_calls (campaign_id, contact_id, phone_number, contact_name, contact_email, variables, place,
                                status, next_attempt_at, created_at, updated_at)
    select campaign.id, s.id, s.phone_number, s.name, s.email, s.variables, s.place, 'pending', at, at, at
    from source s where s.why is null
    order by s.position
    returning 1
  )
  select (select count(*) from source), (select count(*) from copied) into given, added;
  update campaigns c
  set copied_at = coalesce(c.copied_at, at), skipped = case when c.copied_at is null then given else c.skipped end - added
  where c.id = campaign.id;
end $$;

-- The attempts that ended so since the trunk last got through were its fault: they cost their contacts nothing, unless their
-- phones rang. Calls that ended by such an attempt, in the status `ended`, wait again; whom something else has ended since,
-- nobody dials again. What the trunk said stays in `detail`. A time-out says nothing of the trunk: it has no SIP status.
drop function if exists public.campaigns_give_back(uuid, text, timestamptz);
create or replace function public.campaigns_give_back(campaign uuid, blamed text, ended text, at timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  given integer;
  given_today integer;
begin
  perform set_config('campaigns.bulk', 'on', true);
  with wronged as (
    update call_attempts a set ending = 'trunk_error'
    where a.campaign_id = campaign and a.ending = blamed and a.sip_status_code is not null and not a.rang
      and a.ended_at > coalesce((
        select max(coalesce(o.answered_at, o.dialed_at)) from call_attempts o
        where o.campaign_id = campaign and (o.answered_at is not null or o.ending = 'busy'
          or o.ending = 'no_answer' and (o.sip_status_code is null or o.rang))), '-infinity')
    returning a.id, a.call_id, a.local_day
  ), calls as (
    select w.call_id, count(*)::integer as n,
      count(*) filter (where w.local_day = (select c.daily_day from campaigns c where c.id = campaign))::integer as today,
      bool_or(w.id = (select l.id from call_attempts l where l.call_id = w.call_id
                      order by l.claimed_at desc, l.id desc limit 1)) as were_last
    from wronged w group by w.call_id
  ), gone as (
    select calls.*, calls.were_last and k.attempt_id is null and k.end_reason = blamed
      and campaigns_call_status(k.status) in ('pending', ended) and k.phone_number not like 'erased:%' as waits
    from calls join campaign_calls k on k.id = calls.call_id
  ), waiting as (
    update campaign_calls k set
      attempts_spent = greatest(0, k.attempts_spent - gone.n), attempts_free = k.attempts_free + gone.n,
      status = case when gone.waits then 'pending' else k.status end,
      end_reason = case when gone.waits then 'trunk_error' else k.end_reason end,
      next_attempt_at = case when gone.waits then greatest(at, k.callback_at) else k.next_attempt_at end,
      completed_at = case when gone.waits then null else k.completed_at end, updated_at = at
    from gone where k.id = gone.call_id
    returning gone.n, gone.today
  )
  select coalesce(sum(n), 0), coalesce(sum(today), 0) into given, given_today from waiting;
  perform set_config('campaigns.bulk', '', true);
  update campaigns c
  set dials = c.dials - given, total_calls_made = c.total_calls_made - given,
      current_daily_calls = c.current_daily_calls - given_today
  where c.id = campaign;
end $$;

-- The table of moves is the program's: `from` are the statuses it may start from, `to` is where it leads. Null: not
-- allowed from here. The text "stale": the history of attempts is no longer the one that `recent` was computed from.
create or replace function public.campaigns_move_campaign(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  c campaigns;
  move text := request ->> 'move';
begin
  at := campaigns_at(request, at);
  select * into c from campaigns k
  where k.id = campaigns_uuid(request ->> 'id') and (owner is null or k.user_id = owner) for no key update;
  if not found then return null; end if;
  if c.move_id = (request ->> 'move_id')::uuid then return campaigns_row(c); end if;
  if not request -> 'from' ? campaigns_status(c.execution_status) then
    -- What is over stays as it ended; only its live calls are hung up.
    update campaigns k set hang_up = true, move_id = (request ->> 'move_id')::uuid, updated_at = at
    where k.id = c.id and campaigns_status(k.execution_status) = 'completed' and (request ->> 'hang_up')::boolean
      and exists (select 1 from call_attempts a where a.campaign_id = k.id and a.state <> 'ended')
    returning * into c;
    return case when found then campaigns_row(c) end;
  end if;
  -- Contacts that never became calls must not be forgotten, nor those that were handed out since somebody looked.
  if move = 'finish' and (c.copied_at is null or exists (
    select 1 from call_attempts a where a.campaign_id = c.id and a.state <> 'ended') or exists (
    select 1 from campaign_calls k where k.campaign_id = c.id and k.status in ('calling', 'answered')))
  then return null; end if;
  -- Contacts may have come, or a callback been promised, since somebody looked.
  if request ? 'unreachable' and exists (
    select 1 from campaign_calls k where k.campaign_id = c.id and k.status = 'pending' and k.attempt_id is null
      and not request -> 'unreachable' ? k.place) then return null; end if;
  if request ? 'recent' and c.recent <> request #>> '{recent,from}' then return to_jsonb('stale'::text); end if;

  if c.copied_at is null and move in ('start', 'resume') then perform campaigns_copy_contacts(c, at, request -> 'prefixed'); end if;
  if move = 'resume' then perform campaigns_recount(c.id); end if;
  if request ->> 'blamed' is not null then
    perform campaigns_give_back(c.id, request ->> 'blamed', request -> 'statuses' ->> (request ->> 'blamed'), at);
  end if;
  if request ->> 'untried' is not null then
    -- Calls that are not under way end here, as they went so far or else as `untried`; those under way end with their
    -- attempts.
    update campaign_calls k
    set end_reason = went.reason, status = request -> 'statuses' ->> went.reason,
        next_attempt_at = null, callback_at = null, callback_zone = null, completed_at = at, updated_at = at
    from (
      select id, case when attempts_spent > 0 and request -> 'statuses' ? end_reason then end_reason else request ->> 'untried' end as reason
      from campaign_calls where campaign_id = c.id and status = 'pending' and attempt_id is null
    ) as went
    where k.id = went.id;
  end if;
  -- Of calls under way as well: they end with their attempts.
  if move = 'stop' then
    update campaign_calls k set callback_at = null, callback_zone = null where k.campaign_id = c.id and k.callback_at is not null;
  end if;
  update campaigns k
  set execution_status = request ->> 'to', status_reason = request ->> 'reason', status_at = at,
      hang_up = coalesce((request ->> 'hang_up')::boolean, false),
      recent = coalesce(request #>> '{recent,to}', k.recent),
      guard = case when request ? 'guard' then request -> 'guard' else k.guard end,
      next_call_at = case when request ->> 'to' = 'running' then at end, waiting_because = null,
      move_id = (request ->> 'move_id')::uuid, updated_at = at
  where k.id = c.id
  returning * into c;
  return campaigns_row(c);
end $$;

-- One row per place, by leaps from place to place over the index of calls that wait.
create or replace function public.campaigns_waiting(campaign uuid) returns jsonb
language plpgsql stable set search_path = public as $$
begin
  return (
    with recursive places (place) as (
      select min(k.place) from campaign_calls k
      where k.campaign_id = campaign and k.status = 'pending' and k.attempt_id is null
      union all
      select (select min(k.place) from campaign_calls k
              where k.campaign_id = campaign and k.status = 'pending' and k.attempt_id is null and k.place > p.place)
      from places p where p.place is not null
    ), waiting as (
      select p.place, (
        select min(k.next_attempt_at) from campaign_calls k
        where k.campaign_id = campaign and k.status = 'pending' and k.attempt_id is null and k.place = p.place) as next_due
      from places p where p.place is not null
    )
    -- What is no instant is due; admit puts it right.
    select coalesce(jsonb_agg(jsonb_build_object('place', w.place, 'next_due',
      case when isfinite(w.next_due) then w.next_due else 'epoch' end) order by w.place), '[]') from waiting w);
end $$;

-- What a campaign's attempts cost and reserve, in millionths. Of calls that are lost, the reserve stays until the carrier says what
-- they cost.
create or replace function public.campaigns_spending(campaign uuid, out spent bigint, out reserved bigint)
language sql stable set search_path = public as $$
  select coalesce((select n.cost_micros from attempt_counts n where n.campaign_id = campaign), 0) - h.held, h.held
  from (
    select coalesce((
      select sum(a.cost_micros) from call_attempts a where a.campaign_id = campaign and a.state <> 'ended' and a.cost_micros > 0), 0)::bigint
      + coalesce((
      select sum(a.cost_micros) from call_attempts a
      where a.campaign_id = campaign and a.ending = 'lost' and a.cost_micros > 0 and a.state = 'ended' and not exists (
        select 1 from carrier_calls r where r.attempt_id = a.id and r.price_micros is not null)), 0)::bigint as held) as h
$$;

-- The number of the first in line at each place; callbacks have a line of their own.
create or replace function public.campaigns_first_in_line(campaign uuid, places jsonb) returns jsonb
language sql stable set search_path = public as $$
  select coalesce(jsonb_object_agg(w ->> 'place', (
    select k.phone_number from campaign_calls k
    where k.campaign_id = campaign and k.place = w ->> 'place' and k.status = 'pending' and k.attempt_id is null
      and k.callback_at is null and k.next_attempt_at is not null
    order by k.next_attempt_at, k.position limit 1)), '{}')
  from jsonb_array_elements(places) as w
$$;

create or replace function public.campaigns_snapshot(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb
language plpgsql stable set search_path = public as $$
begin
  return (
    select jsonb_build_object(
      'waiting', campaigns_waiting(c.id),
      'spending', case when c.budget_micros is not null then (select to_jsonb(s) from campaigns_spending(c.id) as s) end,
      'first', case when c.budget_micros is not null then campaigns_first_in_line(c.id, campaigns_waiting(c.id)) else '{}' end,
      'callbacks', (
        select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'place', k.place, 'next_attempt_at', k.next_attempt_at,
          'callback_at', k.callback_at, 'callback_zone', k.callback_zone,
          'phone_number', case when c.budget_micros is not null then k.phone_number end) order by k.callback_at, k.position), '[]')
        from (
          select * from campaign_calls x
          where x.campaign_id = c.id and x.callback_at is not null and x.status = 'pending' and x.attempt_id is null
          order by x.callback_at, x.position limit (request ->> 'callbacks')::integer) as k),
      'live', (select count(*) from call_attempts a where a.campaign_id = c.id and a.state <> 'ended'),
      'claimed', (select count(*) from call_attempts a where a.campaign_id = c.id and a.state = 'claimed'),
      'today', campaigns_dialed(c.id, (request ->> 'local_day')::date, request -> 'unrung'),
      'last_hand_out_at', campaigns_last_claim(c.id),
      'trunk', case when coalesce(c.trunk_id, c.last_trunk_id) is not null then
        campaigns_trunk_load(coalesce(c.trunk_id, c.last_trunk_id), 'handed_out') end,
      'dials', (
        select coalesce(jsonb_agg(to_jsonb(d) order by d.dialed_at desc), '[]') from (
          select a.dialed_at, a.answered_at, a.ending, a.sip_status_code, a.rang, coalesce(a.campaign_id = c.id, false) as own,
            case when c.recent ~ '[xprf]' then (select k.place from campaign_calls k where k.id = a.call_id) end as place,
            -- As much of it as says where it is, where that can be told here.
            case when c.recent ~ '[xprf]' then (
              select substring(k.phone_number from '^\+\d{4}|^~.*') from campaign_calls k where k.id = a.call_id) end as phone_number,
            case when c.recent ~ '[xprf]' then a.call_id end as call_id,
            case when c.recent ~ '[xprf]' then a.from_number end as from_number,
            (select x.expect_answers from campaigns x where x.id = a.campaign_id) as expect
          from call_attempts a
          where a.trunk_id = coalesce(c.trunk_id, c.last_trunk_id) and a.dialed_at is not null
          order by a.dialed_at desc limit (request ->> 'history')::integer) as d),
      'lists', (
        select coalesce(jsonb_agg(jsonb_build_object('source', n.source, 'refreshed_at', s.refreshed_at)), '[]')
        from unnest(c.needs_dnc) as n (source) left join do_not_call_sources s on s.source = n.source))
    from campaigns c
    where c.id = campaigns_uuid(request ->> 'id') and (owner is null or c.user_id = owner));
end $$;

-- The newest attempts that were answered since then; the oldest of them first.
create or replace function public.campaigns_talks(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb
language plpgsql stable set search_path = public as $$
begin
  return (
    select coalesce(jsonb_agg(to_jsonb(t) order by t.answered_at, t.id), '[]')
    from (
      select a.id, a.call_id, a.answered_at, a.ended_at, a.uncertain_seconds, a.ended_by_us, a.answered_by, a.first_audio_ms,
             a.ended_by, k.from_number
      from campaigns c join call_attempts a on a.campaign_id = c.id join campaign_calls k on k.id = a.call_id
      where c.id = campaigns_uuid(request ->> 'id') and (owner is null or c.user_id = owner)
        and a.answered_at >= (request ->> 'since')::timestamptz
      order by a.answered_at desc, a.id desc limit (request ->> 'limit')::integer
    ) as t);
end $$;

create or replace function public.campaigns_progress(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select jsonb_build_object(
    'calls', coalesce((
      select jsonb_agg(jsonb_build_object('status', campaigns_call_status(g.status), 'ending', g.end_reason,
        'outcome', campaigns_outcome(g.outcome), 'n', g.n, 'reached', g.reached, 'open', g.promised, 'missed', g.missed))
      from campaign_counts g where g.campaign_id = c.id and g.n > 0
    ), '[]'),
    -- Counted: who is held now was not, or will not be, a moment before or after.
    'held', coalesce((
      select jsonb_object_agg(g.held_by, g.n)
      from (select k.held_by, count(*) as n from campaign_calls k
            where k.campaign_id = c.id and k.status = 'pending' and k.held_by is not null and k.next_attempt_at > at group by 1) g
    ), '{}'),
    'first_words', coalesce((
      select jsonb_build_object('told', n.told, 'late', n.late) from attempt_counts n where n.campaign_id = c.id
    ), '{"told": 0, "late": 0}'),
    'skipped', c.skipped, 'dials', c.dials, 'pickups', c.pickups, 'usage_seconds', c.total_usage,
    'runners', (select count(*) from runners r where r.lease_until > campaigns_now(request)),
    'agents', (select sum(r.agents) from runners r where r.lease_until > campaigns_now(request)),
    'held_up', coalesce((select jsonb_agg(r.held_up order by r.started_at, r.id) from runners r
                         where r.held_up is not null and r.lease_until > campaigns_now(request)), '[]'),
    'notices', jsonb_build_object('notify_error', c.notify_error, 'notify_due_at', c.notify_due_at,
      'notices_due', (select count(*) from campaign_events e where e.campaign_id = c.id and e.notice = 'due'),
      'notices_given_up', (select count(*) from campaign_events e where e.campaign_id = c.id and e.notice = 'given_up')))
  from campaigns c
  where c.id = campaigns_uuid(request ->> 'id') and (owner is null or c.user_id = owner)
$$;

create or replace function public.campaigns_set_next_call_at(request jsonb, at timestamptz default null, owner uuid default null)
returns void language sql set search_path = public as $$
  update campaigns c
  set next_call_at = (request ->> 'next')::timestamptz, waiting_because = coalesce(request ->> 'because', c.waiting_because)
  where c.id = campaigns_uuid(request ->> 'id') and (owner is null or c.user_id = owner)
    and (c.next_call_at is distinct from (request ->> 'next')::timestamptz
      or c.waiting_because is distinct from coalesce(request ->> 'because', c.waiting_because))
$$;

-- --------------------------------------------------------------------------------------------------------- calls

-- Is this call the owner's: through its campaign, or by itself when it has none.
create or replace function public.campaigns_owns(call public.campaign_calls, owner uuid) returns boolean
language plpgsql stable set search_path = public as $$
begin
  return owner is null or case
    when call.campaign_id is null then call.user_id = owner
    else exists (select 1 from campaigns c where c.id = call.campaign_id and c.user_id = owner)
  end;
end $$;

-- Who has put a number on the do-not-call list, where it was the outcome of this call.
create or replace function public.campaigns_writer(call public.campaign_calls) returns text
language sql stable set search_path = '' as $$
  select coalesce((select c.user_id from public.campaigns c where c.id = call.campaign_id)::text, call.user_id::text, 'operator')
$$;

-- Paged by key; one row more than asked for says that there is a next page. A status may be spelled in several words.
create or replace function public.campaigns_list_calls(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language plpgsql stable set search_path = public as $$
declare
  campaign uuid := campaigns_uuid(request ->> 'campaign_id');
  known bigint := (request ->> 'after')::bigint;
  most integer := (request ->> 'limit')::integer;
begin
  perform 1 from campaigns c where c.id = campaign and (owner is null or c.user_id = owner);
  if not found then return '[]'; end if;
  if request ->> 'status' is null then
    return (
      select coalesce(jsonb_agg(campaigns_call_row(p) order by p.position), '[]')
      from (select k.* from campaign_calls k where k.campaign_id = campaign and k.position > known
            order by k.position limit most) as p);
  end if;
  return (
    select coalesce(jsonb_agg(campaigns_call_row(p) order by p.position), '[]')
    from (
      select k.*
      from (select distinct n.status from campaign_counts n
            where n.campaign_id = campaign and campaigns_call_status(n.status) = request ->> 'status') as words
      cross join lateral (
        select * from campaign_calls x
        where x.campaign_id = campaign and x.status = words.status and x.position > known
        order by x.position limit most) as k
      order by k.position limit most) as p);
end $$;

create or replace function public.campaigns_find_call(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select campaigns_call_row(k) from campaign_calls k
  where k.id = campaigns_uuid(request ->> 'id') and campaigns_owns(k, owner)
$$;

create or replace function public.campaigns_call_of(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select campaigns_call_row(k) from call_attempts a join campaign_calls k on k.id = a.call_id
  where a.id = campaigns_uuid(request ->> 'attempt_id') and campaigns_owns(k, owner)
$$;

create or replace function public.campaigns_call_history(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select jsonb_build_object(
    'call', campaigns_call_row(k),
    'attempts', coalesce((
      select jsonb_agg(to_jsonb(a) order by a.claimed_at, a.id) from call_attempts a where a.call_id = k.id), '[]'))
  from campaign_calls k
  where k.campaign_id = campaigns_uuid(request ->> 'campaign_id') and k.phone_number = any (campaigns_numbers(request))
    and campaigns_owns(k, owner)
  order by k.position desc limit 1
$$;

-- Takes a promise back: a call that waited for it ends as it went, and waits in line if it was never tried
-- (domain/calls/promise.ts, withdrawn).
create or replace function public.campaigns_withdraw(call uuid, statuses jsonb, at timestamptz) returns void
language sql set search_path = public as $$
  update campaign_calls x
  set status = coalesce(statuses ->> x.end_reason, x.status), next_attempt_at = case when x.end_reason is null then at end,
      completed_at = case when x.end_reason is not null then at end, held_by = null
  where x.id = call and x.status = 'pending' and x.attempt_id is null;
  update campaign_calls x set callback_at = null, callback_zone = null where x.id = call
$$;

-- With the outcome callback a promise is made, or stays; any other takes it back. The campaign is locked already.
create or replace function public.campaigns_promise(call uuid, word text, request jsonb, at timestamptz) returns void
language plpgsql set search_path = public as $$
declare
  k campaign_calls;
  c campaigns;
begin
  select * into k from campaign_calls x where x.id = call;
  select * into c from campaigns x where x.id = k.campaign_id;
  if word is distinct from 'callback' and k.callback_at is not null then
    perform campaigns_withdraw(k.id, request -> 'statuses', at);
  elsif word = 'callback' and request -> 'callback' <> 'null' and c.id is not null
    and (c.execution_status <> 'completed' or c.status_reason is distinct from request ->> 'stopped') and c.arriving is null
  then
    if k.attempt_id is null then
      update campaign_calls x
      set status = 'pending', next_attempt_at = (request #>> '{callback,at}')::timestamptz, held_by = null, completed_at = null
      where x.id = k.id;
    end if;
    update campaign_calls x
    set callback_at = (request #>> '{callback,at}')::timestamptz, callback_zone = request #>> '{callback,zone}', updated_at = at
    where x.id = k.id;
    -- It had run out of calls, and goes on.
    update campaigns x
    set execution_status = 'running', status_reason = null, status_at = at, hang_up = false, next_call_at = at, updated_at = at
    where x.id = c.id and x.execution_status = 'completed';
  end if;
end $$;

-- The wish of whom the call was made to, in the name of its owner, and for ever. What two owners' contacts have asked for neither
-- owner takes off alone.
create or replace function public.campaigns_forbid(call public.campaign_calls, reason text, since timestamptz) returns void
language plpgsql set search_path = '' as $$
declare writer text := public.campaigns_writer(call);
begin
  insert into public.do_not_call_numbers (phone_number, source, reason, created_at, added_by)
  values (call.phone_number, 'outcome', reason, since, writer)
  on conflict do nothing;
  if found then return; end if;
  update public.do_not_call_numbers d
  set expires_at = null, added_by = case when d.added_by = writer then d.added_by else 'several' end
  where d.phone_number = call.phone_number and d.source = 'outcome'
    and (d.expires_at is not null or d.added_by not in (writer, 'several'));
end $$;

-- Why a number is on the list that an outcome put there: the trigger cannot open the notes of a sealed one. Another owner's entry
-- is left alone: that owner would read them.
create or replace function public.campaigns_keep_reason(k public.campaign_calls, request jsonb) returns void
language sql set search_path = public as $$
  update do_not_call_numbers d set reason = request ->> 'reason'
  where request ->> 'reason' is not null and d.phone_number = k.phone_number and d.source = 'outcome' and d.reason is null
    and d.added_by = campaigns_writer(k)
$$;

create or replace function public.campaigns_set_outcome(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare k campaign_calls;
begin
  select * into k from campaign_calls x where x.id = campaigns_uuid(request ->> 'id') and campaigns_owns(x, owner);
  if not found then return null; end if;
  -- The campaign is locked before its calls, here as everywhere, so that two writers never wait for each other.
  perform 1 from campaigns x where x.id = k.campaign_id for no key update;
  update campaign_calls x
  set outcome = request ->> 'outcome', notes = coalesce(request ->> 'notes', x.notes), updated_at = at
  where x.id = k.id and x.phone_number not like 'erased:%';
  if not found then return null; end if;
  perform campaigns_keep_reason(k, request);
  perform campaigns_promise(k.id, request ->> 'outcome', request, at);
  select * into k from campaign_calls x where x.id = k.id;
  return campaigns_call_row(k);
end $$;

-- A callback that could not be made in time: another promise, or the end of the call.
create or replace function public.campaigns_miss_callback(request jsonb, at timestamptz, owner uuid default null)
returns boolean language plpgsql set search_path = public as $$
declare
  k campaign_calls;
  reason text;
begin
  select * into k from campaign_calls x where x.id = campaigns_uuid(request ->> 'id') and campaigns_owns(x, owner);
  perform 1 from campaigns x where x.id = k.campaign_id for no key update;
  select * into k from campaign_calls x
  where x.id = k.id and x.status = 'pending' and x.attempt_id is null
    and x.callback_at = (request ->> 'missed')::timestamptz for no key update;
  -- Asked again after it was stored.
  if not found then
    return exists (
      select 1 from campaign_calls x
      where x.id = campaigns_uuid(request ->> 'id') and campaigns_owns(x, owner) and x.attempt_id is null
        and x.callback_missed_at = (request ->> 'missed')::timestamptz
        and x.callback_at is not distinct from (request #>> '{next,at}')::timestamptz);
  end if;
  if k.outcome = 'callback' and request -> 'next' <> 'null' then
    update campaign_calls x
    set callback_at = (request #>> '{next,at}')::timestamptz, callback_zone = request #>> '{next,zone}',
      next_attempt_at = (request #>> '{next,at}')::timestamptz, held_by = null, callback_missed_at = k.callback_at, updated_at = at
    where x.id = k.id;
  else
    reason := case when k.attempts_spent > 0 and request -> 'statuses' ? k.end_reason then k.end_reason else 'callback_missed' end;
    update campaign_calls x
    set status = request -> 'statuses' ->> reason, end_reason = reason, next_attempt_at = null, callback_at = null,
      callback_zone = null, callback_missed_at = k.callback_at, completed_at = at, updated_at = at
    where x.id = k.id;
  end if;
  return true;
end $$;

-- Counts an outcome, and puts a number on the do-not-call list, whoever wrote it: the program, or a frontend into the table.
-- security definer: an owner may say what came of their call, but may neither read nor write the list.
-- Its search_path is empty, so that no table or function of the caller's stands in for ours.
create or replace function public.campaigns_outcome_set() returns trigger
language plpgsql security definer set search_path = '' as $$
declare before text := case when tg_op = 'UPDATE' then old.outcome end;
begin
  -- Whoever sets an outcome has no word in what the log tells of it.
  perform set_config('campaigns.bulk', '', true);
  if before is distinct from new.outcome and new.campaign_id is not null then
    update public.campaigns set
      interested = coalesce(interested, 0) + coalesce((new.outcome = 'interested')::int, 0) - coalesce((before = 'interested')::int, 0),
      not_interested = coalesce(not_interested, 0) + coalesce((new.outcome = 'not_interested')::int, 0) - coalesce((before = 'not_interested')::int, 0),
      callback = coalesce(callback, 0) + coalesce((new.outcome = 'callback')::int, 0) - coalesce((before = 'callback')::int, 0),
      do_not_call = coalesce(do_not_call, 0) + coalesce((new.outcome = 'do_not_call')::int, 0) - coalesce((before = 'do_not_call')::int, 0)
    where id = new.campaign_id;
  end if;
  -- The list is everybody's: a prefix here would forbid calls to a whole country, and a note may be of any length.
  if new.outcome = 'do_not_call' and public.campaigns_dialable(new.phone_number) then
    perform public.campaigns_forbid(new,
      case when new.phone_number not like '~%' then left(regexp_replace(new.notes, '\s', ' ', 'g'), 500) end,
      case when isfinite(new.updated_at) then new.updated_at end);
  end if;
  return null;
end $$;

create or replace trigger campaigns_outcome_inserted after insert on public.campaign_calls
  for each row when (new.outcome is not null) execute function public.campaigns_outcome_set();
create or replace trigger campaigns_outcome_updated after update of outcome on public.campaign_calls
  for each row when (new.outcome is not null or old.outcome is not null) execute function public.campaigns_outcome_set();

insert into public.campaigns_schema (version) values (3) on conflict do nothing;
