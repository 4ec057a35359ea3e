-- The embedded store. Tables and columns keep the names of the system this replaces (see the Supabase migrations);
-- instants are ISO 8601 text in UTC with milliseconds, so that they sort as text; lists and maps are JSON text.
--
-- To add a column: write it here, and the same as upgrades/NNNN_name.sql with the next number, for files that exist already
-- (a test compares the two); then add it to the Supabase migrations, as the top of 0001_tables.sql says.

create table campaigns (
  id text primary key,
  user_id text,
  name text not null,
  assistant_id text not null,
  assistant_name text,
  contact_source text not null check (contact_source in ('contact_list', 'csv_file')),
  contact_list_id text references contact_lists (id),
  csv_file_id text references csv_files (id),
  daily_cap integer not null check (daily_cap >= 1),
  calling_days text not null,
  start_hour integer not null,
  end_hour integer not null,
  campaign_prompt text,
  execution_status text not null check (execution_status in ('idle', 'running', 'paused', 'completed', 'error')),
  next_call_at text,
  current_daily_calls integer not null default 0,
  total_calls_made integer not null default 0,
  total_calls_answered integer not null default 0,
  dials integer not null default 0,
  pickups integer not null default 0,
  interested integer not null default 0,
  not_interested integer not null default 0,
  callback integer not null default 0,
  do_not_call integer not null default 0,
  total_usage integer not null default 0,
  last_execution_at text,
  last_daily_reset text,
  created_at text not null,
  updated_at text not null,
  -- ours
  time_zone text not null,
  concurrency integer not null check (concurrency >= 1),
  delay_ms integer not null check (delay_ms >= 0),
  max_attempts integer not null check (max_attempts >= 1),
  retry_after_ms text not null,
  ring_seconds integer not null,
  max_duration_seconds integer not null,
  min_talk_seconds integer not null default 15,
  retry_agent_lost integer not null default 0,
  -- what follows a callback that could not be made in time: next-day, retry or close
  missed_callback text not null default 'next-day',
  expect_answers text not null default 'normal',
  trunk_id text,
  caller_ids text not null default '[]',
  status_reason text,
  status_at text not null,
  hang_up integer not null default 0,
  recent text not null default '',
  last_trouble text,
  skipped integer not null default 0,
  last_hand_out_at text,
  last_dial_at text,
  -- the trunk that a call was last asked for
  last_trunk_id text,
  -- when its contacts became calls; null: not yet
  copied_at text,
  hours_in text not null check (hours_in in ('contact', 'campaign')),
  rules text not null default '',
  rules_table text,
  require_consent integer not null default 0,
  -- windows with minutes, such as 9:30-12,14-17; empty: start_hour to end_hour
  calling_hours text not null default '',
  consent_purpose text not null default 'marketing',
  -- such as 3/7d: dials of one number by all campaigns of the owner; empty: no limit of one's own
  max_per_contact text not null default '',
  -- the caller's name for the carrier; null: LiveKit's choice
  display_name text,
  -- names and values, sent with each INVITE
  sip_headers text not null default '{}',
  on_voicemail text not null default 'retry',
  -- what the agent is to say to a machine
  voicemail_message text,
  -- null: as retry_after_ms
  voicemail_after_ms integer,
  -- what the guard against dead air holds it for, and what is usual here; null: nothing
  guard text,
  -- do-not-call lists without which nobody is called, and how old they may be
  needs_dnc text not null default '[]',
  dnc_max_age_ms integer not null default 2678400000,
  -- such as s3://bucket/calls required; empty: not recorded
  record text not null default '',
  -- why it waits, as it was told last; null: nothing was told since its last dial
  waiting_because text,
  -- who is told of its events, until when they are left alone, or another process is telling them, and what was wrong last
  notify_url text,
  notify_due_at text,
  notify_failures integer not null default 0,
  notify_error text,
  -- how long what it knows of people is kept once it is completed, milliseconds; null: for ever
  retention_ms integer,
  -- what its calls may cost, in millionths, null: no limit; and what they cost by prefix of the number, as domain/calls/prices.ts has it
  budget_micros integer,
  budget_currency text not null default 'USD',
  prices text not null default '{}'
) strict;
create index campaigns_by_status on campaigns (execution_status, next_call_at);
create index campaigns_by_name on campaigns (name);

create table contact_lists (
  id text primary key,
  user_id text,
  name text not null,
  description text,
  created_at text not null
) strict;
create unique index contact_lists_by_name on contact_lists (coalesce(user_id, ''), name collate nocase);

create table contacts (
  contact_list_id text not null references contact_lists (id) on delete cascade,
  phone_number text not null,
  -- the order in which they came
  position integer not null,
  id text generated always as (contact_list_id || '-' || position) virtual,
  name text,
  email text,
  company text,
  notes text,
  do_not_call integer not null default 0,
  variables text not null default '{}',
  created_at text not null,
  -- ours
  time_zone text,
  place text,
  consent text,
  primary key (contact_list_id, phone_number)
) strict, without rowid;

create table csv_files (
  id text primary key,
  user_id text,
  filename text not null,
  original_filename text not null,
  file_size integer not null,
  total_contacts integer not null default 0,
  processed_contacts integer not null default 0,
  status text not null check (status in ('processing', 'ready')),
  created_at text not null
) strict;

-- In the order of the file, so that rows are only ever appended; numbers are unique once the file is ready.
create table csv_contacts (
  csv_file_id text not null references csv_files (id) on delete cascade,
  position integer not null,
  id text generated always as (csv_file_id || '-' || position) virtual,
  name text,
  phone_number text not null,
  email text,
  company text,
  do_not_call integer not null default 0,
  variables text not null default '{}',
  -- ours
  time_zone text,
  place text,
  consent text,
  primary key (csv_file_id, position)
) strict, without rowid;
-- Calls that somebody else has added say no position.
create index csv_contacts_marked on csv_contacts (csv_file_id, phone_number) where do_not_call <> 0;

create table campaign_calls (
  position integer primary key,
  id text not null unique,
  -- null: a single call of `dial`, outside any campaign
  campaign_id text references campaigns (id) on delete cascade,
  -- the owner of a single call
  user_id text,
  contact_id text,
  phone_number text not null,
  contact_name text,
  contact_email text,
  call_sid text,
  room_name text,
  status text not null
    check (status in ('pending', 'calling', 'answered', 'completed', 'no_answer', 'busy', 'failed')),
  outcome text check (
    outcome in ('interested', 'not_interested', 'callback', 'do_not_call', 'voicemail', 'wrong_number')
  ),
  call_duration integer,
  notes text,
  started_at text,
  completed_at text,
  created_at text not null,
  updated_at text not null,
  -- ours
  variables text not null default '{}',
  attempts_spent integer not null default 0,
  attempts_free integer not null default 0,
  attempt_id text,
  place text not null default '',
  next_attempt_at text,
  held_by text,
  end_reason text,
  sip_status_code integer,
  from_number text,
  -- seconds by which call_duration may be off
  duration_uncertainty real,
  -- the attempt in which a human spoke
  reached_in text,
  -- the promise that stands, on whose clock it was made, and the latest that was not kept
  callback_at text,
  callback_zone text,
  callback_missed_at text,
  -- of its newest attempt that has one
  recording text,
  unique (campaign_id, phone_number)
) strict;
create index campaign_calls_due on campaign_calls (campaign_id, place, next_attempt_at, position)
  where status = 'pending' and attempt_id is null;
create index campaign_calls_callbacks on campaign_calls (campaign_id, callback_at, position)
  where callback_at is not null;
create index campaign_calls_by_status on campaign_calls (campaign_id, status);
create index campaign_calls_held on campaign_calls (campaign_id, held_by, next_attempt_at) where status = 'pending' and held_by is not null;
create index campaign_calls_from_outside on campaign_calls (campaign_id) where status = 'pending' and attempt_id is null
  and (place = '' or next_attempt_at is null or next_attempt_at not glob '[0-9][0-9][0-9][0-9]-*');
