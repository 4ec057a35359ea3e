create table wishes (
  id integer primary key check (id = 1),
  n integer not null
) strict;
insert into wishes (id, n)
  select 1, (select count(*) from do_not_call_numbers) + (select count(*) from consents where revoked_at is not null)
    + (select count(*) from contacts where do_not_call <> 0) + (select count(*) from csv_contacts where do_not_call <> 0);
create trigger wish_listed after insert on do_not_call_numbers begin update wishes set n = n + 1; end;
create trigger wish_revoking after insert on consents when new.revoked_at is not null begin update wishes set n = n + 1; end;
create trigger wish_revoked after update of revoked_at on consents when new.revoked_at is not null begin update wishes set n = n + 1; end;
create trigger wish_marked after update of do_not_call on contacts when new.do_not_call <> 0 begin update wishes set n = n + 1; end;
create trigger wish_marked_in_file after update of do_not_call on csv_contacts when new.do_not_call <> 0 begin update wishes set n = n + 1; end;
