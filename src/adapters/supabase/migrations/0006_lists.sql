-- Contact lists: filled from sealed files, found, and where a number is. Called as the functions of 0003 are.
-- Who is known already is looked up by number, `(select true … limit 1)`. PostgreSQL makes a join of `exists` and `in`, and reads
-- one list once for each row of the other as long as its statistics are older than they.

create or replace function public.campaigns_list_row(l public.contact_lists) returns jsonb
language sql stable set search_path = public as $$
  select to_jsonb(l) || jsonb_build_object(
    'created_at', coalesce(l.created_at, 'epoch'),
    'callable', count(*) - count(*) filter (where c.do_not_call),
    'suppressed', count(*) filter (where c.do_not_call))
  from contacts c where c.contact_list_id = l.id
$$;

-- Who is not to be called any more: calls that wait are over. Each is looked up by its number. All other conditions are written so
-- that no index knows them: one of a campaign's calls would be read from end to end for each number, were it thought to be short.
-- Locked as they are found: whose number somebody is changing is not meant.
create or replace function public.campaigns_end_forbidden(campaign_ids uuid[], numbers text[], at timestamptz)
returns void language sql set search_path = public as $$
  update campaign_calls k
  set status = 'failed', end_reason = 'do_not_call', next_attempt_at = null, completed_at = at, updated_at = at
  where k.id = any (array(
    select y.id from unnest(numbers) as n cross join lateral (
      select x.id from campaign_calls x
      where x.phone_number = n and array_position(campaign_ids, x.campaign_id) is not null
        and x.status::text || '' = 'pending' and x.attempt_id is null
      offset 0 for no key update) as y))
$$;

