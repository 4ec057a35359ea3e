alter table campaigns add column expect_answers text not null default 'normal';
