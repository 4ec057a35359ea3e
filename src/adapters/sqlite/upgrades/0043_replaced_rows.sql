-- REPLACE removes a row without firing what keeps it.
create trigger audit_log_replaced before insert on audit_log
  when exists (select 1 from audit_log where seq = new.seq)
begin
  select raise(abort, 'the audit log is only appended to');
end;
create trigger audit_subjects_replaced before insert on audit_subjects
  when exists (select 1 from audit_subjects where id = new.id)
begin
  select raise(abort, 'the audit log is only appended to');
end;
-- By REPLACE: who was dialed has a call before.
create trigger audit_call_replaced after insert on campaign_calls
  when exists (select 1 from call_attempts where call_id = new.id and dialed_at is not null)
begin
  insert into audit_log (action, user_id, campaign_id, call_id, after)
  values ('call.rewritten', coalesce((select user_id from campaigns where id = new.campaign_id), new.user_id), new.campaign_id, new.id,
    json_object('id', new.id, 'campaign_id', new.campaign_id, 'user_id', new.user_id, 'place', new.place));
end;