-- Numbers are looked up among the attempts: an index on every call would cost a start of a million more than all else.
create index campaign_calls_refused on campaign_calls (phone_number) where outcome = 'not_interested';

-- How many calls of each kind a campaign has, kept by triggers for whoever looks; nothing is decided by it. '': none, and the end
-- of a call that is not over. n of 0 is none.
create table campaign_counts (
  campaign_id text not null references campaigns (id) on delete cascade,
  status text not null,
  end_reason text not null,
  outcome text not null,
  n integer not null,
  reached integer not null,
  promised integer not null,
  missed integer not null,
  primary key (campaign_id, status, end_reason, outcome)
) strict, without rowid;

create table call_attempts (
  id text primary key,
  call_id text not null references campaign_calls (id) on delete cascade,
  campaign_id text references campaigns (id) on delete cascade,
  runner_id text not null,
  state text not null check (state in ('claimed', 'dialing', 'answered', 'ended')),
  claimed_at text not null,
  dialed_at text,
  answered_at text,
  ended_at text,
  local_day text,
  ending text,
  sip_status_code integer,
  detail text,
  call_sid text,
  -- ours: the number of its call, and LiveKit's trunk
  phone_number text,
  trunk_id text,
  -- seconds by which answered_at and ended_at may be late
  uncertain_seconds real not null default 0,
  -- we hung up, not the callee
  ended_by_us integer not null default 0,
  -- what the agent said, by its newest verdict; null: it said nothing
  verdict_seq integer,
  answered_by text,
  agent_outcome text,
  agent_notes text,
  first_audio_ms integer,
  ended_by text,
  -- the call's outcome when it was handed out: another one, unless the agent said it, is an operator's
  outcome_before text,
  -- the promise that it is to keep
  callback_at text,
  -- what became of it; and whether there is more to hear
  recording text,
  recording_open integer not null default 0,
  -- the nth dial of its campaign's local day: a trigger says it
  nth_of_day integer check (nth_of_day >= 1),
  -- against the campaign's budget, in millionths: the reserve, then the price; and what it is reckoned by
  cost_micros integer,
  rate text,
  -- its phone was seen to ring before it ended unanswered
  rang integer not null default 0,
  -- the caller ID that it was dialed with
  from_number text
) strict;
create index call_attempts_open on call_attempts (campaign_id, state) where state <> 'ended';
create index call_attempts_on_trunk on call_attempts (trunk_id, state) where state <> 'ended';
create index call_attempts_claimed on call_attempts (trunk_id, claimed_at);
create index call_attempts_dialed on call_attempts (trunk_id, dialed_at);
-- The dials of a day are no more than the greatest of their numbers, since no two have the same; fewer by those that rang nobody.
create unique index call_attempts_nth on call_attempts (campaign_id, local_day, nth_of_day) where nth_of_day is not null;
create index call_attempts_unnumbered on call_attempts (campaign_id, local_day) where nth_of_day is null and dialed_at is not null;
create index call_attempts_unanswered on call_attempts (campaign_id, local_day, ending)
  where state = 'ended' and answered_at is null and dialed_at is not null;
create index call_attempts_handed_out on call_attempts (campaign_id, claimed_at);
create index call_attempts_left on call_attempts (campaign_id, dialed_at);
create index call_attempts_answered on call_attempts (campaign_id, answered_at) where answered_at is not null;
create index call_attempts_recording on call_attempts (ended_at) where recording_open <> 0;
create index call_attempts_by_sid on call_attempts (call_sid) where call_sid is not null;
create index call_attempts_by_call on call_attempts (call_id);
create index call_attempts_lost on call_attempts (campaign_id) where ending = 'lost' and cost_micros > 0;
create index call_attempts_from on call_attempts (from_number, dialed_at) where from_number is not null;
create index call_attempts_by_number on call_attempts (phone_number, dialed_at);

-- What the attempts of a campaign come to, kept by triggers: what they count against its budget, in millionths; how many have told
-- when their agent spoke first, and how many of them later than 2 s (LATE_MS).
create table attempt_counts (
  campaign_id text primary key references campaigns (id) on delete cascade,
  cost_micros integer not null,
  told integer not null,
  late integer not null
) strict, without rowid;

create table runners (
  id text primary key,
  lease_until text not null,
  started_at text not null,
  -- lease_until by the machine's uptime, and how long the lease was when it was renewed, milliseconds
  up_until real,
  lease_ms integer,
  -- calls that its agents seem to take at once; null: it has met no limit
  agents integer,
  -- why it dials nothing new, in words; null: it does
  held_up text
) strict;

-- When a dial last left, and how many have. A file beside this one remembers it too: see last-dial.ts.
create table last_dial (
  id integer primary key check (id = 1),
  at text not null,
  n integer not null default 0
) strict;

-- Whether contact data is encrypted: no row, or with which key; see encryption.ts.
create table encryption (
  id integer primary key check (id = 1),
  state text not null check (state in ('sealed', 'encrypting', 'rotating', 'decrypting')),
  key_id text not null,
  -- says that a key is the right one
  key_check text not null,
  -- what is being replaced, while it is
  old_id text,
  old_check text
) strict;

-- How often somebody asked not to be called. A file beside this one remembers it too: see wishes.ts.
create table wishes (
  id integer primary key check (id = 1),
  n integer not null
) strict;
insert into wishes (id, n) values (1, 0);

-- A number may be on several lists, each with its source, until a day; a prefix ends with an asterisk.
create table do_not_call_numbers (
  phone_number text not null,
  source text not null,
  reason text,
  created_at text not null,
  expires_at text,
  -- operator, an owner's id, or several of them; null: nobody kept it
  added_by text,
  primary key (phone_number, source)
) strict, without rowid;
create index do_not_call_prefixes on do_not_call_numbers (phone_number) where substr(phone_number, -1) = '*';
create index do_not_call_by_source on do_not_call_numbers (source, phone_number);

create table do_not_call_sources (
  source text primary key,
  refreshed_at text not null
) strict, without rowid;

create table consents (
  id integer primary key,
  user_id text,
  phone_number text not null,
  channel text not null check (channel in ('ai_voice')),
  purpose text not null,
  level text not null check (level in ('express_written', 'express', 'inquiry', 'existing_relationship')),
  granted_at text not null,
  source text not null,
  proof text,
  expires_at text,
  revoked_at text
) strict;
create unique index consents_once on consents (phone_number, purpose, source, granted_at, coalesce(user_id, ''));

-- Our own numbers. A number is in an assistant's pool of caller IDs while it is active and has an outbound trunk.
create table phone_number (
  id text primary key,
  phone_sid text,
  number text not null unique,
  label text,
  -- who answers calls to it
  inbound_assistant_id text,
  status text not null default 'active',
  -- the carrier's trunk
  trunk_sid text,
  user_id text,
  -- LiveKit's trunk
  outbound_trunk_id text,
  outbound_trunk_name text,
  -- ours
  -- Who calls with it. A column of its own, since writing inbound_assistant_id would change who answers; rows of the
  -- system this replaces, which knew only that one, are read by it.
  outbound_assistant_id text,
  interval_ms integer not null default 0 check (interval_ms >= 0),
  last_used_at text,
  created_at text not null,
  updated_at text not null
) strict;
create index phone_number_by_trunk on phone_number (outbound_trunk_id, last_used_at);

create table trunk_limits (
  trunk_id text primary key,
  interval_ms integer not null default 0 check (interval_ms >= 0),
  concurrency integer check (concurrency >= 1),
  updated_at text not null
) strict, without rowid;

-- What the carrier has in its books about an attempt; prices in millionths of their unit.
create table carrier_calls (
  attempt_id text primary key references call_attempts (id) on delete cascade,
  sid text not null unique,
  status text not null,
  duration integer,
  price_micros integer,
  price_unit text,
  started_at text,
  synced_at text not null
) strict, without rowid;