-- null: the owner has no such sealed file. The answer is kept with the file, so that asking again counts the same.
create or replace function public.campaigns_merge_contact_file(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  f csv_files;
  l contact_lists;
  staged integer;
  added integer;
  suppressed integer;
  marked integer;
  forbidden text[];
  answer jsonb;
begin
  select * into f from csv_files x
  where x.id = campaigns_uuid(request ->> 'file') and (owner is null or x.user_id = owner) for no key update;
  if not found then return null; end if;
  if f.counts ? 'merged' then return f.counts -> 'merged'; end if;
  if f.status <> 'ready' then return null; end if;

  -- Names are unique per owner; no index says so, since lists of the system before may repeat one.
  perform pg_advisory_xact_lock(hashtext('list ' || lower(request ->> 'name')));
  select * into l from contact_lists x
  where lower(x.name) = lower(request ->> 'name') and (owner is null or x.user_id = owner)
  order by x.created_at nulls first, x.id limit 1
  for no key update;
  if not found then
    insert into contact_lists (id, user_id, name, created_at)
    values ((request ->> 'id')::uuid, owner, request ->> 'name', at)
    returning * into l;
  end if;

  forbidden := array(select distinct s.phone_number from csv_contacts s where s.csv_file_id = f.id and s.do_not_call);
  update contacts c set do_not_call = true
  where not coalesce(c.do_not_call, false) and c.id = any (array(
    select y.id from unnest(forbidden) as n cross join lateral (
      select x.id from contacts x where x.contact_list_id = l.id and x.phone_number = n offset 0 for no key update) as y));
  get diagnostics marked = row_count;
  if marked > 0 then
    -- Contacts that are marked now may have become calls before. Campaigns are locked before their calls, as everywhere.
    perform 1 from campaigns c where c.contact_list_id = l.id order by c.id for no key update;
    perform campaigns_end_forbidden(array(select c.id from campaigns c where c.contact_list_id = l.id), forbidden, at);
  end if;

  with new as (
    -- With the ids they had, to which what is sealed is bound.
    insert into contacts (id, contact_list_id, phone_number, name, email, company, do_not_call, variables, created_at,
                          time_zone, place, consent)
    select s.id, l.id, s.phone_number, s.name, s.email, s.company, s.do_not_call, s.variables, at, s.time_zone, s.place, s.consent
    from csv_contacts s
    where s.csv_file_id = f.id
      and (select true from contacts c where c.contact_list_id = l.id and c.phone_number = s.phone_number limit 1) is null
    order by s.position
    on conflict (id) do nothing
    returning do_not_call
  )
  select count(*), count(*) filter (where n.do_not_call) into added, suppressed from new n;
  select count(*) into staged from csv_contacts s where s.csv_file_id = f.id;
  perform campaigns_keep_consents('contact_list', l.id, owner);
  answer := jsonb_build_object('list', campaigns_list_row(l), 'added', jsonb_build_object(
    'callable', added - suppressed, 'suppressed', suppressed + marked, 'duplicates', staged - added - marked));
  update csv_files x set status = 'processing', counts = coalesce(x.counts, '{}') || jsonb_build_object('merged', answer)
  where x.id = f.id;
  return answer;
end $$;

-- Contacts of a file and of a campaign that have the same number, page by page, for whoever can open them.
create or replace function public.campaigns_joined_pairs(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(jsonb_build_object('ours', to_jsonb(p.ours), 'theirs', to_jsonb(p.theirs)) order by (p.theirs).id), '[]')
  from (
    select s as theirs, (select x from csv_contacts x where x.csv_file_id = c.csv_file_id and x.phone_number = s.phone_number
                         order by x.position limit 1) as ours
    from campaigns c join csv_contacts s on s.csv_file_id = campaigns_uuid(request ->> 'file')
    join csv_files f on f.id = s.csv_file_id and (owner is null or f.user_id = owner)
    where c.id = campaigns_uuid(request ->> 'campaign') and (owner is null or c.user_id = owner)
      and (select true from csv_contacts x where x.csv_file_id = c.csv_file_id and x.phone_number = s.phone_number limit 1)
      and (request ->> 'after' is null or s.id > campaigns_uuid(request ->> 'after'))
    order by s.id limit (request ->> 'limit')::integer
  ) as p
$$;

-- null: the owner has no such sealed file. The text "closed": the campaign is over or not there, or its contacts are not its
-- own. The answer is kept with the file, so that asking again counts the same.
create or replace function public.campaigns_join_contact_file(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql set search_path = public as $$
declare
  f csv_files;
  c campaigns;
  forbidden text[];
  answer jsonb;
begin
  select * into f from csv_files x
  where x.id = campaigns_uuid(request ->> 'file') and (owner is null or x.user_id = owner) for no key update;
  if not found then return null; end if;
  if f.counts ? 'joined' then return f.counts -> 'joined'; end if;
  if f.status <> 'ready' then return null; end if;
  select * into c from campaigns k
  where k.id = campaigns_uuid(request ->> 'campaign') and (owner is null or k.user_id = owner) for no key update;
  if not found or c.contact_source <> 'csv_file' or c.csv_file_id is null
    or not (request ->> 'dry')::boolean and (campaigns_status(c.execution_status) = 'completed'
      or exists (select 1 from campaigns o where o.csv_file_id = c.csv_file_id and o.id <> c.id))
  then return to_jsonb('closed'::text); end if;

  select jsonb_build_object(
    'added', count(*) filter (where k.id is null),
    'known', count(*) filter (where k.id is not null),
    'differing', count(*) filter (where k.id is not null and (k.name, k.email, k.company, coalesce(k.variables, '{}'), k.time_zone, k.consent)
      is distinct from (s.name, s.email, s.company, coalesce(s.variables, '{}'), s.time_zone, s.consent)),
    'marked', count(*) filter (where k.id is not null and s.do_not_call and not coalesce(k.do_not_call, false)),
    'missing', (select count(distinct m.phone_number) from csv_contacts m where m.csv_file_id = c.csv_file_id and (
                  select true from csv_contacts s where s.csv_file_id = f.id and s.phone_number = m.phone_number limit 1) is null))
  into answer
  from csv_contacts s left join lateral (
    select x.* from csv_contacts x where x.csv_file_id = c.csv_file_id and x.phone_number = s.phone_number
    order by x.position limit 1) as k on true
  where s.csv_file_id = f.id;
  -- No two texts are sealed alike: the program has compared what they say.
  if request ? 'differing' then answer := answer || jsonb_build_object('differing', request -> 'differing'); end if;
  if (request ->> 'dry')::boolean then return answer; end if;

  perform campaigns_keep_consents('csv_file', f.id, owner);
  if (answer ->> 'marked')::integer > 0 then
    forbidden := array(select distinct s.phone_number from csv_contacts s where s.csv_file_id = f.id and s.do_not_call);
    update csv_contacts k set do_not_call = true
    where not coalesce(k.do_not_call, false) and k.id = any (array(
      select y.id from unnest(forbidden) as n cross join lateral (
        select x.id from csv_contacts x where x.csv_file_id = c.csv_file_id and x.phone_number = n offset 0
        for no key update) as y));
    perform campaigns_end_forbidden(array[c.id], forbidden, at);
  end if;
  update csv_contacts s set csv_file_id = c.csv_file_id
  where s.csv_file_id = f.id and (
    select true from csv_contacts k where k.csv_file_id = c.csv_file_id and k.phone_number = s.phone_number limit 1) is null;
  update csv_files x set total_contacts = n.n, processed_contacts = n.n
  from (select count(*) as n from csv_contacts k where k.csv_file_id = c.csv_file_id) as n where x.id = c.csv_file_id;
  if c.copied_at is not null then
    update campaigns k set skipped = k.skipped + (answer ->> 'added')::integer where k.id = c.id returning * into c;
    perform campaigns_copy_contacts(c, campaigns_at(request, at), request -> 'prefixed');
  end if;
  update csv_files x set status = 'processing', counts = coalesce(x.counts, '{}') || jsonb_build_object('joined', answer)
  where x.id = f.id;
  return answer;
end $$;

create or replace function public.campaigns_list_contact_lists(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(campaigns_list_row(l) order by lower(l.name), l.id), '[]')
  from contact_lists l where owner is null or l.user_id = owner
$$;

create or replace function public.campaigns_find_contact_lists(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  with ways as (
    select l, case when l.id = campaigns_uuid(request ->> 'ref') then 1
                   when lower(l.name) = lower(request ->> 'ref') then 2
                   when starts_with(l.id::text, request ->> 'ref') then 3 end as way
    from contact_lists l where owner is null or l.user_id = owner
  )
  select coalesce(jsonb_agg(campaigns_list_row(w.l) order by (w.l).created_at, (w.l).id), '[]')
  from ways w where w.way = (select min(v.way) from ways v)
$$;

-- What a prompt can name of the list's contacts, and for how many of them it is filled: pairs, since a name may be any text.
create or replace function public.campaigns_list_variables(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  with mine as (
    select c.name, c.email, c.company, case jsonb_typeof(c.variables) when 'object' then c.variables else '{}' end as said
    from contact_lists l join contacts c on c.contact_list_id = l.id and not coalesce(c.do_not_call, false)
    where l.id = campaigns_uuid(request ->> 'list') and (owner is null or l.user_id = owner)
  ), cells as (
    select v.key, v.value from mine m cross join lateral jsonb_each_text(m.said) v
    union all
    select f.key, f.value
    from mine m cross join lateral (values ('name', m.name), ('email', m.email), ('company', m.company)) as f (key, value)
    where btrim(f.value, E' \t\n\x0b\f\r\u00a0\u202f\u3000') <> '' and not m.said ? f.key
  )
  select coalesce(jsonb_agg(jsonb_build_array(n.key, n.filled) order by n.key), '[]')
  from (select c.key, count(*) filter (where btrim(c.value, E' \t\n\x0b\f\r\u00a0\u202f\u3000') <> '') as filled from cells c group by c.key) as n
$$;

-- The list's contacts that can be called, page by page, for whoever can open them.
create or replace function public.campaigns_list_contacts(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(p) order by p.id), '[]') from (
    select c.* from contact_lists l join contacts c on c.contact_list_id = l.id and not coalesce(c.do_not_call, false)
    where l.id = campaigns_uuid(request ->> 'list') and (owner is null or l.user_id = owner)
      and (request ->> 'after' is null or c.id > campaigns_uuid(request ->> 'after'))
    order by c.id limit (request ->> 'limit')::integer) as p
$$;

create or replace function public.campaigns_contact_record(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  with mine as (
    select c.id as campaign_id, c.name as campaign_name, campaigns_status(c.execution_status) as execution_status,
           c.contact_source, c.contact_list_id, c.csv_file_id, c.created_at
    from campaigns c where owner is null or c.user_id = owner
  )
  select jsonb_build_object(
    'in_lists', (
      select coalesce(jsonb_agg(to_jsonb(c) || jsonb_build_object(
        'list_id', l.id, 'list_name', l.name, 'do_not_call', coalesce(c.do_not_call, false))
        order by lower(l.name), l.id), '[]')
      from contact_lists l join contacts c on c.contact_list_id = l.id and c.phone_number = any (campaigns_numbers(request))
      where owner is null or l.user_id = owner),
    'calls', (
      select coalesce(jsonb_agg(jsonb_build_object('call', campaigns_call_row(k), 'campaign', to_jsonb(m))
                                order by k.position), '[]')
      from campaign_calls k left join mine m on m.campaign_id = k.campaign_id
      where k.phone_number = any (campaigns_numbers(request)) and campaigns_owns(k, owner)),
    'waiting', (
      select coalesce(jsonb_agg(to_jsonb(m) order by m.created_at, m.campaign_id), '[]')
      from mine m
      where m.execution_status = 'idle' and (
        exists (select 1 from contacts c where c.contact_list_id = m.contact_list_id
                and c.phone_number = any (campaigns_numbers(request)) and not coalesce(c.do_not_call, false))
        or exists (select 1 from csv_contacts c where c.csv_file_id = m.csv_file_id
                   and c.phone_number = any (campaigns_numbers(request)) and not coalesce(c.do_not_call, false)))))
$$;

insert into public.campaigns_schema (version) values (6) on conflict do nothing;
