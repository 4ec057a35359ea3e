alter table runners add column agents integer;
