create table last_dial (
  id integer primary key check (id = 1),
  at text not null
) strict;
insert into last_dial (id, at) select 1, max(dialed_at) from call_attempts where dialed_at is not null having count(*) > 0;
