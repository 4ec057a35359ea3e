create index campaign_calls_held on campaign_calls (campaign_id, held_by, next_attempt_at) where status = 'pending' and held_by is not null;
create table campaign_counts (
  campaign_id text not null references campaigns (id) on delete cascade,
  status text not null,
  end_reason text not null,
  outcome text not null,
  n integer not null,
  reached integer not null,
  promised integer not null,
  missed integer not null,
  primary key (campaign_id, status, end_reason, outcome)
) strict, without rowid;
insert into campaign_counts
select campaign_id, status, iif(status in ('pending', 'calling', 'answered'), '', coalesce(end_reason, '')), coalesce(outcome, ''),
  count(*), count(reached_in), count(callback_at), count(callback_missed_at)
from campaign_calls where campaign_id is not null group by 1, 2, 3, 4;
create trigger campaign_calls_counted after insert on campaign_calls
  when not exists (select 1 from audit_bulk where what = 'calls')
begin
  insert into campaign_counts (campaign_id, status, end_reason, outcome, n, reached, promised, missed)
  select new.campaign_id, new.status, iif(new.status in ('pending', 'calling', 'answered'), '', coalesce(new.end_reason, '')),
    coalesce(new.outcome, ''), 1, new.reached_in is not null, new.callback_at is not null, new.callback_missed_at is not null
  where new.campaign_id is not null
  on conflict do update set n = n + 1, reached = reached + excluded.reached, promised = promised + excluded.promised,
    missed = missed + excluded.missed;
end;
create trigger campaign_calls_recounted after update of campaign_id, status, end_reason, outcome, reached_in, callback_at, callback_missed_at on campaign_calls
  when (new.campaign_id, new.status, new.end_reason, new.outcome, new.reached_in is null, new.callback_at is null, new.callback_missed_at is null)
    is not (old.campaign_id, old.status, old.end_reason, old.outcome, old.reached_in is null, old.callback_at is null, old.callback_missed_at is null)
begin
  update campaign_counts set n = n - 1, reached = reached - (old.reached_in is not null),
    promised = promised - (old.callback_at is not null), missed = missed - (old.callback_missed_at is not null)
  where campaign_id = old.campaign_id and status = old.status
    and end_reason = iif(old.status in ('pending', 'calling', 'answered'), '', coalesce(old.end_reason, '')) and outcome = coalesce(old.outcome, '');
  insert into campaign_counts (campaign_id, status, end_reason, outcome, n, reached, promised, missed)
  select new.campaign_id, new.status, iif(new.status in ('pending', 'calling', 'answered'), '', coalesce(new.end_reason, '')),
    coalesce(new.outcome, ''), 1, new.reached_in is not null, new.callback_at is not null, new.callback_missed_at is not null
  where new.campaign_id is not null
  on conflict do update set n = n + 1, reached = reached + excluded.reached, promised = promised + excluded.promised,
    missed = missed + excluded.missed;
end;
create trigger campaign_calls_uncounted after delete on campaign_calls begin
  update campaign_counts set n = n - 1, reached = reached - (old.reached_in is not null),
    promised = promised - (old.callback_at is not null), missed = missed - (old.callback_missed_at is not null)
  where campaign_id = old.campaign_id and status = old.status
    and end_reason = iif(old.status in ('pending', 'calling', 'answered'), '', coalesce(old.end_reason, '')) and outcome = coalesce(old.outcome, '');
end;
