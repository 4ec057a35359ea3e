-- What is told of campaigns: why they wait, as it was told last; and to whom, with how that went lately.
alter table campaigns add column waiting_because text;
alter table campaigns add column notify_url text;
alter table campaigns add column notify_due_at text;
alter table campaigns add column notify_failures integer not null default 0;
alter table campaigns add column notify_error text;

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
