drop index call_attempts_by_day;
create index call_attempts_by_day on call_attempts (campaign_id, local_day, dialed_at, state, answered_at, ending);
