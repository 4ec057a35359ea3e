-- Who may call with which of our numbers, how fast a trunk is used, and how old a list is. A dial, which touches its number, is
-- no change.
create trigger audit_number_assigned after insert on phone_number when new.outbound_trunk_id is not null begin
  insert into audit_log (action, user_id, after) values ('number.assigned', new.user_id, json_object('number', new.number,
    'trunk', new.outbound_trunk_id, 'assistant', new.outbound_assistant_id, 'status', new.status));
end;
create trigger audit_number_changed after update of number, user_id, outbound_trunk_id, outbound_assistant_id, status on phone_number
  when (new.number, new.user_id, new.outbound_trunk_id, new.outbound_assistant_id, new.status)
    is not (old.number, old.user_id, old.outbound_trunk_id, old.outbound_assistant_id, old.status)
begin
  insert into audit_log (action, user_id, before, after)
  values (iif(new.outbound_trunk_id is null, 'number.unassigned', 'number.assigned'), coalesce(new.user_id, old.user_id),
    json_object('number', old.number, 'trunk', old.outbound_trunk_id, 'assistant', old.outbound_assistant_id, 'status', old.status),
    json_object('number', new.number, 'trunk', new.outbound_trunk_id, 'assistant', new.outbound_assistant_id, 'status', new.status));
end;
create trigger audit_number_removed after delete on phone_number when old.outbound_trunk_id is not null begin
  insert into audit_log (action, user_id, before) values ('number.unassigned', old.user_id, json_object('number', old.number,
    'trunk', old.outbound_trunk_id, 'assistant', old.outbound_assistant_id, 'status', old.status));
end;
create trigger audit_trunk_limited after insert on trunk_limits begin
  insert into audit_log (action, after) values ('trunk.limited',
    json_object('trunk', new.trunk_id, 'interval_ms', new.interval_ms, 'concurrency', new.concurrency));
end;
create trigger audit_trunk_changed after update on trunk_limits
  when (new.trunk_id, new.interval_ms, new.concurrency) is not (old.trunk_id, old.interval_ms, old.concurrency)
begin
  insert into audit_log (action, before, after) values ('trunk.limited',
    json_object('trunk', old.trunk_id, 'interval_ms', old.interval_ms, 'concurrency', old.concurrency),
    json_object('trunk', new.trunk_id, 'interval_ms', new.interval_ms, 'concurrency', new.concurrency));
end;
create trigger audit_trunk_unlimited after delete on trunk_limits begin
  insert into audit_log (action, before) values ('trunk.unlimited',
    json_object('trunk', old.trunk_id, 'interval_ms', old.interval_ms, 'concurrency', old.concurrency));
end;
create trigger audit_list_dated after insert on do_not_call_sources begin
  insert into audit_log (action, after) values ('dnc.dated', json_object('source', new.source, 'refreshed_at', new.refreshed_at));
end;
create trigger audit_list_redated after update on do_not_call_sources
  when (new.source, new.refreshed_at) is not (old.source, old.refreshed_at)
begin
  insert into audit_log (action, before, after) values ('dnc.dated',
    json_object('source', old.source, 'refreshed_at', old.refreshed_at),
    json_object('source', new.source, 'refreshed_at', new.refreshed_at));
end;
