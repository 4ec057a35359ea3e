alter table campaigns add column display_name text;
alter table campaigns add column sip_headers text not null default '{}';
