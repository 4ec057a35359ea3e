-- To add a column: `add column if not exists` below, for the files are edited in place and applied again; the same in
-- ../../sqlite/schema.sql. After any change raise the number in the last lines of 0012_rights.sql (a test says how).
--
-- The tables. Names and columns of the first group are those of the system this replaces, so that its project is adopted
-- in place: every statement is safe on an empty project, on one that holds those tables with rows in them, and on one
-- that has had this file before. No row is removed, no column dropped or retyped.

create table if not exists public.contact_lists (
  id uuid primary key default gen_random_uuid(),
  user_id uuid,
  name text not null,
  description text,
  created_at timestamptz
);

create table if not exists public.contacts (
  id uuid primary key default gen_random_uuid(),
  contact_list_id uuid not null references public.contact_lists (id) on delete cascade,
  name text,
  phone_number text not null,
  email text,
  company text,
  notes text,
  do_not_call boolean default false,
  created_at timestamptz
);

create table if not exists public.csv_files (
  id uuid primary key default gen_random_uuid(),
  user_id uuid,
  filename text not null,
  original_filename text,
  file_size bigint,
  total_contacts integer default 0,
  processed_contacts integer default 0,
  status text,
  created_at timestamptz
);

create table if not exists public.csv_contacts (
  id uuid primary key default gen_random_uuid(),
  csv_file_id uuid not null references public.csv_files (id) on delete cascade,
  name text,
  phone_number text not null,
  email text,
  company text,
  do_not_call boolean default false
);

create table if not exists public.campaigns (
  id uuid primary key default gen_random_uuid(),
  user_id uuid,
  name text not null,
  assistant_id text not null,
  assistant_name text,
  contact_source text not null,
  contact_list_id uuid references public.contact_lists (id),
  csv_file_id uuid references public.csv_files (id),
  daily_cap integer not null default 100,
  calling_days text[] not null default '{mon,tue,wed,thu,fri}',
  start_hour integer not null default 9,
  end_hour integer not null default 17,
  campaign_prompt text,
  execution_status text not null default 'idle',
  next_call_at timestamptz,
  current_daily_calls integer default 0,
  total_calls_made integer default 0,
  total_calls_answered integer default 0,
  dials integer default 0,
  pickups integer default 0,
  interested integer default 0,
  not_interested integer default 0,
  callback integer default 0,
  do_not_call integer default 0,
  total_usage integer default 0,
  last_execution_at timestamptz,
  last_daily_reset timestamptz,
  created_at timestamptz,
  updated_at timestamptz
);

create table if not exists public.campaign_calls (
  id uuid primary key default gen_random_uuid(),
  campaign_id uuid references public.campaigns (id) on delete cascade,
  contact_id uuid,
  phone_number text not null,
  contact_name text,
  contact_email text,
  call_sid text,
  room_name text,
  status text not null default 'pending',
  outcome text,
  call_duration integer,
  notes text,
  started_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz,
  updated_at timestamptz
);

create table if not exists public.phone_number (
  id uuid primary key default gen_random_uuid(),
  phone_sid text,
  number text not null,
  label text,
  inbound_assistant_id text,
  status text,
  trunk_sid text,
  user_id uuid,
  outbound_trunk_id text,
  outbound_trunk_name text
);

-- Columns of ours on those tables. The defaults are what a row means that was written without them, by the system before
-- or by a frontend that knows nothing of them.

