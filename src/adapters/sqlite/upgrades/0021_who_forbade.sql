-- Who put a number on the do-not-call list; and what may be on it.
alter table do_not_call_numbers add column added_by text;
drop trigger campaign_calls_outcome_inserted;
drop trigger campaign_calls_outcome_updated;
create trigger campaign_calls_outcome_inserted after insert on campaign_calls
  when new.outcome = 'do_not_call' and new.phone_number glob '+[1-9]*' and length(new.phone_number) between 8 and 16
    and substr(new.phone_number, 3) not glob '*[^0-9]*'
begin
  insert or ignore into do_not_call_numbers (phone_number, source, reason, created_at, added_by)
  values (new.phone_number, 'outcome',
    substr(replace(replace(replace(new.notes, char(13), ' '), char(10), ' '), char(9), ' '), 1, 500), new.updated_at,
    coalesce((select user_id from campaigns where id = new.campaign_id), new.user_id, 'operator'));
end;
create trigger campaign_calls_outcome_updated after update of outcome on campaign_calls
  when new.outcome = 'do_not_call' and new.phone_number glob '+[1-9]*' and length(new.phone_number) between 8 and 16
    and substr(new.phone_number, 3) not glob '*[^0-9]*'
begin
  insert or ignore into do_not_call_numbers (phone_number, source, reason, created_at, added_by)
  values (new.phone_number, 'outcome',
    substr(replace(replace(replace(new.notes, char(13), ' '), char(10), ' '), char(9), ' '), 1, 500), new.updated_at,
    coalesce((select user_id from campaigns where id = new.campaign_id), new.user_id, 'operator'));
end;

-- What is on the list is read by everybody. Triggers, so that what is odd already still forbids.
create trigger do_not_call_inserted before insert on do_not_call_numbers begin
  select raise(abort, 'phone_number: expected a number in E.164, or a prefix such as +1900*')
    where length(new.phone_number) not between 3 and 16 or new.phone_number not glob '+[1-9]*'
      or substr(new.phone_number, 3, length(new.phone_number) - 3) glob '*[^0-9]*' or substr(new.phone_number, -1) not glob '[0-9*]';
  select raise(abort, 'source: expected a name of at most 200 characters')
    where length(new.source) not between 1 and 200 or new.source glob '*[' || char(1) || '-' || char(31) || char(127) || ']*';
  select raise(abort, 'reason: expected at most 500 characters')
    where length(new.reason) > 500;
end;
