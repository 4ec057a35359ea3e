alter table campaigns add column on_voicemail text not null default 'retry';
alter table campaigns add column voicemail_message text;
alter table campaigns add column voicemail_after_ms integer;
alter table campaign_calls add column reached_in text;
alter table call_attempts add column verdict_seq integer;
alter table call_attempts add column answered_by text;
alter table call_attempts add column agent_outcome text;
alter table call_attempts add column agent_notes text;
alter table call_attempts add column first_audio_ms integer;
alter table call_attempts add column ended_by text;
alter table call_attempts add column outcome_before text;
-- Until now an answered call that ended was taken for a conversation.
update campaign_calls set reached_in = (
  select min(a.id) from call_attempts a where a.call_id = campaign_calls.id and a.answered_at is not null
    and a.ending is not null and a.ending <> 'agent_lost');