alter table public.campaigns
  add column if not exists time_zone text not null default 'UTC',
  add column if not exists concurrency integer not null default 10,
  add column if not exists delay_ms integer not null default 2000,
  add column if not exists max_attempts integer not null default 1,
  add column if not exists retry_after_ms bigint[] not null default '{1800000}',
  add column if not exists ring_seconds integer not null default 45,
  add column if not exists max_duration_seconds integer not null default 1800,
  add column if not exists min_talk_seconds integer not null default 15,
  add column if not exists retry_agent_lost boolean not null default false,
  -- what follows a callback that could not be made in time: next-day, retry or close
  add column if not exists missed_callback text not null default 'next-day',
  add column if not exists expect_answers text not null default 'normal',
  add column if not exists trunk_id text,
  add column if not exists caller_ids text[] not null default '{}',
  add column if not exists status_reason text,
  add column if not exists status_at timestamptz,
  add column if not exists hang_up boolean not null default false,
  add column if not exists recent text not null default '',
  add column if not exists last_trouble text,
  add column if not exists skipped integer not null default 0,
  add column if not exists last_hand_out_at timestamptz,
  add column if not exists last_dial_at timestamptz,
  -- the trunk that a call was last asked for
  add column if not exists last_trunk_id text,
  -- the campaign's local day that current_daily_calls counts; last_daily_reset is an instant, for those who read it
  add column if not exists daily_day date,
  -- when its contacts became calls; null: not yet, or by the system before
  add column if not exists copied_at timestamptz,
  -- the last move's id, chosen by the caller, so that asking again is no second move
  add column if not exists move_id uuid,
  -- whose hours: the contact's where they live, or the campaign's
  add column if not exists hours_in text not null default 'campaign',
  add column if not exists rules text not null default '',
  add column if not exists rules_table text,
  add column if not exists require_consent boolean not null default false,
  -- windows with minutes, such as 9:30-12,14-17; empty: start_hour to end_hour
  add column if not exists calling_hours text not null default '',
  add column if not exists consent_purpose text not null default 'marketing',
  -- such as 3/7d: dials of one number by all campaigns of the owner; empty: no limit of one's own
  add column if not exists max_per_contact text not null default '',
  -- the caller's name for the carrier; null: LiveKit's choice
  add column if not exists display_name text,
  -- names and values, sent with each INVITE
  add column if not exists sip_headers jsonb not null default '{}',
  -- what the guard against dead air holds it for, and what is usual here; null: nothing
  add column if not exists guard jsonb,
  -- such as s3://bucket/calls required; empty: not recorded
  add column if not exists record text not null default '',
  add column if not exists on_voicemail text not null default 'retry',
  -- what the agent is to say to a machine
  add column if not exists voicemail_message text,
  -- null: as retry_after_ms
  add column if not exists voicemail_after_ms integer,
  -- do-not-call lists without which nobody is called, and how old they may be
  add column if not exists needs_dnc text[] not null default '{}',
  add column if not exists dnc_max_age_ms bigint not null default 2678400000,
  -- why it waits, as it was told last; null: nothing was told since its last dial
  add column if not exists waiting_because text,
  -- who is told of its events, until when they are left alone, or another process is telling them, and what was wrong last
  add column if not exists notify_url text,
  add column if not exists notify_due_at timestamptz,
  add column if not exists notify_failures integer not null default 0,
  add column if not exists notify_error text,
  -- how long what it knows of people is kept once it is completed, milliseconds; null: for ever
  add column if not exists retention_ms bigint,
  -- what its calls may cost, in millionths, null: no limit; and what they cost by prefix of the number, as domain/calls/prices.ts has it
  add column if not exists budget_micros bigint,
  add column if not exists budget_currency text not null default 'USD',
  add column if not exists prices jsonb not null default '{}',
  -- null from here on: a campaign may have no prompt of its own
  alter column campaign_prompt drop not null;

alter table public.contact_lists add column if not exists created_at timestamptz;
alter table public.csv_files
  add column if not exists created_at timestamptz,
  -- what sealing and merging counted, so that asking again counts the same; null: not a file of this program
  add column if not exists counts jsonb;
alter table public.contacts
  add column if not exists created_at timestamptz,
  add column if not exists variables jsonb not null default '{}',
  add column if not exists position bigint generated by default as identity,
  add column if not exists time_zone text,
  -- null: the program has not looked yet where the contact is
  add column if not exists place text,
  add column if not exists consent jsonb,
  alter column name drop not null;
