-- Two entries that become one are none that went.
drop trigger audit_dnc_removed;
create trigger audit_dnc_removed after delete on do_not_call_numbers
  when not exists (select 1 from audit_bulk) or not exists (select 1 from audit_bulk where what = 'anew') and (
    substr(old.phone_number, -1) = '*'
    or exists (select 1 from call_attempts where phone_number = old.phone_number)
    or exists (select 1 from audit_subjects where phone_number = old.phone_number))
begin
  insert into audit_subjects (phone_number) select old.phone_number
    where not exists (select 1 from audit_subjects where phone_number = old.phone_number);
  insert into audit_log (action, user_id, subject, before)
  values ('dnc.removed', case when old.source <> 'erased' and old.added_by not in ('operator', 'several') then old.added_by end,
    (select max(id) from audit_subjects where phone_number = old.phone_number),
    json_object('source', old.source, 'created_at', old.created_at, 'expires_at', old.expires_at));
end;
