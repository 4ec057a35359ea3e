alter table campaigns add column calling_hours text not null default '';
alter table campaigns add column consent_purpose text not null default 'marketing';
alter table campaigns add column max_per_contact text not null default '';