-- What LiveKit and the carrier told of attempts: of each kind the last, by the sender's clock.
create table webhooks_heard (
  attempt_id text not null references call_attempts (id) on delete cascade,
  event text not null check (event in ('leg_joined', 'leg_left', 'agent_left', 'room_finished', 'carrier_ended')),
  how text not null check (how in ('left', 'no_audio', 'crashed', 'unsure')),
  sent_at text not null,
  event_id text not null,
  heard_at text not null,
  -- milliseconds before heard_at that it happened, at least; and by how much it may be more, null: nobody can tell
  late_ms integer not null,
  uncertain_ms integer,
  -- what the agent had written
  said text,
  primary key (attempt_id, event)
) strict, without rowid;

create table webhook_senders (
  sender text primary key check (sender in ('livekit', 'twilio')),
  heard_at text not null
) strict, without rowid;

-- Requests that must not be acted on twice, for a day; status and body are null until they are answered.
create table request_keys (
  owner text not null default '',
  key text not null,
  claim text not null,
  request text,
  status integer,
  body text,
  created_at text not null,
  primary key (owner, key)
) strict, without rowid;
create index request_keys_by_age on request_keys (created_at);

-- What happened to campaigns and their calls, in order: written by the triggers below, in the transaction of the change itself,
-- whoever makes it. Kept for a week. Ids only: who reads it asks for the rest.
create table campaign_events (
  position integer primary key autoincrement,
  id text not null default (lower(hex(randomblob(16)))),
  campaign_id text not null references campaigns (id) on delete cascade,
  type text not null,
  at text not null,
  data text not null,
  -- is notify_url told of it: due, sent or given_up; null: there was none
  notice text,
  due_at text not null default '',
  tries integer not null default 0
) strict;
create index campaign_events_in_order on campaign_events (campaign_id, position);
create index campaign_events_by_age on campaign_events (at);
create index campaign_events_notices on campaign_events (campaign_id, notice, due_at) where notice in ('due', 'given_up');

