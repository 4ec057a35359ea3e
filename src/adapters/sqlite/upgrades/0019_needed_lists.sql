alter table campaigns add column needs_dnc text not null default '[]';
alter table campaigns add column dnc_max_age_ms integer not null default 2678400000;
-- Until now any added number made its list new; what is known of their age is when their numbers came.
delete from do_not_call_sources;