alter table public.csv_contacts
  add column if not exists variables jsonb not null default '{}',
  add column if not exists position bigint generated by default as identity,
  add column if not exists time_zone text,
  add column if not exists place text,
  add column if not exists consent jsonb;

alter table public.campaign_calls
  -- the owner of a single call, which has no campaign
  add column if not exists user_id uuid,
  add column if not exists position bigint generated by default as identity,
  add column if not exists variables jsonb not null default '{}',
  add column if not exists attempts_spent integer not null default 0,
  add column if not exists attempts_free integer not null default 0,
  add column if not exists attempt_id uuid,
  add column if not exists place text not null default '',
  add column if not exists held_by text,
  add column if not exists next_attempt_at timestamptz,
  add column if not exists end_reason text,
  -- seconds by which call_duration may be off
  add column if not exists duration_uncertainty double precision,
  -- the attempt in which a human spoke
  add column if not exists reached_in uuid,
  -- of its newest attempt that has one
  add column if not exists recording jsonb,
  add column if not exists sip_status_code integer,
  add column if not exists from_number text,
  -- the promise that stands, on whose clock it was made, and the latest that was not kept
  add column if not exists callback_at timestamptz,
  add column if not exists callback_zone text,
  add column if not exists callback_missed_at timestamptz,
  -- null from here on: a single call of `dial` is in no campaign, a contact may have no id, no name and no address
  alter column campaign_id drop not null,
  alter column contact_id drop not null,
  alter column contact_name drop not null,
  alter column contact_email drop not null;

alter table public.phone_number
  -- Who calls with it. A column of its own, since writing inbound_assistant_id would change who answers; rows of the
  -- system before, which knew only that one, are read by it.
  add column if not exists outbound_assistant_id text,
  add column if not exists interval_ms integer not null default 0,
  add column if not exists last_used_at timestamptz,
  add column if not exists created_at timestamptz,
  add column if not exists updated_at timestamptz;

-- Tables of ours.

create table if not exists public.call_attempts (
  id uuid primary key,
  call_id uuid not null references public.campaign_calls (id) on delete cascade,
  campaign_id uuid references public.campaigns (id) on delete cascade,
  runner_id text not null,
  state text not null check (state in ('claimed', 'dialing', 'answered', 'ended')),
  claimed_at timestamptz not null,
  dialed_at timestamptz,
  answered_at timestamptz,
  ended_at timestamptz,
  local_day date,
  ending text,
  sip_status_code integer,
  detail text,
  call_sid text,
  -- LiveKit's trunk
  trunk_id text
);

do $$ begin
  if not exists (
    select 1 from information_schema.columns
    where table_schema = 'public' and table_name = 'call_attempts' and column_name = 'from_number')
  then
    -- the caller ID that it was dialed with
    alter table public.call_attempts add column from_number text;
    -- What was dialed lately keeps the pace of its caller ID.
    update public.call_attempts a set from_number = k.from_number from public.campaign_calls k
    where k.id = a.call_id
      and a.dialed_at > (select max(l.dialed_at) from public.call_attempts l where isfinite(l.dialed_at)) - interval '1 day';
  end if;
end $$;

alter table public.call_attempts
  -- seconds by which answered_at and ended_at may be late
  add column if not exists uncertain_seconds double precision not null default 0,
  -- we hung up, not the callee
  add column if not exists ended_by_us boolean not null default false,
  -- what the agent said, by its newest verdict; null: it said nothing
  add column if not exists verdict_seq bigint,
  add column if not exists answered_by text,
  add column if not exists agent_outcome text,
  add column if not exists agent_notes text,
  add column if not exists first_audio_ms integer,
  add column if not exists ended_by text,
  -- the call's outcome when it was handed out: another one, unless the agent said it, is an operator's
  add column if not exists outcome_before text,
  -- the promise that it is to keep
  add column if not exists callback_at timestamptz,
  -- what became of it; and whether there is more to hear
  add column if not exists recording jsonb,
  add column if not exists recording_open boolean not null default false,
  -- the nth dial of its campaign's local day: a trigger says it
  add column if not exists nth_of_day integer check (nth_of_day >= 1),
  -- against the campaign's budget, in millionths: the reserve, then the price; and what it is reckoned by
  add column if not exists cost_micros bigint,
  add column if not exists rate text,
  -- its phone was seen to ring before it ended unanswered
  add column if not exists rang boolean not null default false;
