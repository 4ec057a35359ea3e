alter table last_dial add column n integer not null default 0;
update last_dial set n = (select count(*) from call_attempts where dialed_at is not null);
