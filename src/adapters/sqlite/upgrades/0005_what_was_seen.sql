alter table campaigns add column min_talk_seconds integer not null default 15;
alter table campaigns add column retry_agent_lost integer not null default 0;
alter table campaign_calls add column duration_uncertainty real;
alter table call_attempts add column uncertain_seconds real not null default 0;
alter table call_attempts add column ended_by_us integer not null default 0;