drop index if exists public.call_attempts_cost;
create index if not exists call_attempts_lost on public.call_attempts (campaign_id) where ending = 'lost' and cost_micros > 0;

create table if not exists public.runners (
  id text primary key,
  lease_until timestamptz not null,
  started_at timestamptz not null
);

-- calls that its agents seem to take at once; null: it has met no limit
alter table public.runners add column if not exists agents integer;
-- why it dials nothing new, in words; null: it does
alter table public.runners add column if not exists held_up text;

create table if not exists public.do_not_call_numbers (
  -- in E.164, or a prefix with an asterisk: +1900*
  phone_number text not null,
  source text not null,
  reason text,
  -- null: a frontend did not say when
  created_at timestamptz,
  primary key (phone_number, source)
);

alter table public.do_not_call_numbers
  -- null: for ever
  add column if not exists expires_at timestamptz,
  -- operator, an owner's id, or several of them; of an erasure the owners whose it is, as JSON; null: nobody kept it
  add column if not exists added_by text;

-- A number is on the list once for each source; before, it was once in all.
do $$
declare narrow name := (
  select c.conname from pg_constraint c
  where c.conrelid = 'public.do_not_call_numbers'::regclass and c.contype = 'p' and cardinality(c.conkey) = 1);
begin
  if narrow is null then return; end if;
  execute format('alter table public.do_not_call_numbers drop constraint %I', narrow);
  alter table public.do_not_call_numbers add primary key (phone_number, source);
end $$;

create index if not exists do_not_call_prefixes on public.do_not_call_numbers (phone_number)
  where right(phone_number, 1) = '*';
create index if not exists do_not_call_by_source on public.do_not_call_numbers (source, phone_number);

create table if not exists public.do_not_call_sources (
  source text primary key,
  refreshed_at timestamptz not null
);

create table if not exists public.consents (
  id bigint generated by default as identity primary key,
  user_id uuid,
  phone_number text not null,
  channel text not null check (channel in ('ai_voice')),
  purpose text not null,
  level text not null check (level in ('express_written', 'express', 'inquiry', 'existing_relationship')),
  granted_at timestamptz not null,
  source text not null,
  proof text,
  expires_at timestamptz,
  revoked_at timestamptz
);

-- Requests that must not be acted on twice, for a day; status and body are null until they are answered.
create table if not exists public.request_keys (
  owner text not null default '',
  key text not null,
  claim text not null,
  request text,
  status integer,
  body text,
  created_at timestamptz not null,
  primary key (owner, key)
);
create index if not exists request_keys_by_age on public.request_keys (created_at);

create table if not exists public.trunk_limits (
  trunk_id text primary key,
  interval_ms integer not null default 0 check (interval_ms >= 0),
  concurrency integer check (concurrency >= 1),
  updated_at timestamptz not null
);

-- What the carrier has in its books about an attempt; prices in millionths of their unit.
create table if not exists public.carrier_calls (
  attempt_id uuid primary key references public.call_attempts (id) on delete cascade,
  sid text not null unique,
  status text not null,
  duration integer,
  price_micros bigint,
  price_unit text,
  started_at timestamptz,
  synced_at timestamptz not null
);

-- What LiveKit and the carrier told of attempts: of each kind the last, by the sender's clock.
create table if not exists public.webhooks_heard (
  attempt_id uuid not null references public.call_attempts (id) on delete cascade,
  event text not null check (event in ('leg_joined', 'leg_left', 'agent_left', 'room_finished', 'carrier_ended')),
  how text not null check (how in ('left', 'no_audio', 'crashed', 'unsure')),
  sent_at timestamptz not null,
  event_id text not null,
  heard_at timestamptz not null,
  -- milliseconds before heard_at that it happened, at least; and by how much it may be more, null: nobody can tell
  late_ms bigint not null,
  uncertain_ms bigint,
  -- what the agent had written
  said text,
  primary key (attempt_id, event)
);

