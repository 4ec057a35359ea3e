alter table campaigns add column missed_callback text not null default 'next-day';
alter table campaign_calls add column callback_at text;
alter table campaign_calls add column callback_zone text;
alter table campaign_calls add column callback_missed_at text;
alter table call_attempts add column callback_at text;
create index campaign_calls_callbacks on campaign_calls (campaign_id, callback_at, position)
  where callback_at is not null;
