-- Who is forbidden for longer has asked once more: a file that does not know of it is an older one.
create trigger wish_prolonged after update of expires_at on do_not_call_numbers
  when old.expires_at is not null and (new.expires_at is null or new.expires_at > old.expires_at) begin update wishes set n = n + 1; end;
