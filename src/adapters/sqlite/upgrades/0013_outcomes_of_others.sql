-- Whoever writes that a contact must not be called any more, in whatever way: the number is on the list at once.
create trigger campaign_calls_outcome_inserted after insert on campaign_calls when new.outcome = 'do_not_call' begin
  insert or ignore into do_not_call_numbers (phone_number, source, reason, created_at)
  values (new.phone_number, 'outcome', new.notes, new.updated_at);
end;
create trigger campaign_calls_outcome_updated after update of outcome on campaign_calls when new.outcome = 'do_not_call' begin
  insert or ignore into do_not_call_numbers (phone_number, source, reason, created_at)
  values (new.phone_number, 'outcome', new.notes, new.updated_at);
end;
