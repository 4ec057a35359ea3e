-- Rows of the embedded store, moved here by `campaigns move`. Called as the functions of 0003 are.

-- A campaign on its way: the status it will have once all of it is here. Until then it is completed, so that no verb can
-- start it; null: it is not on its way.
alter table public.campaigns add column if not exists arriving jsonb;

-- A row with its ids as uuids. Those of the embedded store that are none get the same one each time they come.
create or replace function public.campaigns_with_ids("row" jsonb, ids text[]) returns jsonb
language sql immutable set search_path = public as $$
  select row || coalesce((
    select jsonb_object_agg(id, coalesce(campaigns_uuid(row ->> id), md5(row ->> id)::uuid))
    from unnest(ids) as id where row ->> id is not null), '{}')
$$;

-- Erases whoever is erased by the do-not-call list, for the owner of what came, and is in it nevertheless: files, lists, calls and
-- campaigns by their ids, consents by their numbers. They are there from before, if a move broke off and they were erased where
-- they came from, before it went on.
create or replace function public.campaigns_erase_come(came uuid[], numbers text[], owner uuid) returns void
language plpgsql set search_path = public as $$
declare number text; who uuid;
begin
  for number, who in
    select distinct x.number, case when d.added_by like '["%' then x.who else owner end
    from (
      select k.phone_number, coalesce(c.user_id, k.user_id)
      from campaign_calls k left join campaigns c on c.id = k.campaign_id where k.id = any (came)
      union all
      select k.phone_number, c.user_id from campaign_calls k join campaigns c on c.id = k.campaign_id where c.id = any (came)
      union all
      select p.phone_number, f.user_id from csv_contacts p join csv_files f on f.id = p.csv_file_id where f.id = any (came)
      union all
      select p.phone_number, l.user_id from contacts p join contact_lists l on l.id = p.contact_list_id where l.id = any (came)
      union all
      select p.phone_number, p.user_id from consents p where p.phone_number = any (numbers)) as x (number, who)
    join do_not_call_numbers d on d.phone_number = x.number and d.source = 'erased' and campaigns_erased_for(d.added_by, x.who)
  loop
    perform campaigns_erase(jsonb_build_object('phone_number', number), campaigns_now('{}'), who);
  end loop;
end $$;

