alter table call_attempts add column from_number text;
create index call_attempts_from on call_attempts (from_number, dialed_at) where from_number is not null;
-- What was dialed lately keeps the pace of its caller ID.
update call_attempts set from_number = (select k.from_number from campaign_calls k where k.id = call_id)
where dialed_at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 day');
