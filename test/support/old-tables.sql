-- A project of the system before, as design.md section 6 lists its tables, with what such a project may have that we do
-- not: checks that refuse our words, required columns, words of its own, a number that comes twice.
create table contact_lists (
  id uuid primary key default gen_random_uuid(), user_id uuid not null, name text not null, description text
);
create table contacts (
  id uuid primary key default gen_random_uuid(),
  contact_list_id uuid not null references contact_lists (id), name text not null, phone_number text not null,
  email text, company text, notes text, do_not_call boolean default false
);
create table csv_files (
  id uuid primary key default gen_random_uuid(), user_id uuid not null, filename text not null,
  original_filename text not null, file_size bigint, total_contacts integer default 0,
  processed_contacts integer default 0, status text check (status in ('uploaded', 'completed')) default 'uploaded'
);
create table csv_contacts (
  id uuid primary key default gen_random_uuid(),
  csv_file_id uuid not null references csv_files (id), name text, phone_number text not null, email text, company text,
  do_not_call boolean default false
);
create table campaigns (
  id uuid primary key default gen_random_uuid(), user_id uuid not null, name text not null, assistant_id uuid not null,
  assistant_name text, contact_source text not null check (contact_source in ('contact_list', 'csv_file')),
  contact_list_id uuid references contact_lists (id), csv_file_id uuid references csv_files (id),
  daily_cap integer not null default 100, calling_days text[] not null, start_hour integer not null default 9,
  end_hour integer not null default 17, campaign_prompt text not null,
  execution_status text default 'idle' check (execution_status in ('idle', 'running', 'paused', 'completed', 'error')),
  next_call_at timestamptz, current_daily_calls integer default 0, total_calls_made integer default 0,
  total_calls_answered integer default 0, dials integer default 0, pickups integer default 0,
  interested integer default 0, not_interested integer default 0, callback integer default 0,
  do_not_call integer default 0, total_usage integer default 0, last_execution_at timestamptz,
  last_daily_reset date, created_at timestamptz default now(), updated_at timestamptz default now()
);
create table campaign_calls (
  id uuid primary key default gen_random_uuid(), campaign_id uuid not null references campaigns (id),
  contact_id uuid not null, phone_number text not null, contact_name text not null, contact_email text, call_sid text,
  room_name text,
  status text not null check (status in ('pending', 'calling', 'answered', 'completed', 'no-answer', 'ringing')),
  outcome text check (outcome in ('interested', 'not_interested', 'callback', 'do_not_call', 'gave_up')),
  call_duration integer, notes text, started_at timestamptz, completed_at timestamptz,
  created_at timestamptz default now(), updated_at timestamptz default now()
);
create table phone_number (
  id uuid primary key default gen_random_uuid(), phone_sid text, number text not null, label text,
  inbound_assistant_id uuid, status text default 'active', trunk_sid text, user_id uuid not null,
  outbound_trunk_id text, outbound_trunk_name text
);

insert into csv_files (id, user_id, filename, original_filename, status)
  values ('f0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'x.csv', 'x.csv', 'completed');
insert into csv_contacts (csv_file_id, name, phone_number, do_not_call)
  select 'f0000000-0000-4000-8000-000000000001', 'Person', number, suppressed
  from (values ('+12025550100', false), ('+12025550101', false), ('+12025550101', null), ('+12025550102', true),
               ('020 7946 0000', false), ('+12025550103', null)) as c (number, suppressed);
insert into campaigns (id, user_id, name, assistant_id, contact_source, csv_file_id, calling_days, campaign_prompt, execution_status)
  values ('c0000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-00000000000a', 'old', gen_random_uuid(),
          'csv_file', 'f0000000-0000-4000-8000-000000000001', '{Monday,tuesday}', 'Hello.', 'running');
insert into campaign_calls (campaign_id, contact_id, phone_number, contact_name, status, outcome)
  values ('c0000000-0000-4000-8000-000000000001', gen_random_uuid(), '+12025550100', 'Person', 'no-answer', null),
         ('c0000000-0000-4000-8000-000000000001', gen_random_uuid(), '+12025550100', 'Person', 'ringing', 'gave_up');
