create table attempt_counts (
  campaign_id text primary key references campaigns (id) on delete cascade,
  cost_micros integer not null,
  told integer not null,
  late integer not null
) strict, without rowid;
insert into attempt_counts
select campaign_id, sum(max(0, coalesce(cost_micros, 0))), count(first_audio_ms), count(*) filter (where first_audio_ms > 2000)
from call_attempts where campaign_id is not null and (cost_micros > 0 or first_audio_ms is not null) group by 1;
drop index call_attempts_first_words;
drop index call_attempts_cost;
create index call_attempts_lost on call_attempts (campaign_id) where ending = 'lost' and cost_micros > 0;
create trigger call_attempts_counted after insert on call_attempts
  when new.campaign_id is not null and (new.cost_micros > 0 or new.first_audio_ms is not null)
begin
  insert into attempt_counts (campaign_id, cost_micros, told, late)
  values (new.campaign_id, max(0, coalesce(new.cost_micros, 0)), new.first_audio_ms is not null, coalesce(new.first_audio_ms > 2000, 0))
  on conflict do update set cost_micros = cost_micros + excluded.cost_micros, told = told + excluded.told, late = late + excluded.late;
end;
create trigger call_attempts_recounted after update of campaign_id, cost_micros, first_audio_ms on call_attempts
  when (new.campaign_id, new.cost_micros, new.first_audio_ms) is not (old.campaign_id, old.cost_micros, old.first_audio_ms)
begin
  update attempt_counts set cost_micros = cost_micros - max(0, coalesce(old.cost_micros, 0)),
    told = told - (old.first_audio_ms is not null), late = late - coalesce(old.first_audio_ms > 2000, 0)
  where campaign_id = old.campaign_id;
  insert into attempt_counts (campaign_id, cost_micros, told, late)
  select new.campaign_id, max(0, coalesce(new.cost_micros, 0)), new.first_audio_ms is not null, coalesce(new.first_audio_ms > 2000, 0)
  where new.campaign_id is not null
  on conflict do update set cost_micros = cost_micros + excluded.cost_micros, told = told + excluded.told, late = late + excluded.late;
end;
create trigger call_attempts_uncounted after delete on call_attempts when old.cost_micros > 0 or old.first_audio_ms is not null begin
  update attempt_counts set cost_micros = cost_micros - max(0, coalesce(old.cost_micros, 0)),
    told = told - (old.first_audio_ms is not null), late = late - coalesce(old.first_audio_ms > 2000, 0)
  where campaign_id = old.campaign_id;
end;
