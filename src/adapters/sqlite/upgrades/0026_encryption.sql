-- Contact data that is encrypted: with which key, and that what is sealed passes the checks.
create table encryption (
  id integer primary key check (id = 1),
  state text not null check (state in ('sealed', 'encrypting', 'rotating', 'decrypting')),
  key_id text not null,
  -- says that a key is the right one
  key_check text not null,
  -- what is being replaced, while it is
  old_id text,
  old_check text
) strict;
drop trigger campaign_calls_inserted;
drop trigger campaign_calls_updated;
drop trigger campaign_calls_outcome_inserted;
drop trigger campaign_calls_outcome_updated;
drop trigger do_not_call_inserted;
create trigger campaign_calls_inserted before insert on campaign_calls begin
  select raise(abort, 'variables: expected an object of texts')
    where new.variables <> '{}' and new.variables not glob '~*' and (not json_valid(new.variables) or json_type(new.variables) <> 'object'
      or exists (select 1 from json_each(new.variables) where type <> 'text'));
  select raise(abort, 'next_attempt_at: expected an instant')
    where new.next_attempt_at not glob '[0-9][0-9][0-9][0-9]-*';
end;
create trigger campaign_calls_updated before update of variables, next_attempt_at on campaign_calls begin
  select raise(abort, 'variables: expected an object of texts')
    where new.variables is not old.variables and (new.variables <> '{}' and new.variables not glob '~*' and (not json_valid(new.variables) or json_type(new.variables) <> 'object'
      or exists (select 1 from json_each(new.variables) where type <> 'text')));
  select raise(abort, 'next_attempt_at: expected an instant')
    where new.next_attempt_at is not old.next_attempt_at and new.next_attempt_at not glob '[0-9][0-9][0-9][0-9]-*';
end;
create trigger campaign_calls_outcome_inserted after insert on campaign_calls
  when new.outcome = 'do_not_call' and (new.phone_number glob '~????????~*' or new.phone_number glob '+[1-9]*'
    and length(new.phone_number) between 8 and 16 and substr(new.phone_number, 3) not glob '*[^0-9]*')
begin
  insert or ignore into do_not_call_numbers (phone_number, source, reason, created_at, added_by)
  values (new.phone_number, 'outcome',
    iif(new.phone_number glob '~*', null,
      substr(replace(replace(replace(new.notes, char(13), ' '), char(10), ' '), char(9), ' '), 1, 500)), new.updated_at,
    coalesce((select user_id from campaigns where id = new.campaign_id), new.user_id, 'operator'));
end;
create trigger campaign_calls_outcome_updated after update of outcome on campaign_calls
  when new.outcome = 'do_not_call' and (new.phone_number glob '~????????~*' or new.phone_number glob '+[1-9]*'
    and length(new.phone_number) between 8 and 16 and substr(new.phone_number, 3) not glob '*[^0-9]*')
begin
  insert or ignore into do_not_call_numbers (phone_number, source, reason, created_at, added_by)
  values (new.phone_number, 'outcome',
    iif(new.phone_number glob '~*', null,
      substr(replace(replace(replace(new.notes, char(13), ' '), char(10), ' '), char(9), ' '), 1, 500)), new.updated_at,
    coalesce((select user_id from campaigns where id = new.campaign_id), new.user_id, 'operator'));
end;
create trigger do_not_call_inserted before insert on do_not_call_numbers begin
  select raise(abort, 'phone_number: expected a number in E.164, or a prefix such as +1900*')
    where new.phone_number not glob '~????????~*' and (length(new.phone_number) not between 3 and 16 or new.phone_number not glob '+[1-9]*'
      or substr(new.phone_number, 3, length(new.phone_number) - 3) glob '*[^0-9]*' or substr(new.phone_number, -1) not glob '[0-9*]');
  select raise(abort, 'source: expected a name of at most 200 characters')
    where length(new.source) not between 1 and 200 or new.source glob '*[' || char(1) || '-' || char(31) || char(127) || ']*';
  select raise(abort, 'reason: expected at most 500 characters')
    where length(new.reason) > 500 and new.reason not glob '~*';
end;