-- What nobody can read is not written: neither by us, nor by whoever else writes into the tables. Triggers, not checks, since
-- rows that are odd already must still be moved and ended. Alike on both stores: Supabase has campaigns_check_*.
create trigger campaigns_inserted before insert on campaigns begin
  select raise(abort, 'time_zone: expected the name of a time zone such as Europe/London')
    where new.time_zone not glob '[A-Za-z]*' or new.time_zone glob '*[^A-Za-z0-9_+/-]*';
  select raise(abort, 'calling_days: expected days such as mon')
    where not json_valid(new.calling_days)
      or exists (select 1 from json_each(new.calling_days)
                 where value not in ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'));
  select raise(abort, 'start_hour: expected an hour from 0 to 23')
    where new.start_hour not between 0 and 23;
  select raise(abort, 'end_hour: expected an hour from 0 to 24')
    where new.end_hour not between 0 and 24;
end;
create trigger campaigns_updated before update of time_zone, calling_days, start_hour, end_hour on campaigns begin
  select raise(abort, 'time_zone: expected the name of a time zone such as Europe/London')
    where new.time_zone is not old.time_zone and (new.time_zone not glob '[A-Za-z]*' or new.time_zone glob '*[^A-Za-z0-9_+/-]*');
  select raise(abort, 'calling_days: expected days such as mon')
    where new.calling_days is not old.calling_days and (not json_valid(new.calling_days)
      or exists (select 1 from json_each(new.calling_days)
                 where value not in ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')));
  select raise(abort, 'start_hour: expected an hour from 0 to 23')
    where new.start_hour is not old.start_hour and new.start_hour not between 0 and 23;
  select raise(abort, 'end_hour: expected an hour from 0 to 24')
    where new.end_hour is not old.end_hour and new.end_hour not between 0 and 24;
end;
-- Of a million calls none is to be taken apart: what is a text follows its colon with a quote.
create trigger campaign_calls_inserted before insert on campaign_calls begin
  select raise(abort, 'variables: expected an object of texts')
    where new.variables <> '{}' and new.variables not glob '~*' and (not json_valid(new.variables)
      or new.variables not glob '{*' and json_type(new.variables) <> 'object'
      or new.variables glob '*:[^"]*' and exists (select 1 from json_each(new.variables) where type <> 'text'));
  select raise(abort, 'next_attempt_at: expected an instant')
    where new.next_attempt_at not glob '[0-9][0-9][0-9][0-9]-*';
end;
create trigger campaign_calls_updated before update of variables, next_attempt_at on campaign_calls begin
  select raise(abort, 'variables: expected an object of texts')
    where new.variables is not old.variables and (new.variables <> '{}' and new.variables not glob '~*' and (not json_valid(new.variables) or json_type(new.variables) <> 'object'
      or exists (select 1 from json_each(new.variables) where type <> 'text')));
  select raise(abort, 'next_attempt_at: expected an instant')
    where new.next_attempt_at is not old.next_attempt_at and new.next_attempt_at not glob '[0-9][0-9][0-9][0-9]-*';
end;

-- Whoever writes that a contact must not be called any more, in whatever way: the number is on the list at once.
-- What two owners' contacts have asked for neither owner takes off alone.
create trigger campaign_calls_outcome_inserted after insert on campaign_calls
  when new.outcome = 'do_not_call' and (new.phone_number glob '~????????~*' or new.phone_number glob '+[1-9]*'
    and length(new.phone_number) between 8 and 16 and substr(new.phone_number, 3) not glob '*[^0-9]*')
begin
  insert into do_not_call_numbers (phone_number, source, reason, created_at, added_by)
  values (new.phone_number, 'outcome',
    iif(new.phone_number glob '~*', null,
      substr(replace(replace(replace(new.notes, char(13), ' '), char(10), ' '), char(9), ' '), 1, 500)), new.updated_at,
    coalesce((select user_id from campaigns where id = new.campaign_id), new.user_id, 'operator'))
  on conflict (phone_number, source) do update
    set expires_at = null, added_by = iif(added_by = excluded.added_by, added_by, 'several')
    where expires_at is not null or added_by not in (excluded.added_by, 'several');
end;
create trigger campaign_calls_outcome_updated after update of outcome on campaign_calls
  when new.outcome = 'do_not_call' and (new.phone_number glob '~????????~*' or new.phone_number glob '+[1-9]*'
    and length(new.phone_number) between 8 and 16 and substr(new.phone_number, 3) not glob '*[^0-9]*')
begin
  insert into do_not_call_numbers (phone_number, source, reason, created_at, added_by)
  values (new.phone_number, 'outcome',
    iif(new.phone_number glob '~*', null,
      substr(replace(replace(replace(new.notes, char(13), ' '), char(10), ' '), char(9), ' '), 1, 500)), new.updated_at,
    coalesce((select user_id from campaigns where id = new.campaign_id), new.user_id, 'operator'))
  on conflict (phone_number, source) do update
    set expires_at = null, added_by = iif(added_by = excluded.added_by, added_by, 'several')
    where expires_at is not null or added_by not in (excluded.added_by, 'several');
end;

-- What is on the list is read by everybody. Triggers, so that what is odd already still forbids.
create trigger do_not_call_inserted before insert on do_not_call_numbers begin
  select raise(abort, 'phone_number: expected a number in E.164, or a prefix such as +1900*')
    where new.phone_number not glob '~????????~*' and (length(new.phone_number) not between 3 and 16 or new.phone_number not glob '+[1-9]*'
      or substr(new.phone_number, 3, length(new.phone_number) - 3) glob '*[^0-9]*' or substr(new.phone_number, -1) not glob '[0-9*]');
  select raise(abort, 'source: expected a name of at most 200 characters')
    where length(new.source) not between 1 and 200 or new.source glob '*[' || char(1) || '-' || char(31) || char(127) || ']*';
  select raise(abort, 'reason: expected at most 500 characters')
    where length(new.reason) > 500 and new.reason not glob '~*';
end;

create trigger wish_listed after insert on do_not_call_numbers begin update wishes set n = n + 1; end;
create trigger wish_prolonged after update of expires_at on do_not_call_numbers
  when old.expires_at is not null and (new.expires_at is null or new.expires_at > old.expires_at) begin update wishes set n = n + 1; end;
create trigger wish_revoking after insert on consents when new.revoked_at is not null begin update wishes set n = n + 1; end;
create trigger wish_revoked after update of revoked_at on consents when new.revoked_at is not null begin update wishes set n = n + 1; end;
create trigger wish_marked after update of do_not_call on contacts when new.do_not_call <> 0 begin update wishes set n = n + 1; end;
create trigger wish_marked_in_file after update of do_not_call on csv_contacts when new.do_not_call <> 0 begin update wishes set n = n + 1; end;

-- Counts. What copies contacts counts them itself, all at once. Alike on both stores: Supabase has campaigns_count_calls.
create trigger campaign_calls_counted after insert on campaign_calls
  when not exists (select 1 from audit_bulk where what = 'calls')
begin
  insert into campaign_counts (campaign_id, status, end_reason, outcome, n, reached, promised, missed)
  select new.campaign_id, new.status, iif(new.status in ('pending', 'calling', 'answered'), '', coalesce(new.end_reason, '')),
    coalesce(new.outcome, ''), 1, new.reached_in is not null, new.callback_at is not null, new.callback_missed_at is not null
  where new.campaign_id is not null
  on conflict do update set n = n + 1, reached = reached + excluded.reached, promised = promised + excluded.promised,
    missed = missed + excluded.missed;
end;
create trigger campaign_calls_recounted after update of campaign_id, status, end_reason, outcome, reached_in, callback_at, callback_missed_at on campaign_calls
  when (new.campaign_id, new.status, new.end_reason, new.outcome, new.reached_in is null, new.callback_at is null, new.callback_missed_at is null)
    is not (old.campaign_id, old.status, old.end_reason, old.outcome, old.reached_in is null, old.callback_at is null, old.callback_missed_at is null)
begin
  update campaign_counts set n = n - 1, reached = reached - (old.reached_in is not null),
    promised = promised - (old.callback_at is not null), missed = missed - (old.callback_missed_at is not null)
  where campaign_id = old.campaign_id and status = old.status
    and end_reason = iif(old.status in ('pending', 'calling', 'answered'), '', coalesce(old.end_reason, '')) and outcome = coalesce(old.outcome, '');
  insert into campaign_counts (campaign_id, status, end_reason, outcome, n, reached, promised, missed)
  select new.campaign_id, new.status, iif(new.status in ('pending', 'calling', 'answered'), '', coalesce(new.end_reason, '')),
    coalesce(new.outcome, ''), 1, new.reached_in is not null, new.callback_at is not null, new.callback_missed_at is not null
  where new.campaign_id is not null
  on conflict do update set n = n + 1, reached = reached + excluded.reached, promised = promised + excluded.promised,
    missed = missed + excluded.missed;
end;
create trigger campaign_calls_uncounted after delete on campaign_calls begin
  update campaign_counts set n = n - 1, reached = reached - (old.reached_in is not null),
    promised = promised - (old.callback_at is not null), missed = missed - (old.callback_missed_at is not null)
  where campaign_id = old.campaign_id and status = old.status
    and end_reason = iif(old.status in ('pending', 'calling', 'answered'), '', coalesce(old.end_reason, '')) and outcome = coalesce(old.outcome, '');
end;
-- Alike on both stores: Supabase has campaigns_count_attempts.
create trigger call_attempts_counted after insert on call_attempts
  when new.campaign_id is not null and (new.cost_micros > 0 or new.first_audio_ms is not null)
begin
  insert into attempt_counts (campaign_id, cost_micros, told, late)
  values (new.campaign_id, max(0, coalesce(new.cost_micros, 0)), new.first_audio_ms is not null, coalesce(new.first_audio_ms > 2000, 0))
  on conflict do update set cost_micros = cost_micros + excluded.cost_micros, told = told + excluded.told, late = late + excluded.late;
end;
create trigger call_attempts_recounted after update of campaign_id, cost_micros, first_audio_ms on call_attempts
  when (new.campaign_id, new.cost_micros, new.first_audio_ms) is not (old.campaign_id, old.cost_micros, old.first_audio_ms)
begin
  update attempt_counts set cost_micros = cost_micros - max(0, coalesce(old.cost_micros, 0)),
    told = told - (old.first_audio_ms is not null), late = late - coalesce(old.first_audio_ms > 2000, 0)
  where campaign_id = old.campaign_id;
  insert into attempt_counts (campaign_id, cost_micros, told, late)
  select new.campaign_id, max(0, coalesce(new.cost_micros, 0)), new.first_audio_ms is not null, coalesce(new.first_audio_ms > 2000, 0)
  where new.campaign_id is not null
  on conflict do update set cost_micros = cost_micros + excluded.cost_micros, told = told + excluded.told, late = late + excluded.late;
end;
create trigger call_attempts_uncounted after delete on call_attempts when old.cost_micros > 0 or old.first_audio_ms is not null begin
  update attempt_counts set cost_micros = cost_micros - max(0, coalesce(old.cost_micros, 0)),
    told = told - (old.first_audio_ms is not null), late = late - coalesce(old.first_audio_ms > 2000, 0)
  where campaign_id = old.campaign_id;
end;

-- Each dial of a day gets the next number, whoever writes it. Alike on both stores: Supabase has campaigns_number_dial.
create trigger call_attempts_dialed_in_day after insert on call_attempts
  when new.dialed_at is not null and new.local_day is not null and new.campaign_id is not null
begin
  update call_attempts set nth_of_day = 1 + (select coalesce(max(nth_of_day), 0) from call_attempts
    where campaign_id = new.campaign_id and local_day = new.local_day and nth_of_day is not null)
  where id = new.id;
end;
create trigger call_attempts_redialed_in_day after update of campaign_id, local_day, dialed_at on call_attempts
  when new.nth_of_day is null and new.dialed_at is not null and new.local_day is not null and new.campaign_id is not null
begin
  update call_attempts set nth_of_day = 1 + (select coalesce(max(nth_of_day), 0) from call_attempts
    where campaign_id = new.campaign_id and local_day = new.local_day and nth_of_day is not null)
  where id = new.id;
end;
create trigger call_attempts_stay_in_day before update of campaign_id, local_day on call_attempts
  when old.nth_of_day is not null and (new.campaign_id, new.local_day) is not (old.campaign_id, old.local_day)
begin
  select raise(abort, 'local_day: expected the campaign and the day in which the dial left');
end;

-- Events. Alike on both stores: Supabase has campaigns_event_of_*.
create trigger campaigns_moved after update of execution_status on campaigns
  when new.execution_status is not old.execution_status and new.execution_status <> 'idle'
begin
  insert into campaign_events (campaign_id, type, at, data, notice)
  values (new.id,
    case new.execution_status
      when 'running' then case old.execution_status when 'idle' then 'campaign.started' else 'campaign.resumed' end
      when 'error' then 'campaign.failed' else 'campaign.' || new.execution_status end,
    iif(new.status_at is old.status_at, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), new.status_at),
    json_object('reason', new.status_reason), iif(new.notify_url is null, null, 'due'));
end;
create trigger campaigns_waiting after update of waiting_because on campaigns
  when new.waiting_because is not old.waiting_because and new.waiting_because is not null
begin
  insert into campaign_events (campaign_id, type, at, data, notice)
  values (new.id, 'campaign.waiting', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
    json_object('reason', new.waiting_because, 'next_call_at', new.next_call_at), iif(new.notify_url is null, null, 'due'));
end;
-- Another receiver has not failed yet.
create trigger campaigns_notified after update of notify_url on campaigns when new.notify_url is not old.notify_url begin
  update campaigns set notify_due_at = null, notify_failures = 0, notify_error = null where id = new.id;
end;
create trigger campaign_calls_ended after update of attempt_id on campaign_calls
  when old.attempt_id is not null and new.attempt_id is null and new.campaign_id is not null
begin
  insert into campaign_events (campaign_id, type, at, data, notice)
  select c.id, 'call.ended', iif(new.updated_at is old.updated_at, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), new.updated_at),
    json_object('call_id', new.id, 'attempt_id', old.attempt_id, 'status', new.status, 'end_reason', new.end_reason,
      'sip_status_code', new.sip_status_code, 'call_duration', new.call_duration, 'outcome', new.outcome,
      'next_attempt_at', new.next_attempt_at),
    iif(c.notify_url is null, null, 'due')
  from campaigns c where c.id = new.campaign_id;
end;
create trigger campaign_calls_outcome after update of outcome on campaign_calls
  when new.outcome is not old.outcome and new.campaign_id is not null
begin
  insert into campaign_events (campaign_id, type, at, data, notice)
  select c.id, 'call.outcome', iif(new.updated_at is old.updated_at, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), new.updated_at),
    json_object('call_id', new.id, 'outcome', new.outcome), iif(c.notify_url is null, null, 'due')
  from campaigns c where c.id = new.campaign_id;
