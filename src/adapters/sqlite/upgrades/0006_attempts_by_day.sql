-- The dials of a campaign's local day are counted, not kept.
create index call_attempts_by_day on call_attempts (campaign_id, local_day);