-- Adds those rows that are not here yet, in their order. They are the owner's for whom they are moved. `added`: how many;
-- `kept`: what is here with other contents and stays so, by number, trunk, or name of a list. A campaign that a move left
-- half way makes room for this one: meanwhile it may have gone on where it came from. Whoever was erased here, for the
-- owner of what comes, comes back as nobody: their calls and attempts count, and nothing of them tells whose they are.
create or replace function public.campaigns_move_in(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language plpgsql security definer set search_path = public, pg_temp as $$
declare
  target text := request ->> 'table';
  columns text;
  ids text[];
  given jsonb;
  kept jsonb := '[]';
  added integer;
begin
  if target not in ('csv_files', 'csv_contacts', 'contact_lists', 'contacts', 'campaigns', 'campaign_calls',
                    'call_attempts', 'carrier_calls', 'consents', 'do_not_call_numbers', 'do_not_call_sources', 'phone_number', 'trunk_limits')
  then return null; end if;
  perform set_config('campaigns.bulk', '', true);
  -- Columns that both stores have.
  select string_agg(quote_ident(c.column_name), ', ') into columns
  from information_schema.columns c
  where c.table_schema = 'public' and c.table_name = target and request -> 'rows' -> 0 ? c.column_name;
  if columns is null then return '{"added": 0, "kept": []}'; end if;
  select array_agg(c.column_name) into ids
  from information_schema.columns c
  where c.table_schema = 'public' and c.table_name = target and c.udt_name = 'uuid';
  select jsonb_agg(campaigns_with_ids(case when owner is not null and row ? 'user_id'
           then row || jsonb_build_object('user_id', owner) else row end, ids) order by nth) into given
  from jsonb_array_elements(request -> 'rows') with ordinality as all_given (row, nth);

  if target = 'phone_number' then
    -- A number is known by its digits, whoever has it.
    select coalesce(jsonb_agg(row ->> 'number'), '[]') into kept from jsonb_array_elements(given) as row
    where exists (select 1 from phone_number p where p.number = row ->> 'number' and p.id <> (row ->> 'id')::uuid);
    select coalesce(jsonb_agg(row), '[]') into given from jsonb_array_elements(given) as row
    where not kept ? (row ->> 'number');
  elsif target = 'do_not_call_numbers' then
    -- What was written before there was a check: too long, or of a number that nobody can have.
    select coalesce(jsonb_agg(row || jsonb_build_object(
      'reason', case when row ->> 'reason' ~ '^~[0-9a-f]{8}!' then row ->> 'reason' else left(row ->> 'reason', 500) end,
      -- for whom somebody was erased, as their rows will name them
      'added_by', case
        when row ->> 'source' <> 'erased' then row ->> 'added_by'
        when row ->> 'added_by' like '["%' then (
          select json_agg(coalesce(campaigns_uuid(x), md5(x)::uuid))::text from jsonb_array_elements_text((row ->> 'added_by')::jsonb) as x)
        -- the file's operator is not the project's
        when owner is null then row ->> 'added_by' else json_build_array(owner)::text
      end)), '[]') into given
    from jsonb_array_elements(given) as row
    where row ->> 'phone_number' ~ '^\+[1-9]([0-9]{1,14}|[0-9]{0,13}\*)$' or row ->> 'phone_number' ~ '^~[0-9a-f]{8}[~.]';
  elsif target = 'trunk_limits' then
    select coalesce(jsonb_agg(row ->> 'trunk_id'), '[]') into kept
    from jsonb_array_elements(given) as row join trunk_limits t on t.trunk_id = row ->> 'trunk_id'
    where (t.interval_ms, t.concurrency)
      is distinct from ((row ->> 'interval_ms')::integer, (row ->> 'concurrency')::integer);
  elsif target = 'contact_lists' then
    select coalesce(jsonb_agg(row ->> 'name'), '[]') into kept from jsonb_array_elements(given) as row
    where exists (
      select 1 from contact_lists l where lower(l.name) = lower(row ->> 'name') and l.id <> (row ->> 'id')::uuid
        and l.user_id is not distinct from (row ->> 'user_id')::uuid);
  elsif target = 'campaigns' then
    delete from campaigns c using jsonb_array_elements(given) as row
    where c.id = (row ->> 'id')::uuid and c.arriving is not null;
  end if;

  if target in ('contacts', 'csv_contacts', 'consents') then
    select coalesce(jsonb_agg(row), '[]') into given from jsonb_array_elements(given) as row
    left join contact_lists l on l.id = (row ->> 'contact_list_id')::uuid
    left join csv_files f on f.id = (row ->> 'csv_file_id')::uuid
    where not exists (
      select 1 from do_not_call_numbers d where d.phone_number = row ->> 'phone_number' and d.source = 'erased'
        and campaigns_erased_for(d.added_by, coalesce(l.user_id, f.user_id, (row ->> 'user_id')::uuid)));
  elsif target = 'do_not_call_numbers' then
    update do_not_call_numbers d set added_by = campaigns_erased_by(d.added_by, row ->> 'added_by')
    from jsonb_array_elements(given) as row
    where d.phone_number = row ->> 'phone_number' and d.source = 'erased' and row ->> 'source' = 'erased'
      and d.added_by is distinct from campaigns_erased_by(d.added_by, row ->> 'added_by');
    update do_not_call_numbers d set expires_at = (row ->> 'expires_at')::timestamptz
    from jsonb_array_elements(given) as row
    where d.phone_number = row ->> 'phone_number' and d.source = row ->> 'source' and d.expires_at is not null
      and (row ->> 'expires_at' is null or d.expires_at < (row ->> 'expires_at')::timestamptz);
  end if;

  perform set_config('campaigns.bulk', case when target in ('do_not_call_numbers', 'consents') then 'on' else '' end, true);
  execute format('insert into public.%I (%s) select %s from jsonb_populate_recordset(null::public.%I, $1)
                  on conflict do nothing', target, columns, columns, target)
  using given;
  get diagnostics added = row_count;
  perform set_config('campaigns.bulk', '', true);
  if target in ('csv_files', 'contact_lists', 'campaign_calls') then
    perform campaigns_erase_come((select array_agg((row ->> 'id')::uuid) from jsonb_array_elements(given) as row), '{}', owner);
  elsif target = 'do_not_call_numbers' then
    perform campaigns_erase_come('{}', (select array_agg(row ->> 'phone_number') from jsonb_array_elements(given) as row), owner);
  elsif added > 0 and target in ('call_attempts', 'carrier_calls') then
    perform campaigns_anonymise((
      select coalesce(array_agg(distinct k.id), '{}')
      from jsonb_array_elements(given) as row
      join call_attempts a on a.id = (row ->> case target when 'call_attempts' then 'id' else 'attempt_id' end)::uuid
      join campaign_calls k on k.id = a.call_id
      where k.phone_number like 'erased:%'));
  end if;
  if added > 0 and target in ('do_not_call_numbers', 'consents') then
    perform campaigns_log('data.moved', owner, null, null, null, null, null, jsonb_build_object('table', target, 'added', added));
  end if;
  return jsonb_build_object('added', added, 'kept', kept);
end $$;

-- Gives a campaign the status it had where it came from, if all its calls and attempts are here. False: they are not.
create or replace function public.campaigns_move_done(request jsonb, at timestamptz default null, owner uuid default null)
returns boolean language plpgsql set search_path = public as $$
declare c campaigns;
begin
  select * into c from campaigns x
  where x.id = coalesce(campaigns_uuid(request ->> 'id'), md5(request ->> 'id')::uuid)
    and (owner is null or x.user_id = owner) for no key update;
  if not found then return false; end if;
  if c.arriving is null then return true; end if;
  if (select count(*) from campaign_calls k where k.campaign_id = c.id) <> (request ->> 'calls')::integer
    or (select count(*) from call_attempts a where a.campaign_id = c.id) <> (request ->> 'attempts')::integer
  then return false; end if;
  perform campaigns_erase_come(array[c.id, c.csv_file_id, c.contact_list_id], '{}', owner);
  update campaigns x
  set execution_status = c.arriving ->> 'execution_status', status_reason = c.arriving ->> 'status_reason', arriving = null
  where x.id = c.id;
  return true;
end $$;

insert into public.campaigns_schema (version) values (8) on conflict do nothing;
