drop trigger campaign_calls_inserted;
create trigger campaign_calls_inserted before insert on campaign_calls begin
  select raise(abort, 'variables: expected an object of texts')
    where new.variables <> '{}' and new.variables not glob '~*' and (not json_valid(new.variables)
      or new.variables not glob '{*' and json_type(new.variables) <> 'object'
      or new.variables glob '*:[^"]*' and exists (select 1 from json_each(new.variables) where type <> 'text'));
  select raise(abort, 'next_attempt_at: expected an instant')
    where new.next_attempt_at not glob '[0-9][0-9][0-9][0-9]-*';
end;
