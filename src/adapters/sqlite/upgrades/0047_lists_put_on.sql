-- Of a list that comes as a whole the log tells of prefixes too, and of those whom somebody has called before: when they came was the
-- program's word alone, or that of another store.
drop trigger audit_dnc_added;
create trigger audit_dnc_added after insert on do_not_call_numbers
  when not exists (select 1 from audit_bulk) or substr(new.phone_number, -1) = '*'
    or exists (select 1 from call_attempts where phone_number = new.phone_number)
begin
  insert into audit_subjects (phone_number) select new.phone_number
    where not exists (select 1 from audit_subjects where phone_number = new.phone_number);
  insert into audit_log (action, user_id, subject, after)
  values ('dnc.added', case when new.added_by not in ('operator', 'several') then new.added_by end,
    (select max(id) from audit_subjects where phone_number = new.phone_number),
    json_object('source', new.source, 'created_at', new.created_at, 'expires_at', new.expires_at));
end;
