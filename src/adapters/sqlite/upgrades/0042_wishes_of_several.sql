drop trigger campaign_calls_outcome_inserted;
drop trigger campaign_calls_outcome_updated;
create trigger campaign_calls_outcome_inserted after insert on campaign_calls
  when new.outcome = 'do_not_call' and (new.phone_number glob '~????????~*' or new.phone_number glob '+[1-9]*'
    and length(new.phone_number) between 8 and 16 and substr(new.phone_number, 3) not glob '*[^0-9]*')
begin
  insert into do_not_call_numbers (phone_number, source, reason, created_at, added_by)
  values (new.phone_number, 'outcome',
    iif(new.phone_number glob '~*', null,
      substr(replace(replace(replace(new.notes, char(13), ' '), char(10), ' '), char(9), ' '), 1, 500)), new.updated_at,
    coalesce((select user_id from campaigns where id = new.campaign_id), new.user_id, 'operator'))
  on conflict (phone_number, source) do update
    set expires_at = null, added_by = iif(added_by = excluded.added_by, added_by, 'several')
    where expires_at is not null or added_by not in (excluded.added_by, 'several');
end;
create trigger campaign_calls_outcome_updated after update of outcome on campaign_calls
  when new.outcome = 'do_not_call' and (new.phone_number glob '~????????~*' or new.phone_number glob '+[1-9]*'
    and length(new.phone_number) between 8 and 16 and substr(new.phone_number, 3) not glob '*[^0-9]*')
begin
  insert into do_not_call_numbers (phone_number, source, reason, created_at, added_by)
  values (new.phone_number, 'outcome',
    iif(new.phone_number glob '~*', null,
      substr(replace(replace(replace(new.notes, char(13), ' '), char(10), ' '), char(9), ' '), 1, 500)), new.updated_at,
    coalesce((select user_id from campaigns where id = new.campaign_id), new.user_id, 'operator'))
  on conflict (phone_number, source) do update
    set expires_at = null, added_by = iif(added_by = excluded.added_by, added_by, 'several')
    where expires_at is not null or added_by not in (excluded.added_by, 'several');
end;
