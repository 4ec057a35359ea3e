alter table runners add column up_until real;
alter table runners add column lease_ms integer;