end;
create trigger call_attempts_verdict after update of verdict_seq on call_attempts
  when new.verdict_seq is not old.verdict_seq and new.verdict_seq is not null and new.campaign_id is not null
begin
  insert into campaign_events (campaign_id, type, at, data, notice)
  select c.id, 'call.verdict', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
    json_object('call_id', new.call_id, 'attempt_id', new.id, 'seq', new.verdict_seq, 'answered_by', new.answered_by,
      'outcome', new.agent_outcome, 'first_audio_ms', new.first_audio_ms, 'ended_by', new.ended_by),
    iif(c.notify_url is null, null, 'due')
  from campaigns c where c.id = new.campaign_id;
end;

-- Who did what and when: appended to, never changed, in the transaction that changes the thing; by triggers, so that whoever
-- writes into the tables is in it. No number, name or text of anybody's is in it: `subject` stands for a number, until that
-- person is erased. Alike on both stores: Supabase has 0010_privacy.sql.
create table audit_log (
  seq integer primary key autoincrement,
  at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  -- null: not this program
  actor text,
  user_id text,
  action text not null,
  campaign_id text,
  call_id text,
  attempt_id text,
  subject integer,
  before text,
  after text,
  -- its place in the chain, and the hash of it and of all before; null: not sealed yet
  link integer unique,
  hash text
) strict;
create index audit_log_by_campaign on audit_log (campaign_id, seq) where campaign_id is not null;
create index audit_log_by_subject on audit_log (subject, seq) where subject is not null;
create index audit_log_by_call on audit_log (call_id, seq) where call_id is not null;
create index audit_log_unlinked on audit_log (seq) where link is null;

create table audit_subjects (
  id integer primary key autoincrement,
  phone_number text not null
) strict;
create index audit_subjects_by_number on audit_subjects (phone_number);

-- A row in here: a list is written as a whole, and is one entry of the log; `anew`: its numbers are only written in another way. Never
-- there once the transaction is over.
create table audit_bulk (
  what text primary key
) strict, without rowid;

create trigger audit_log_kept before delete on audit_log begin
  select raise(abort, 'the audit log is only appended to');
end;
create trigger audit_log_fixed before update on audit_log
  when old.link is not null or new.link < 1 or (old.actor is not null and new.actor is not old.actor)
    or (new.seq, new.at, new.user_id, new.action, new.campaign_id, new.call_id, new.attempt_id, new.subject, new.before, new.after) is not
      (old.seq, old.at, old.user_id, old.action, old.campaign_id, old.call_id, old.attempt_id, old.subject, old.before, old.after)
begin
  select raise(abort, 'the audit log is only appended to');
end;
create trigger audit_log_appended after insert on audit_log
  when new.link is not null or exists (select 1 from audit_log where seq > new.seq)
begin
  select raise(abort, 'the audit log is only appended to');
end;
-- REPLACE removes a row without firing what keeps it.
create trigger audit_log_replaced before insert on audit_log
  when exists (select 1 from audit_log where seq = new.seq)
begin
  select raise(abort, 'the audit log is only appended to');
end;

-- Whom the log is about: sealed in another way they are the same, and erased they are nobody.
create trigger audit_subjects_kept before delete on audit_subjects when not exists (select 1 from audit_bulk) begin
  select raise(abort, 'the audit log is only appended to');
end;
create trigger audit_subjects_fixed before update on audit_subjects when not exists (select 1 from audit_bulk) begin
  select raise(abort, 'the audit log is only appended to');
end;
create trigger audit_subjects_replaced before insert on audit_subjects
  when exists (select 1 from audit_subjects where id = new.id)
begin
  select raise(abort, 'the audit log is only appended to');
end;

create trigger audit_campaign_created after insert on campaigns begin
  insert into audit_log (action, user_id, campaign_id, after) values ('campaign.created', new.user_id, new.id, json_object(
    'user_id', new.user_id, 'name', new.name, 'assistant_id', new.assistant_id, 'assistant_name', new.assistant_name,
    'contact_source', new.contact_source, 'contact_list_id', new.contact_list_id, 'csv_file_id', new.csv_file_id,
    'daily_cap', new.daily_cap, 'calling_days', new.calling_days, 'start_hour', new.start_hour,
    'end_hour', new.end_hour, 'time_zone', new.time_zone, 'calling_hours', new.calling_hours,
    'hours_in', new.hours_in, 'rules', new.rules, 'rules_table', new.rules_table, 'concurrency', new.concurrency,
    'delay_ms', new.delay_ms, 'max_attempts', new.max_attempts, 'retry_after_ms', new.retry_after_ms,
    'ring_seconds', new.ring_seconds, 'max_duration_seconds', new.max_duration_seconds,
    'min_talk_seconds', new.min_talk_seconds, 'retry_agent_lost', new.retry_agent_lost,
    'missed_callback', new.missed_callback, 'expect_answers', new.expect_answers, 'trunk_id', new.trunk_id,
    'caller_ids', new.caller_ids, 'require_consent', new.require_consent, 'consent_purpose', new.consent_purpose,
    'max_per_contact', new.max_per_contact, 'display_name', new.display_name, 'on_voicemail', new.on_voicemail,
    'voicemail_after_ms', new.voicemail_after_ms, 'guard', new.guard, 'needs_dnc', new.needs_dnc,
    'dnc_max_age_ms', new.dnc_max_age_ms, 'record', new.record, 'campaign_prompt', length(new.campaign_prompt),
    'voicemail_message', length(new.voicemail_message), 'sip_headers', length(new.sip_headers),
    'notify_url', length(new.notify_url), 'retention_ms', new.retention_ms, 'budget_micros', new.budget_micros,
      'budget_currency', new.budget_currency, 'prices', new.prices));