create table if not exists public.webhook_senders (
  sender text primary key check (sender in ('livekit', 'twilio')),
  heard_at timestamptz not null
);

-- What happened to campaigns and their calls: written by triggers (0010), in the transaction of the change itself. Kept for a
-- week. Ids only: who reads it asks for the rest.
create table if not exists public.campaign_events (
  position bigint generated by default as identity primary key,
  id uuid not null default gen_random_uuid(),
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  type text not null,
  at timestamptz not null,
  data jsonb not null,
  -- is notify_url told of it: due, sent or given_up; null: there was none
  notice text,
  due_at timestamptz not null default '-infinity',
  tries integer not null default 0
);
create index if not exists campaign_events_in_order on public.campaign_events (campaign_id, position);
create index if not exists campaign_events_by_age on public.campaign_events (at);
create index if not exists campaign_events_notices on public.campaign_events (campaign_id, notice, due_at)
  where notice in ('due', 'given_up');

-- How many calls of each kind a campaign has, kept by triggers (0003) for whoever looks; nothing is decided by it. '': none, and
-- the end of a call that is not over. n of 0 is none.
create table if not exists public.campaign_counts (
  campaign_id uuid not null references public.campaigns (id) on delete cascade,
  status text not null,
  end_reason text not null,
  outcome text not null,
  n bigint not null,
  reached bigint not null,
  promised bigint not null,
  missed bigint not null,
  primary key (campaign_id, status, end_reason, outcome)
);

-- What the attempts of a campaign come to, kept by triggers (0003): what they count against its budget, in millionths; how many
-- have told when their agent spoke first, and how many of them later than 2 s (LATE_MS).
create table if not exists public.attempt_counts (
  campaign_id uuid primary key references public.campaigns (id) on delete cascade,
  cost_micros bigint not null,
  told bigint not null,
  late bigint not null
);

-- Who did what and when: appended to, never changed. No number, name or text of anybody's is in it: `subject` stands for a
-- number, until that person is erased. 0010 writes it.
create table if not exists public.audit_log (
  seq bigint generated always as identity primary key,
  at timestamptz not null,
  actor text,
  user_id uuid,
  action text not null,
  campaign_id uuid,
  call_id uuid,
  attempt_id uuid,
  subject bigint,
  before text,
  after text,
  -- its place in the chain, and the hash of it and of all before; null: not sealed yet
  link bigint unique,
  hash text
);

-- A number may be here twice, as it was written before and since it is encrypted.
create table if not exists public.audit_subjects (
  id bigint generated always as identity primary key,
  phone_number text not null
);
alter table public.audit_subjects drop constraint if exists audit_subjects_phone_number_key;
create index if not exists audit_subjects_by_number on public.audit_subjects (phone_number);

-- With which key contact data is encrypted, if it is. The key itself is nowhere in the project.
create table if not exists public.encryption (
  id integer primary key check (id = 1),
  state text not null check (state in ('sealed', 'encrypting', 'rotating', 'decrypting')),
  key_id text not null,
  -- says that a key is the right one
  key_check text not null,
  -- what is being replaced, while it is
  old_id text,
  old_check text
);

create table if not exists public.campaigns_schema (version integer primary key);

-- Words. The checks of the system before on these columns refuse words of ours (busy, no_answer, failed), so they give
-- way; ours are `not valid`, since rows of that system may hold other words. Such rows stay and can be read.

