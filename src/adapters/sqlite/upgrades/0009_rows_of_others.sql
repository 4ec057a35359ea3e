alter table campaigns add column copied_at text;
update campaigns set copied_at = status_at where execution_status <> 'idle';
create index call_attempts_handed_out on call_attempts (campaign_id, claimed_at);
create index call_attempts_left on call_attempts (campaign_id, dialed_at);
create index campaign_calls_from_outside on campaign_calls (campaign_id) where status = 'pending' and attempt_id is null
  and (place = '' or next_attempt_at is null or next_attempt_at not glob '[0-9][0-9][0-9][0-9]-*');

-- What nobody can read is not written: neither by us, nor by whoever else writes into the tables. Triggers, not checks, since
-- rows that are odd already must still be moved and ended. Alike on both stores: Supabase has campaigns_check_*.
create trigger campaigns_inserted before insert on campaigns begin
  select raise(abort, 'time_zone: expected the name of a time zone such as Europe/London')
    where new.time_zone not glob '[A-Za-z]*' or new.time_zone glob '*[^A-Za-z0-9_+/-]*';
  select raise(abort, 'calling_days: expected days such as mon')
    where not json_valid(new.calling_days)
      or exists (select 1 from json_each(new.calling_days)
                 where value not in ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'));
  select raise(abort, 'start_hour: expected an hour from 0 to 23')
    where new.start_hour not between 0 and 23;
  select raise(abort, 'end_hour: expected an hour from 0 to 24')
    where new.end_hour not between 0 and 24;
end;
create trigger campaigns_updated before update of time_zone, calling_days, start_hour, end_hour on campaigns begin
  select raise(abort, 'time_zone: expected the name of a time zone such as Europe/London')
    where new.time_zone is not old.time_zone and (new.time_zone not glob '[A-Za-z]*' or new.time_zone glob '*[^A-Za-z0-9_+/-]*');
  select raise(abort, 'calling_days: expected days such as mon')
    where new.calling_days is not old.calling_days and (not json_valid(new.calling_days)
      or exists (select 1 from json_each(new.calling_days)
                 where value not in ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')));
  select raise(abort, 'start_hour: expected an hour from 0 to 23')
    where new.start_hour is not old.start_hour and new.start_hour not between 0 and 23;
  select raise(abort, 'end_hour: expected an hour from 0 to 24')
    where new.end_hour is not old.end_hour and new.end_hour not between 0 and 24;
end;
create trigger campaign_calls_inserted before insert on campaign_calls begin
  select raise(abort, 'variables: expected an object of texts')
    where new.variables <> '{}' and (not json_valid(new.variables) or json_type(new.variables) <> 'object'
      or exists (select 1 from json_each(new.variables) where type <> 'text'));
  select raise(abort, 'next_attempt_at: expected an instant')
    where new.next_attempt_at not glob '[0-9][0-9][0-9][0-9]-*';
end;
create trigger campaign_calls_updated before update of variables, next_attempt_at on campaign_calls begin
  select raise(abort, 'variables: expected an object of texts')
    where new.variables is not old.variables and (new.variables <> '{}' and (not json_valid(new.variables) or json_type(new.variables) <> 'object'
      or exists (select 1 from json_each(new.variables) where type <> 'text')));
  select raise(abort, 'next_attempt_at: expected an instant')
    where new.next_attempt_at is not old.next_attempt_at and new.next_attempt_at not glob '[0-9][0-9][0-9][0-9]-*';
end;