end;
create trigger audit_campaign_changed after update of
  user_id, name, assistant_id, assistant_name, contact_source, contact_list_id, csv_file_id, daily_cap,
  calling_days, start_hour, end_hour, time_zone, calling_hours, hours_in, rules, rules_table, concurrency,
  delay_ms, max_attempts, retry_after_ms, ring_seconds, max_duration_seconds, min_talk_seconds, retry_agent_lost,
  missed_callback, expect_answers, trunk_id, caller_ids, require_consent, consent_purpose, max_per_contact,
  display_name, on_voicemail, voicemail_after_ms, guard, needs_dnc, dnc_max_age_ms, record, campaign_prompt,
  voicemail_message, sip_headers, notify_url, retention_ms, budget_micros, budget_currency, prices
  on campaigns
  when not exists (select 1 from audit_bulk) and (new.user_id, new.name, new.assistant_id, new.assistant_name, new.contact_source, new.contact_list_id,
  new.csv_file_id, new.daily_cap, new.calling_days, new.start_hour, new.end_hour, new.time_zone, new.calling_hours,
  new.hours_in, new.rules, new.rules_table, new.concurrency, new.delay_ms, new.max_attempts, new.retry_after_ms,
  new.ring_seconds, new.max_duration_seconds, new.min_talk_seconds, new.retry_agent_lost, new.missed_callback,
  new.expect_answers, new.trunk_id, new.caller_ids, new.require_consent, new.consent_purpose, new.max_per_contact,
  new.display_name, new.on_voicemail, new.voicemail_after_ms, new.guard, new.needs_dnc, new.dnc_max_age_ms,
  new.record, new.campaign_prompt, new.voicemail_message, new.sip_headers, new.notify_url, new.retention_ms,
  new.budget_micros, new.budget_currency, new.prices)
    is not (old.user_id, old.name, old.assistant_id, old.assistant_name, old.contact_source, old.contact_list_id,
  old.csv_file_id, old.daily_cap, old.calling_days, old.start_hour, old.end_hour, old.time_zone, old.calling_hours,
  old.hours_in, old.rules, old.rules_table, old.concurrency, old.delay_ms, old.max_attempts, old.retry_after_ms,
  old.ring_seconds, old.max_duration_seconds, old.min_talk_seconds, old.retry_agent_lost, old.missed_callback,
  old.expect_answers, old.trunk_id, old.caller_ids, old.require_consent, old.consent_purpose, old.max_per_contact,
  old.display_name, old.on_voicemail, old.voicemail_after_ms, old.guard, old.needs_dnc, old.dnc_max_age_ms,
  old.record, old.campaign_prompt, old.voicemail_message, old.sip_headers, old.notify_url, old.retention_ms,
  old.budget_micros, old.budget_currency, old.prices)
begin
  insert into audit_log (action, user_id, campaign_id, before, after)
  select 'campaign.changed', new.user_id, new.id,
    json_group_object(was.key, case when was.key in ('campaign_prompt', 'voicemail_message', 'sip_headers', 'notify_url')
      then length(was.value) else was.value end),
    json_group_object(became.key, case when became.key in ('campaign_prompt', 'voicemail_message', 'sip_headers', 'notify_url')
      then length(became.value) else became.value end)
  from json_each(json_object(
      'user_id', old.user_id, 'name', old.name, 'assistant_id', old.assistant_id, 'assistant_name', old.assistant_name,
      'contact_source', old.contact_source, 'contact_list_id', old.contact_list_id, 'csv_file_id', old.csv_file_id,
      'daily_cap', old.daily_cap, 'calling_days', old.calling_days, 'start_hour', old.start_hour,
      'end_hour', old.end_hour, 'time_zone', old.time_zone, 'calling_hours', old.calling_hours,
      'hours_in', old.hours_in, 'rules', old.rules, 'rules_table', old.rules_table, 'concurrency', old.concurrency,
      'delay_ms', old.delay_ms, 'max_attempts', old.max_attempts, 'retry_after_ms', old.retry_after_ms,
      'ring_seconds', old.ring_seconds, 'max_duration_seconds', old.max_duration_seconds,
      'min_talk_seconds', old.min_talk_seconds, 'retry_agent_lost', old.retry_agent_lost,
      'missed_callback', old.missed_callback, 'expect_answers', old.expect_answers, 'trunk_id', old.trunk_id,
      'caller_ids', old.caller_ids, 'require_consent', old.require_consent, 'consent_purpose', old.consent_purpose,
      'max_per_contact', old.max_per_contact, 'display_name', old.display_name, 'on_voicemail', old.on_voicemail,
      'voicemail_after_ms', old.voicemail_after_ms, 'guard', old.guard, 'needs_dnc', old.needs_dnc,
      'dnc_max_age_ms', old.dnc_max_age_ms, 'record', old.record, 'campaign_prompt', old.campaign_prompt,
      'voicemail_message', old.voicemail_message, 'sip_headers', old.sip_headers, 'notify_url', old.notify_url,
      'retention_ms', old.retention_ms, 'budget_micros', old.budget_micros,
      'budget_currency', old.budget_currency, 'prices', old.prices)) as was
  join json_each(json_object(
      'user_id', new.user_id, 'name', new.name, 'assistant_id', new.assistant_id, 'assistant_name', new.assistant_name,
      'contact_source', new.contact_source, 'contact_list_id', new.contact_list_id, 'csv_file_id', new.csv_file_id,
      'daily_cap', new.daily_cap, 'calling_days', new.calling_days, 'start_hour', new.start_hour,
      'end_hour', new.end_hour, 'time_zone', new.time_zone, 'calling_hours', new.calling_hours,
      'hours_in', new.hours_in, 'rules', new.rules, 'rules_table', new.rules_table, 'concurrency', new.concurrency,
      'delay_ms', new.delay_ms, 'max_attempts', new.max_attempts, 'retry_after_ms', new.retry_after_ms,
      'ring_seconds', new.ring_seconds, 'max_duration_seconds', new.max_duration_seconds,
      'min_talk_seconds', new.min_talk_seconds, 'retry_agent_lost', new.retry_agent_lost,
      'missed_callback', new.missed_callback, 'expect_answers', new.expect_answers, 'trunk_id', new.trunk_id,
      'caller_ids', new.caller_ids, 'require_consent', new.require_consent, 'consent_purpose', new.consent_purpose,
      'max_per_contact', new.max_per_contact, 'display_name', new.display_name, 'on_voicemail', new.on_voicemail,
      'voicemail_after_ms', new.voicemail_after_ms, 'guard', new.guard, 'needs_dnc', new.needs_dnc,
      'dnc_max_age_ms', new.dnc_max_age_ms, 'record', new.record, 'campaign_prompt', new.campaign_prompt,
      'voicemail_message', new.voicemail_message, 'sip_headers', new.sip_headers, 'notify_url', new.notify_url,
      'retention_ms', new.retention_ms, 'budget_micros', new.budget_micros,
      'budget_currency', new.budget_currency, 'prices', new.prices)) as became
  on became.key = was.key and became.value is not was.value;
end;
create trigger audit_campaign_moved after update of execution_status, hang_up on campaigns
  when new.execution_status is not old.execution_status or new.hang_up > old.hang_up
begin
  insert into audit_log (action, user_id, campaign_id, before, after) values ('campaign.moved', new.user_id, new.id,
    json_object('status', old.execution_status),
    json_object('status', new.execution_status, 'reason', new.status_reason, 'hang_up', new.hang_up));
end;
create trigger audit_campaign_deleted after delete on campaigns begin
  insert into audit_log (action, user_id, campaign_id, before) values ('campaign.deleted', old.user_id, old.id,
    json_object('name', old.name, 'status', old.execution_status));
end;

-- A dial is in it, so that what held when it left is told by the order of entries, whatever clocks said.
create trigger audit_call_dialed after update of dialed_at on call_attempts
  when old.dialed_at is null and new.dialed_at is not null
begin
  insert into audit_log (actor, action, user_id, campaign_id, call_id, attempt_id, after)
  select 'runner:' || new.runner_id, 'call.dialed', coalesce(c.user_id, k.user_id), new.campaign_id, k.id, new.id,
    json_object('dialed_at', new.dialed_at)
  from campaign_calls k left join campaigns c on c.id = k.campaign_id where k.id = new.call_id;
end;
-- Without its call: the dial has it.
create trigger audit_call_ended after update of state on call_attempts
  when old.state <> 'ended' and new.state = 'ended' and new.dialed_at is not null
begin
  insert into audit_log (action, attempt_id) values ('call.ended', new.id);
end;
create trigger audit_dial_copied after insert on call_attempts when new.dialed_at is not null begin
  insert into audit_log (action, user_id, campaign_id, call_id, attempt_id, after)
  select 'call.copied', coalesce(c.user_id, k.user_id), new.campaign_id, k.id, new.id, json_object('dialed_at', new.dialed_at)
  from campaign_calls k left join campaigns c on c.id = k.campaign_id where k.id = new.call_id;