do $$
declare old record;
begin
  for old in
    select conrelid::regclass as rel, conname
    from pg_constraint join pg_attribute on attrelid = conrelid and attnum = conkey[1]
    where contype = 'c' and cardinality(conkey) = 1 and conname not like '%\_words'
      and (conrelid, attname) in (
        ('public.campaigns'::regclass, 'execution_status'), ('public.campaigns'::regclass, 'contact_source'),
        ('public.campaign_calls'::regclass, 'status'), ('public.campaign_calls'::regclass, 'outcome'),
        ('public.csv_files'::regclass, 'status'))
      or conname = 'file_status_words' and conrelid = 'public.csv_files'::regclass
  loop
    execute format('alter table %s drop constraint %I', old.rel, old.conname);
  end loop;
end $$;

-- Before there was encryption they let pass what is plain alone.
do $$
declare plain_words name;
begin
  for plain_words in
    select conname from pg_constraint
    where conrelid = 'public.do_not_call_numbers'::regclass and conname in ('number_words', 'reason_words')
      and strpos(pg_get_constraintdef(oid), '~[0-9a-f]') = 0
  loop
    execute format('alter table public.do_not_call_numbers drop constraint %I', plain_words);
  end loop;
end $$;

do $$
declare word record;
begin
  for word in
    select * from (values
      ('campaigns', 'execution_status_words',
        'execution_status in (''idle'', ''running'', ''paused'', ''completed'', ''error'')'),
      ('campaigns', 'contact_source_words', 'contact_source in (''contact_list'', ''csv_file'')'),
      ('campaigns', 'settings_words', 'daily_cap >= 1 and concurrency >= 1 and delay_ms >= 0 and max_attempts >= 1'),
      ('campaigns', 'hours_in_words', 'hours_in in (''contact'', ''campaign'')'),
      ('campaign_calls', 'status_words',
        'status in (''pending'', ''calling'', ''answered'', ''completed'', ''no_answer'', ''busy'', ''failed'')'),
      ('campaign_calls', 'outcome_words',
        'outcome in (''interested'', ''not_interested'', ''callback'', ''do_not_call'', ''voicemail'', ''wrong_number'')'),
      ('do_not_call_numbers', 'number_words', 'phone_number ~ ''^\+[1-9]([0-9]{1,14}|[0-9]{0,13}\*)$'' or phone_number ~ ''^~[0-9a-f]{8}[~.]'''),
      ('do_not_call_numbers', 'source_words', 'source ~ ''^[^\u0001-\u001f\u007f]{1,200}$'''),
      ('do_not_call_numbers', 'reason_words', 'length(reason) <= 500 or reason ~ ''^~[0-9a-f]{8}!''')
    ) as words (rel, name, rule)
  loop
    if not exists (select 1 from pg_constraint where conname = word.name and conrelid = ('public.' || word.rel)::regclass)
    then
      execute format('alter table public.%I add constraint %I check (%s) not valid', word.rel, word.name, word.rule);
    end if;
  end loop;
end $$;

-- Nothing may be dialed by two systems at once: a campaign that the system before left running waits here for an
-- operator, who has stopped that system and then resumes it. Its contacts without a call become calls then.
update public.campaigns
set execution_status = 'paused',
    status_reason = 'it was running in the system before; resume goes on with the contacts not yet called, hours in UTC'
where execution_status = 'running' and copied_at is null;

