-- Rows of the embedded store, moved here by `campaigns move`. Called as the functions of 0003 are.

-- A row with its ids as uuids. Those of the embedded store that are none get the same one each time they come.
create or replace function public.campaigns_with_ids("row" jsonb, ids text[]) returns jsonb
language sql immutable set search_path = public as $$
  select row || coalesce((
    select jsonb_object_agg(id, coalesce(campaigns_uuid(row ->> id), md5(row ->> id)::uuid))
    from unnest(ids) as id where row ->> id is not null), '{}')
$$;

-- Adds those rows that are not here yet, in their order. They are the owner's for whom they are moved. Returns how many
-- were added.
create or replace function public.campaigns_move_in(request jsonb, at timestamptz default null, owner uuid default null)
returns integer language plpgsql set search_path = public as $$
declare
  target text := request ->> 'table';
  columns text;
  ids text[];
  added integer;
begin
  if target not in ('csv_files', 'csv_contacts', 'contact_lists', 'contacts', 'campaigns', 'campaign_calls',
                    'call_attempts', 'carrier_calls', 'consents', 'do_not_call_numbers') then return null; end if;
  -- Columns that both stores have.
  select string_agg(quote_ident(c.column_name), ', ') into columns
  from information_schema.columns c
  where c.table_schema = 'public' and c.table_name = target and request -> 'rows' -> 0 ? c.column_name;
  if columns is null then return 0; end if;
  select array_agg(c.column_name) into ids
  from information_schema.columns c
  where c.table_schema = 'public' and c.table_name = target and c.udt_name = 'uuid';
  execute format('insert into public.%I (%s) select %s from jsonb_populate_recordset(null::public.%I, $1)
                  on conflict do nothing', target, columns, columns, target)
  using (select jsonb_agg(campaigns_with_ids(case when owner is not null and row ? 'user_id'
           then row || jsonb_build_object('user_id', owner) else row end, ids) order by nth)
         from jsonb_array_elements(request -> 'rows') with ordinality as given (row, nth));
  get diagnostics added = row_count;
  return added;
end $$;

insert into public.campaigns_schema (version) values (8) on conflict do nothing;
