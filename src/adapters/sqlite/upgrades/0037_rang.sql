alter table call_attempts add column rang integer not null default 0;
