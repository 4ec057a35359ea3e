-- Whom the log is about: sealed in another way they are the same, and erased they are nobody.
create trigger audit_subjects_kept before delete on audit_subjects when not exists (select 1 from audit_bulk) begin
  select raise(abort, 'the audit log is only appended to');
end;
create trigger audit_subjects_fixed before update on audit_subjects when not exists (select 1 from audit_bulk) begin
  select raise(abort, 'the audit log is only appended to');
end;
drop trigger audit_dnc_changed;
create trigger audit_dnc_changed after update of phone_number, source, created_at, expires_at on do_not_call_numbers
  when not exists (select 1 from audit_bulk)
    and (new.phone_number, new.source, new.created_at, new.expires_at)
      is not (old.phone_number, old.source, old.created_at, old.expires_at)
begin
  insert into audit_subjects (phone_number) select old.phone_number
    where not exists (select 1 from audit_subjects where phone_number = old.phone_number);
  insert into audit_subjects (phone_number) select new.phone_number
    where not exists (select 1 from audit_subjects where phone_number = new.phone_number);
  insert into audit_log (action, user_id, subject, before)
  values ('dnc.removed', case when old.added_by not in ('operator', 'several') then old.added_by end,
    (select max(id) from audit_subjects where phone_number = old.phone_number),
    json_object('source', old.source, 'created_at', old.created_at, 'expires_at', old.expires_at));
  insert into audit_log (action, user_id, subject, after)
  values ('dnc.added', case when new.added_by not in ('operator', 'several') then new.added_by end,
    (select max(id) from audit_subjects where phone_number = new.phone_number),
    json_object('source', new.source, 'created_at', new.created_at, 'expires_at', new.expires_at));
end;
