alter table campaigns add column guard text;
create index call_attempts_answered on call_attempts (campaign_id, answered_at) where answered_at is not null;
create index call_attempts_first_words on call_attempts (campaign_id, first_audio_ms) where first_audio_ms is not null;