end;
-- What was dialed stays as it was, and what has ended too, but for what the program finds out later about how it ended.
create trigger audit_dial_changed
  after update of id, dialed_at, call_id, campaign_id, callback_at, local_day, state, ending, answered_at, ended_at on call_attempts
  when old.dialed_at is not null
    and ((new.id, new.dialed_at, new.call_id, new.campaign_id, new.callback_at, new.local_day)
        is not (old.id, old.dialed_at, old.call_id, old.campaign_id, old.callback_at, old.local_day)
      or old.state = 'ended'
        and (new.state, new.ending, new.answered_at, new.ended_at) is not (old.state, old.ending, old.answered_at, old.ended_at))
begin
  insert into audit_log (action, user_id, campaign_id, call_id, attempt_id, before, after)
  values (iif(exists (select 1 from audit_bulk), 'call.mended', 'call.rewritten'),
    (select coalesce(c.user_id, k.user_id) from campaign_calls k left join campaigns c on c.id = k.campaign_id where k.id = old.call_id),
    old.campaign_id, old.call_id, old.id,
    json_object('id', old.id, 'call_id', old.call_id, 'campaign_id', old.campaign_id, 'dialed_at', old.dialed_at,
      'callback_at', old.callback_at, 'local_day', old.local_day, 'state', old.state, 'ending', old.ending,
      'answered_at', old.answered_at, 'ended_at', old.ended_at),
    json_object('id', new.id, 'call_id', new.call_id, 'campaign_id', new.campaign_id, 'dialed_at', new.dialed_at,
      'callback_at', new.callback_at, 'local_day', new.local_day, 'state', new.state, 'ending', new.ending,
      'answered_at', new.answered_at, 'ended_at', new.ended_at));
end;
-- In bulk: numbers are written in another way, or somebody is erased.
create trigger audit_call_changed after update of id, phone_number, campaign_id, user_id, place on campaign_calls
  when (new.id, new.phone_number, new.campaign_id, new.user_id, new.place)
      is not (old.id, old.phone_number, old.campaign_id, old.user_id, old.place)
    and not exists (select 1 from audit_bulk)
    and exists (select 1 from call_attempts where call_id = old.id and dialed_at is not null)
begin
  insert into audit_log (action, user_id, campaign_id, call_id, before, after)
  values ('call.rewritten', coalesce((select user_id from campaigns where id = old.campaign_id), old.user_id), old.campaign_id, old.id,
    json_object('id', old.id, 'campaign_id', old.campaign_id, 'user_id', old.user_id, 'place', old.place, 'number', 'one'),
    json_object('id', new.id, 'campaign_id', new.campaign_id, 'user_id', new.user_id, 'place', new.place,
      'number', iif(new.phone_number is old.phone_number, 'one', 'another')));
end;
-- By REPLACE: who was dialed has a call before.
create trigger audit_call_replaced after insert on campaign_calls
  when exists (select 1 from call_attempts where call_id = new.id and dialed_at is not null)
begin
  insert into audit_log (action, user_id, campaign_id, call_id, after)
  values ('call.rewritten', coalesce((select user_id from campaigns where id = new.campaign_id), new.user_id), new.campaign_id, new.id,
    json_object('id', new.id, 'campaign_id', new.campaign_id, 'user_id', new.user_id, 'place', new.place));
end;
create trigger audit_dial_removed after delete on call_attempts when old.dialed_at is not null begin
  insert into audit_log (action, user_id, campaign_id, call_id, attempt_id, before)
  values ('call.removed',
    (select coalesce(c.user_id, k.user_id) from campaign_calls k left join campaigns c on c.id = k.campaign_id where k.id = old.call_id),
    old.campaign_id, old.call_id, old.id, json_object('dialed_at', old.dialed_at));
end;

create trigger audit_outcome_inserted after insert on campaign_calls when new.outcome is not null begin
  insert into audit_log (action, user_id, campaign_id, call_id, after)
  values ('call.outcome', coalesce((select user_id from campaigns where id = new.campaign_id), new.user_id), new.campaign_id, new.id,
    json_object('outcome', new.outcome));
end;
create trigger audit_outcome_updated after update of outcome on campaign_calls when new.outcome is not old.outcome begin
  insert into audit_log (action, user_id, campaign_id, call_id, before, after)
  values ('call.outcome', coalesce((select user_id from campaigns where id = new.campaign_id), new.user_id), new.campaign_id, new.id,
    json_object('outcome', old.outcome), json_object('outcome', new.outcome));
end;

-- Of a list that comes as a whole, those are kept apart whom somebody has called before, and prefixes: a call to anybody else came
-- later.
create trigger audit_dnc_added after insert on do_not_call_numbers
  when not exists (select 1 from audit_bulk) or substr(new.phone_number, -1) = '*'
    or exists (select 1 from call_attempts where phone_number = new.phone_number)
begin
  insert into audit_subjects (phone_number) select new.phone_number
    where not exists (select 1 from audit_subjects where phone_number = new.phone_number);
  insert into audit_log (action, user_id, subject, after)
  values ('dnc.added', case when new.added_by not in ('operator', 'several') then new.added_by end,
    (select max(id) from audit_subjects where phone_number = new.phone_number),
    json_object('source', new.source, 'created_at', new.created_at, 'expires_at', new.expires_at));
end;
create trigger audit_dnc_changed after update of phone_number, source, created_at, expires_at on do_not_call_numbers
  when not exists (select 1 from audit_bulk)
    and (new.phone_number, new.source, new.created_at, new.expires_at)
      is not (old.phone_number, old.source, old.created_at, old.expires_at)
begin
  insert into audit_subjects (phone_number) select old.phone_number
    where not exists (select 1 from audit_subjects where phone_number = old.phone_number);
  insert into audit_subjects (phone_number) select new.phone_number
    where not exists (select 1 from audit_subjects where phone_number = new.phone_number);
  insert into audit_log (action, user_id, subject, before)
  values ('dnc.removed', case when old.added_by not in ('operator', 'several') then old.added_by end,
    (select max(id) from audit_subjects where phone_number = old.phone_number),
    json_object('source', old.source, 'created_at', old.created_at, 'expires_at', old.expires_at));
  insert into audit_log (action, user_id, subject, after)
  values ('dnc.added', case when new.added_by not in ('operator', 'several') then new.added_by end,
    (select max(id) from audit_subjects where phone_number = new.phone_number),
    json_object('source', new.source, 'created_at', new.created_at, 'expires_at', new.expires_at));
end;
-- Of a list that goes as a whole, those are kept apart that somebody has called, or may have, as with a prefix: whether they were on
-- it then can still be told. And those that the log knows: it may say when they came, and then says when they went.
create trigger audit_dnc_removed after delete on do_not_call_numbers
  when not exists (select 1 from audit_bulk) or not exists (select 1 from audit_bulk where what = 'anew') and (
    substr(old.phone_number, -1) = '*'
    or exists (select 1 from call_attempts where phone_number = old.phone_number)
    or exists (select 1 from audit_subjects where phone_number = old.phone_number))
begin
  insert into audit_subjects (phone_number) select old.phone_number
    where not exists (select 1 from audit_subjects where phone_number = old.phone_number);
  insert into audit_log (action, user_id, subject, before)
  values ('dnc.removed', case when old.source <> 'erased' and old.added_by not in ('operator', 'several') then old.added_by end,
    (select max(id) from audit_subjects where phone_number = old.phone_number),
    json_object('source', old.source, 'created_at', old.created_at, 'expires_at', old.expires_at));
end;

