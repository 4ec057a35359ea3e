-- A number may be on several lists, each with its source, until a day; a prefix ends with an asterisk.
create temp table do_not_call_before as select * from do_not_call_numbers;
drop table do_not_call_numbers;
create table do_not_call_numbers (
  phone_number text not null,
  source text not null,
  reason text,
  created_at text not null,
  expires_at text,
  primary key (phone_number, source)
) strict, without rowid;
insert into do_not_call_numbers (phone_number, source, reason, created_at)
  select phone_number, source, reason, created_at from temp.do_not_call_before order by phone_number;
drop table temp.do_not_call_before;
create index do_not_call_prefixes on do_not_call_numbers (phone_number) where substr(phone_number, -1) = '*';
create index do_not_call_by_source on do_not_call_numbers (source, phone_number);

create table do_not_call_sources (
  source text primary key,
  refreshed_at text not null
) strict, without rowid;
