alter table campaigns add column retention_ms integer;

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

-- A row in here: a list is written as a whole, and is one entry of the log. Never there once the transaction is over.
create table audit_bulk (
  what text primary key
) strict, without rowid;

create trigger audit_log_kept before delete on audit_log begin
  select raise(abort, 'the audit log is only appended to');
end;
create trigger audit_log_fixed before update on audit_log
  when old.link is not null or (old.actor is not null and new.actor is not old.actor)
    or (new.seq, new.at, new.user_id, new.action, new.campaign_id, new.call_id, new.attempt_id, new.subject, new.before, new.after) is not
      (old.seq, old.at, old.user_id, old.action, old.campaign_id, old.call_id, old.attempt_id, old.subject, old.before, old.after)
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
    'notify_url', length(new.notify_url), 'retention_ms', new.retention_ms));
end;
create trigger audit_campaign_changed after update of
  user_id, name, assistant_id, assistant_name, contact_source, contact_list_id, csv_file_id, daily_cap,
  calling_days, start_hour, end_hour, time_zone, calling_hours, hours_in, rules, rules_table, concurrency,
  delay_ms, max_attempts, retry_after_ms, ring_seconds, max_duration_seconds, min_talk_seconds, retry_agent_lost,
  missed_callback, expect_answers, trunk_id, caller_ids, require_consent, consent_purpose, max_per_contact,
  display_name, on_voicemail, voicemail_after_ms, guard, needs_dnc, dnc_max_age_ms, record, campaign_prompt,
  voicemail_message, sip_headers, notify_url, retention_ms
  on campaigns
  when not exists (select 1 from audit_bulk) and (new.user_id, new.name, new.assistant_id, new.assistant_name, new.contact_source, new.contact_list_id,
  new.csv_file_id, new.daily_cap, new.calling_days, new.start_hour, new.end_hour, new.time_zone, new.calling_hours,
  new.hours_in, new.rules, new.rules_table, new.concurrency, new.delay_ms, new.max_attempts, new.retry_after_ms,
  new.ring_seconds, new.max_duration_seconds, new.min_talk_seconds, new.retry_agent_lost, new.missed_callback,
  new.expect_answers, new.trunk_id, new.caller_ids, new.require_consent, new.consent_purpose, new.max_per_contact,
  new.display_name, new.on_voicemail, new.voicemail_after_ms, new.guard, new.needs_dnc, new.dnc_max_age_ms,
  new.record, new.campaign_prompt, new.voicemail_message, new.sip_headers, new.notify_url, new.retention_ms)
    is not (old.user_id, old.name, old.assistant_id, old.assistant_name, old.contact_source, old.contact_list_id,
  old.csv_file_id, old.daily_cap, old.calling_days, old.start_hour, old.end_hour, old.time_zone, old.calling_hours,
  old.hours_in, old.rules, old.rules_table, old.concurrency, old.delay_ms, old.max_attempts, old.retry_after_ms,
  old.ring_seconds, old.max_duration_seconds, old.min_talk_seconds, old.retry_agent_lost, old.missed_callback,
  old.expect_answers, old.trunk_id, old.caller_ids, old.require_consent, old.consent_purpose, old.max_per_contact,
  old.display_name, old.on_voicemail, old.voicemail_after_ms, old.guard, old.needs_dnc, old.dnc_max_age_ms,
  old.record, old.campaign_prompt, old.voicemail_message, old.sip_headers, old.notify_url, old.retention_ms)
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
      'retention_ms', old.retention_ms)) as was
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
      'retention_ms', new.retention_ms)) as became
  on became.key = was.key and became.value is not was.value;
end;
create trigger audit_campaign_moved after update of execution_status on campaigns
  when new.execution_status is not old.execution_status
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
create trigger audit_dial_changed after update of id, dialed_at, call_id, campaign_id on call_attempts
  when old.dialed_at is not null
    and (new.id, new.dialed_at, new.call_id, new.campaign_id) is not (old.id, old.dialed_at, old.call_id, old.campaign_id)
begin
  insert into audit_log (action, campaign_id, call_id, attempt_id, before, after)
  values ('call.rewritten', old.campaign_id, old.call_id, old.id, json_object('dialed_at', old.dialed_at),
    json_object('id', new.id, 'call_id', new.call_id, 'campaign_id', new.campaign_id, 'dialed_at', new.dialed_at));
end;
create trigger audit_dial_removed after delete on call_attempts when old.dialed_at is not null begin
  insert into audit_log (action, campaign_id, call_id, attempt_id, before)
  values ('call.removed', old.campaign_id, old.call_id, old.id, json_object('dialed_at', old.dialed_at));
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

create trigger audit_dnc_added after insert on do_not_call_numbers when not exists (select 1 from audit_bulk) begin
  insert into audit_subjects (phone_number) select new.phone_number
    where not exists (select 1 from audit_subjects where phone_number = new.phone_number);
  insert into audit_log (action, user_id, subject, after)
  values ('dnc.added', case when new.added_by not in ('operator', 'several') then new.added_by end,
    (select max(id) from audit_subjects where phone_number = new.phone_number),
    json_object('source', new.source, 'created_at', new.created_at, 'expires_at', new.expires_at));
end;
create trigger audit_dnc_changed after update of phone_number, source, expires_at on do_not_call_numbers
  when not exists (select 1 from audit_bulk)
    and (new.phone_number, new.source, new.expires_at) is not (old.phone_number, old.source, old.expires_at)
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
-- Of a list that goes as a whole, those are kept apart that somebody has called: whether they were on it then can still be told.
create trigger audit_dnc_removed after delete on do_not_call_numbers
  when not exists (select 1 from audit_bulk) or exists (select 1 from call_attempts where phone_number = old.phone_number)
begin
  insert into audit_subjects (phone_number) select old.phone_number
    where not exists (select 1 from audit_subjects where phone_number = old.phone_number);
  insert into audit_log (action, user_id, subject, before)
  values ('dnc.removed', case when old.added_by not in ('operator', 'several') then old.added_by end,
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
  when not exists (select 1 from audit_bulk) and (new.phone_number, new.purpose, new.level, new.granted_at, new.expires_at, new.revoked_at, new.proof is null)
    is not (old.phone_number, old.purpose, old.level, old.granted_at, old.expires_at, old.revoked_at, old.proof is null)
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

-- What is known of those that are there already. Dials before this are in no log.
insert into audit_log (action, user_id, campaign_id, after)
select 'campaign.known', new.user_id, new.id, json_object(
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
    'notify_url', length(new.notify_url), 'retention_ms', new.retention_ms)
from campaigns as new;
