alter table campaigns add column budget_micros integer;
alter table campaigns add column budget_currency text not null default 'USD';
alter table campaigns add column prices text not null default '{}';
alter table call_attempts add column cost_micros integer;
alter table call_attempts add column rate text;
create index call_attempts_cost on call_attempts (campaign_id, state, ending, cost_micros) where cost_micros > 0;

drop trigger audit_campaign_created;
drop trigger audit_campaign_changed;
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
