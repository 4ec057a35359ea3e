-- Rows of the embedded store, moved here by `campaigns move`. Called as the functions of 0003 are.

-- Adds those rows that are not here yet, in their order. They are the owner's for whom they are moved. Returns how many
-- were added.
create or replace function public.campaigns_move_in(request jsonb, at timestamptz default null, owner uuid default null)
returns integer language plpgsql set search_path = public as $$
declare
  target text := request ->> 'table';
  columns text;
  added integer;
begin
  if target not in ('csv_files', 'csv_contacts', 'contact_lists', 'contacts', 'campaigns', 'campaign_calls',
                    'call_attempts', 'do_not_call_numbers') then return null; end if;
  -- Columns that both stores have.
  select string_agg(quote_ident(c.column_name), ', ') into columns
  from information_schema.columns c
  where c.table_schema = 'public' and c.table_name = target and request -> 'rows' -> 0 ? c.column_name;
  if columns is null then return 0; end if;
  execute format('insert into public.%I (%s) select %s from jsonb_populate_recordset(null::public.%I, $1)
                  on conflict do nothing', target, columns, columns, target)
  using (select jsonb_agg(case when owner is not null and row ? 'user_id'
           then row || jsonb_build_object('user_id', owner) else row end order by nth)
         from jsonb_array_elements(request -> 'rows') with ordinality as given (row, nth));
  get diagnostics added = row_count;
  return added;
end $$;

insert into public.campaigns_schema (version) values (5) on conflict do nothing;
