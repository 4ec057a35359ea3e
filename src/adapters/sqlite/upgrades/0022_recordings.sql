alter table campaigns add column record text not null default '';
alter table campaign_calls add column recording text;
alter table call_attempts add column recording text;
alter table call_attempts add column recording_open integer not null default 0;
create index call_attempts_recording on call_attempts (ended_at) where recording_open <> 0;
