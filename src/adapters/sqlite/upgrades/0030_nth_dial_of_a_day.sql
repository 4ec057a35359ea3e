alter table call_attempts add column nth_of_day integer check (nth_of_day >= 1);
update call_attempts set nth_of_day = n
from (select id as numbered, row_number() over (partition by campaign_id, local_day order by dialed_at, id) as n
      from call_attempts where dialed_at is not null and local_day is not null and campaign_id is not null)
where id = numbered;
drop index call_attempts_by_day;
create unique index call_attempts_nth on call_attempts (campaign_id, local_day, nth_of_day) where nth_of_day is not null;
create index call_attempts_unnumbered on call_attempts (campaign_id, local_day) where nth_of_day is null and dialed_at is not null;
create index call_attempts_unanswered on call_attempts (campaign_id, local_day, ending)
  where state = 'ended' and answered_at is null and dialed_at is not null;
create trigger call_attempts_dialed_in_day after insert on call_attempts
  when new.dialed_at is not null and new.local_day is not null and new.campaign_id is not null
begin
  update call_attempts set nth_of_day = 1 + (select coalesce(max(nth_of_day), 0) from call_attempts
    where campaign_id = new.campaign_id and local_day = new.local_day and nth_of_day is not null)
  where id = new.id;
end;
create trigger call_attempts_redialed_in_day after update of campaign_id, local_day, dialed_at on call_attempts
  when new.nth_of_day is null and new.dialed_at is not null and new.local_day is not null and new.campaign_id is not null
begin
  update call_attempts set nth_of_day = 1 + (select coalesce(max(nth_of_day), 0) from call_attempts
    where campaign_id = new.campaign_id and local_day = new.local_day and nth_of_day is not null)
  where id = new.id;
end;
create trigger call_attempts_stay_in_day before update of campaign_id, local_day on call_attempts
  when old.nth_of_day is not null and (new.campaign_id, new.local_day) is not (old.campaign_id, old.local_day)
begin
  select raise(abort, 'local_day: expected the campaign and the day in which the dial left');
end;
