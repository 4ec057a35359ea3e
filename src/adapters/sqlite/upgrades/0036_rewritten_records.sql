drop trigger audit_log_fixed;
drop trigger audit_dial_changed;
drop trigger audit_dial_removed;
create trigger audit_log_fixed before update on audit_log
  when old.link is not null or new.link < 1 or (old.actor is not null and new.actor is not old.actor)
    or (new.seq, new.at, new.user_id, new.action, new.campaign_id, new.call_id, new.attempt_id, new.subject, new.before, new.after) is not
      (old.seq, old.at, old.user_id, old.action, old.campaign_id, old.call_id, old.attempt_id, old.subject, old.before, old.after)
begin
  select raise(abort, 'the audit log is only appended to');
end;
create trigger audit_log_appended after insert on audit_log
  when new.link is not null or exists (select 1 from audit_log where seq > new.seq)
begin
  select raise(abort, 'the audit log is only appended to');
end;
-- What was dialed stays as it was, and what has ended too, but for what the program finds out later about how it ended.
create trigger audit_dial_changed
  after update of id, dialed_at, call_id, campaign_id, callback_at, local_day, state, ending, answered_at, ended_at on call_attempts
  when old.dialed_at is not null
    and ((new.id, new.dialed_at, new.call_id, new.campaign_id, new.callback_at, new.local_day)
        is not (old.id, old.dialed_at, old.call_id, old.campaign_id, old.callback_at, old.local_day)
      or old.state = 'ended'
        and (new.state, new.ending, new.answered_at, new.ended_at) is not (old.state, old.ending, old.answered_at, old.ended_at))
begin
  insert into audit_log (action, user_id, campaign_id, call_id, attempt_id, before, after)
  values (iif(exists (select 1 from audit_bulk), 'call.mended', 'call.rewritten'),
    (select coalesce(c.user_id, k.user_id) from campaign_calls k left join campaigns c on c.id = k.campaign_id where k.id = old.call_id),
    old.campaign_id, old.call_id, old.id,
    json_object('id', old.id, 'call_id', old.call_id, 'campaign_id', old.campaign_id, 'dialed_at', old.dialed_at,
      'callback_at', old.callback_at, 'local_day', old.local_day, 'state', old.state, 'ending', old.ending,
      'answered_at', old.answered_at, 'ended_at', old.ended_at),
    json_object('id', new.id, 'call_id', new.call_id, 'campaign_id', new.campaign_id, 'dialed_at', new.dialed_at,
      'callback_at', new.callback_at, 'local_day', new.local_day, 'state', new.state, 'ending', new.ending,
      'answered_at', new.answered_at, 'ended_at', new.ended_at));
end;
-- In bulk: numbers are written in another way, or somebody is erased.
create trigger audit_call_changed after update of id, phone_number, campaign_id, user_id, place on campaign_calls
  when (new.id, new.phone_number, new.campaign_id, new.user_id, new.place)
      is not (old.id, old.phone_number, old.campaign_id, old.user_id, old.place)
    and not exists (select 1 from audit_bulk)
    and exists (select 1 from call_attempts where call_id = old.id and dialed_at is not null)
begin
  insert into audit_log (action, user_id, campaign_id, call_id, before, after)
  values ('call.rewritten', coalesce((select user_id from campaigns where id = old.campaign_id), old.user_id), old.campaign_id, old.id,
    json_object('id', old.id, 'campaign_id', old.campaign_id, 'user_id', old.user_id, 'place', old.place, 'number', 'one'),
    json_object('id', new.id, 'campaign_id', new.campaign_id, 'user_id', new.user_id, 'place', new.place,
      'number', iif(new.phone_number is old.phone_number, 'one', 'another')));
end;
create trigger audit_dial_removed after delete on call_attempts when old.dialed_at is not null begin
  insert into audit_log (action, user_id, campaign_id, call_id, attempt_id, before)
  values ('call.removed',
    (select coalesce(c.user_id, k.user_id) from campaign_calls k left join campaigns c on c.id = k.campaign_id where k.id = old.call_id),
    old.campaign_id, old.call_id, old.id, json_object('dialed_at', old.dialed_at));
end;