-- Two rows for one number of a campaign are one call. Rows of the system before may repeat a number: they stay, the claim
-- ends the second, and those that come from here on are unique.
do $$
declare known bigint := 0;
begin
  if to_regclass('public.campaign_calls_once') is not null then return; end if;
  if exists (select 1 from public.campaign_calls where campaign_id is not null group by campaign_id, phone_number
             having count(*) > 1)
  then select max(position) into known from public.campaign_calls; end if;
  execute format('create unique index campaign_calls_once on public.campaign_calls (campaign_id, phone_number)
                  where position > %s', known);
end $$;

-- One index for every question the engine asks.
create index if not exists campaigns_by_status on public.campaigns (execution_status, next_call_at);
create index if not exists campaigns_by_name on public.campaigns (lower(name));
create index if not exists campaigns_by_owner on public.campaigns (user_id);
create index if not exists contacts_by_list on public.contacts (contact_list_id, phone_number);
create index if not exists csv_contacts_by_file on public.csv_contacts (csv_file_id, phone_number);
create index if not exists campaign_calls_due on public.campaign_calls (campaign_id, place, next_attempt_at, position)
  where status = 'pending' and attempt_id is null;
create index if not exists campaign_calls_callbacks on public.campaign_calls (campaign_id, callback_at, position)
  where callback_at is not null;
create index if not exists campaign_calls_in_order on public.campaign_calls (campaign_id, position);
create index if not exists campaign_calls_by_number on public.campaign_calls (campaign_id, phone_number);
create index if not exists campaign_calls_to_number on public.campaign_calls (phone_number);
-- In order, status by status: of each, a list reads no more than a page.
drop index if exists public.campaign_calls_by_status;
create index if not exists campaign_calls_of_status on public.campaign_calls (campaign_id, status, position);
create index if not exists campaign_calls_held on public.campaign_calls (campaign_id, held_by, next_attempt_at)
  where status = 'pending' and held_by is not null;
create index if not exists campaign_calls_by_outcome on public.campaign_calls (campaign_id, outcome)
  where outcome is not null;
create index if not exists call_attempts_open on public.call_attempts (campaign_id, state) where state <> 'ended';
create index if not exists call_attempts_on_trunk on public.call_attempts (trunk_id, state) where state <> 'ended';
create index if not exists call_attempts_claimed on public.call_attempts (trunk_id, claimed_at);
create index if not exists call_attempts_dialed on public.call_attempts (trunk_id, dialed_at);
create index if not exists call_attempts_by_runner on public.call_attempts (runner_id) where state <> 'ended';
-- The dials of a day are no more than the greatest of their numbers, since no two have the same; fewer by those that rang nobody.
drop index if exists public.call_attempts_by_day;
create unique index if not exists call_attempts_nth on public.call_attempts (campaign_id, local_day, nth_of_day)
  where nth_of_day is not null;
create index if not exists call_attempts_unnumbered on public.call_attempts (campaign_id, local_day)
  where nth_of_day is null and dialed_at is not null;
create index if not exists call_attempts_unanswered on public.call_attempts (campaign_id, local_day, ending)
  where state = 'ended' and answered_at is null and dialed_at is not null;
create index if not exists call_attempts_handed_out on public.call_attempts (campaign_id, claimed_at);
create index if not exists call_attempts_left on public.call_attempts (campaign_id, dialed_at);
create index if not exists call_attempts_answered on public.call_attempts (campaign_id, answered_at)
  where answered_at is not null;
drop index if exists public.call_attempts_first_words;
create index if not exists call_attempts_recording on public.call_attempts (ended_at) where recording_open;
create index if not exists campaign_calls_from_outside on public.campaign_calls (campaign_id)
  where status = 'pending' and attempt_id is null
    and (place = '' or next_attempt_at is null or not isfinite(next_attempt_at));
create index if not exists call_attempts_from on public.call_attempts (from_number, dialed_at) where from_number is not null;
create index if not exists call_attempts_by_sid on public.call_attempts (call_sid) where call_sid is not null;
create index if not exists call_attempts_by_call on public.call_attempts (call_id, claimed_at);
create unique index if not exists consents_once on public.consents
  (phone_number, purpose, source, granted_at, coalesce(user_id, '00000000-0000-0000-0000-000000000000'));
create index if not exists audit_log_by_campaign on public.audit_log (campaign_id, seq) where campaign_id is not null;
create index if not exists audit_log_by_subject on public.audit_log (subject, seq) where subject is not null;
create index if not exists audit_log_by_call on public.audit_log (call_id, seq) where call_id is not null;
create index if not exists audit_log_by_owner on public.audit_log (user_id, seq) where user_id is not null;
create index if not exists audit_log_unlinked on public.audit_log (seq) where link is null;
create index if not exists phone_number_by_number on public.phone_number (number);

insert into public.campaigns_schema (version) values (1) on conflict do nothing;
