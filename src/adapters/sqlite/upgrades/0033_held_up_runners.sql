alter table runners add column held_up text;
