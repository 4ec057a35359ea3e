-- A row in every table of version 4.
insert into contact_lists (id, name, created_at) values ('l1', 'VIP', '2026-11-01T08:00:00.000Z');
insert into contacts (contact_list_id, phone_number, position, name, variables, created_at, place)
values ('l1', '+12025550101', 1, 'Ann', '{"age":"42"}', '2026-11-01T08:00:00.000Z', 'US America/New_York');
insert into csv_files (id, filename, original_filename, file_size, total_contacts, processed_contacts, status, created_at)
values ('f1', 'a.csv', 'a.csv', 9, 2, 2, 'ready', '2026-11-01T08:00:00.000Z');
insert into csv_contacts (csv_file_id, position, name, phone_number, do_not_call) values
  ('f1', 1, 'Bob', '+12025550102', 0), ('f1', 2, 'Cas', '+12025550103', 1);
insert into campaigns
  (id, name, assistant_id, contact_source, csv_file_id, daily_cap, calling_days, start_hour, end_hour, execution_status,
   current_daily_calls, dials, last_daily_reset, created_at, updated_at, time_zone, concurrency, delay_ms, max_attempts,
   retry_after_ms, ring_seconds, max_duration_seconds, status_at, hours_in)
values ('c1', 'Spring', 'a1', 'csv_file', 'f1', 7, '["mon"]', 9, 17, 'paused', 1, 1, '2026-11-02',
        '2026-11-01T08:00:00.000Z', '2026-11-01T08:00:00.000Z', 'Europe/London', 3, 2000, 2, '[60000]', 45, 1800,
        '2026-11-01T08:00:00.000Z', 'contact');
insert into campaign_calls (id, campaign_id, phone_number, status, attempts_spent, created_at, updated_at)
values ('k1', 'c1', '+12025550102', 'busy', 1, '2026-11-01T08:00:00.000Z', '2026-11-02T10:00:00.000Z');
insert into call_attempts (id, call_id, campaign_id, runner_id, state, claimed_at, dialed_at, ended_at, local_day, ending)
values ('a1', 'k1', 'c1', 'r0', 'ended', '2026-11-02T10:00:00.000Z', '2026-11-02T10:00:00.000Z',
        '2026-11-02T10:00:09.000Z', '2026-11-02', 'busy');
insert into runners values ('r0', '2026-11-02T10:01:00.000Z', '2026-11-02T10:00:00.000Z');
insert into do_not_call_numbers values ('+12025550104', 'operator', null, '2026-11-01T08:00:00.000Z');
insert into consents (phone_number, channel, purpose, level, granted_at, source)
values ('+12025550102', 'ai_voice', 'marketing', 'express', '2026-10-01T08:00:00.000Z', 'form');
insert into phone_number (id, number, created_at, updated_at)
values ('n1', '+12025550199', '2026-11-01T08:00:00.000Z', '2026-11-01T08:00:00.000Z');
insert into trunk_limits values ('ST_1', 1000, 2, '2026-11-01T08:00:00.000Z');
insert into carrier_calls (attempt_id, sid, status, synced_at) values ('a1', 'CA1', 'busy', '2026-11-02T11:00:00.000Z');