create trigger audit_consent_added after insert on consents when not exists (select 1 from audit_bulk) begin
  insert into audit_subjects (phone_number) select new.phone_number
    where not exists (select 1 from audit_subjects where phone_number = new.phone_number);
  insert into audit_log (action, user_id, subject, after)
  values (case when new.revoked_at is null then 'consent.added' else 'consent.revoked' end, new.user_id,
    (select max(id) from audit_subjects where phone_number = new.phone_number),
    json_object('id', new.id, 'purpose', new.purpose, 'level', new.level, 'granted_at', new.granted_at, 'expires_at', new.expires_at,
      'revoked_at', new.revoked_at, 'proven', new.proof is not null));
end;
create trigger audit_consent_changed after update on consents
  when not exists (select 1 from audit_bulk) and (new.phone_number, new.user_id) is (old.phone_number, old.user_id)
    and (new.purpose, new.level, new.granted_at, new.expires_at, new.revoked_at, new.proof is null)
      is not (old.purpose, old.level, old.granted_at, old.expires_at, old.revoked_at, old.proof is null)
begin
  insert into audit_subjects (phone_number) select new.phone_number
    where not exists (select 1 from audit_subjects where phone_number = new.phone_number);
  insert into audit_log (action, user_id, subject, before, after)
  values (case when new.revoked_at is not null and old.revoked_at is null then 'consent.revoked' else 'consent.changed' end, new.user_id,
    (select max(id) from audit_subjects where phone_number = new.phone_number),
    json_object('id', old.id, 'purpose', old.purpose, 'level', old.level, 'granted_at', old.granted_at, 'expires_at', old.expires_at,
      'revoked_at', old.revoked_at, 'proven', old.proof is not null),
    json_object('id', new.id, 'purpose', new.purpose, 'level', new.level, 'granted_at', new.granted_at, 'expires_at', new.expires_at,
      'revoked_at', new.revoked_at, 'proven', new.proof is not null));
end;
-- Of another number or another owner it is another consent, and whose it was have it no more.
create trigger audit_consent_passed_on after update of phone_number, user_id on consents
  when not exists (select 1 from audit_bulk) and (new.phone_number, new.user_id) is not (old.phone_number, old.user_id)
begin
  insert into audit_subjects (phone_number) select old.phone_number
    where not exists (select 1 from audit_subjects where phone_number = old.phone_number);
  insert into audit_subjects (phone_number) select new.phone_number
    where not exists (select 1 from audit_subjects where phone_number = new.phone_number);
  insert into audit_log (action, user_id, subject, before)
  values ('consent.removed', old.user_id, (select max(id) from audit_subjects where phone_number = old.phone_number),
    json_object('id', old.id, 'purpose', old.purpose, 'level', old.level, 'granted_at', old.granted_at, 'expires_at', old.expires_at,
      'revoked_at', old.revoked_at, 'proven', old.proof is not null));
  insert into audit_log (action, user_id, subject, after)
  values (case when new.revoked_at is null then 'consent.added' else 'consent.revoked' end, new.user_id,
    (select max(id) from audit_subjects where phone_number = new.phone_number),
    json_object('id', new.id, 'purpose', new.purpose, 'level', new.level, 'granted_at', new.granted_at, 'expires_at', new.expires_at,
      'revoked_at', new.revoked_at, 'proven', new.proof is not null));
end;
create trigger audit_consent_removed after delete on consents begin
  insert into audit_subjects (phone_number) select old.phone_number
    where not exists (select 1 from audit_subjects where phone_number = old.phone_number);
  insert into audit_log (action, user_id, subject, before)
  values ('consent.removed', old.user_id, (select max(id) from audit_subjects where phone_number = old.phone_number),
    json_object('id', old.id, 'purpose', old.purpose, 'level', old.level, 'granted_at', old.granted_at, 'expires_at', old.expires_at,
      'revoked_at', old.revoked_at, 'proven', old.proof is not null));
end;

create trigger audit_contact_marked after update of do_not_call on contacts when new.do_not_call is not old.do_not_call begin
  insert into audit_subjects (phone_number) select new.phone_number
    where not exists (select 1 from audit_subjects where phone_number = new.phone_number);
  insert into audit_log (action, user_id, subject, before, after)
  values ('contact.marked', (select user_id from contact_lists where id = new.contact_list_id),
    (select max(id) from audit_subjects where phone_number = new.phone_number),
    json_object('do_not_call', old.do_not_call), json_object('do_not_call', new.do_not_call));
end;
create trigger audit_row_marked after update of do_not_call on csv_contacts when new.do_not_call is not old.do_not_call begin
  insert into audit_subjects (phone_number) select new.phone_number
    where not exists (select 1 from audit_subjects where phone_number = new.phone_number);
  insert into audit_log (action, user_id, subject, before, after)
  values ('contact.marked', (select user_id from csv_files where id = new.csv_file_id),
    (select max(id) from audit_subjects where phone_number = new.phone_number),
    json_object('do_not_call', old.do_not_call), json_object('do_not_call', new.do_not_call));
end;

-- Who may call with which of our numbers, how fast a trunk is used, and how old a list is. A dial, which touches its number, is
-- no change.
create trigger audit_number_assigned after insert on phone_number when new.outbound_trunk_id is not null begin
  insert into audit_log (action, user_id, after) values ('number.assigned', new.user_id, json_object('number', new.number,
    'trunk', new.outbound_trunk_id, 'assistant', new.outbound_assistant_id, 'status', new.status));
end;
create trigger audit_number_changed after update of number, user_id, outbound_trunk_id, outbound_assistant_id, status on phone_number
  when (new.number, new.user_id, new.outbound_trunk_id, new.outbound_assistant_id, new.status)
    is not (old.number, old.user_id, old.outbound_trunk_id, old.outbound_assistant_id, old.status)
begin
  insert into audit_log (action, user_id, before, after)
  values (iif(new.outbound_trunk_id is null, 'number.unassigned', 'number.assigned'), coalesce(new.user_id, old.user_id),
    json_object('number', old.number, 'trunk', old.outbound_trunk_id, 'assistant', old.outbound_assistant_id, 'status', old.status),
    json_object('number', new.number, 'trunk', new.outbound_trunk_id, 'assistant', new.outbound_assistant_id, 'status', new.status));
end;
create trigger audit_number_removed after delete on phone_number when old.outbound_trunk_id is not null begin
  insert into audit_log (action, user_id, before) values ('number.unassigned', old.user_id, json_object('number', old.number,
    'trunk', old.outbound_trunk_id, 'assistant', old.outbound_assistant_id, 'status', old.status));
end;
create trigger audit_trunk_limited after insert on trunk_limits begin
  insert into audit_log (action, after) values ('trunk.limited',
    json_object('trunk', new.trunk_id, 'interval_ms', new.interval_ms, 'concurrency', new.concurrency));
end;
create trigger audit_trunk_changed after update on trunk_limits
  when (new.trunk_id, new.interval_ms, new.concurrency) is not (old.trunk_id, old.interval_ms, old.concurrency)
begin
  insert into audit_log (action, before, after) values ('trunk.limited',
    json_object('trunk', old.trunk_id, 'interval_ms', old.interval_ms, 'concurrency', old.concurrency),
    json_object('trunk', new.trunk_id, 'interval_ms', new.interval_ms, 'concurrency', new.concurrency));
end;
create trigger audit_trunk_unlimited after delete on trunk_limits begin
  insert into audit_log (action, before) values ('trunk.unlimited',
    json_object('trunk', old.trunk_id, 'interval_ms', old.interval_ms, 'concurrency', old.concurrency));
end;
create trigger audit_list_dated after insert on do_not_call_sources begin
  insert into audit_log (action, after) values ('dnc.dated', json_object('source', new.source, 'refreshed_at', new.refreshed_at));
end;
create trigger audit_list_redated after update on do_not_call_sources
  when (new.source, new.refreshed_at) is not (old.source, old.refreshed_at)
begin
  insert into audit_log (action, before, after) values ('dnc.dated',
    json_object('source', old.source, 'refreshed_at', old.refreshed_at),
    json_object('source', new.source, 'refreshed_at', new.refreshed_at));
end;
