-- Whom one must not call: the do-not-call list, everybody's, and consents, which are their owner's; and who of a campaign's
-- contacts would be called. Called as the functions of 0003 are.

-- Entries that are there already stay as they are, but for a longer term. How many are new. What two have added neither takes
-- off alone.
create or replace function public.campaigns_add_do_not_call(request jsonb, at timestamptz default null, owner uuid default null)
returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
  added integer;
  author text := coalesce(owner::text, 'operator');
  -- One entry of the audit log, and not one for each number.
  bulk boolean := jsonb_array_length(request -> 'entries') > (request ->> 'one_by_one')::integer;
begin
  perform set_config('campaigns.bulk', case when bulk then 'on' else '' end, true);
  insert into do_not_call_numbers (phone_number, source, reason, created_at, expires_at, added_by)
  select e.phone_number, e.source, e.reason, e.created_at, e.expires_at, author
  from jsonb_populate_recordset(null::do_not_call_numbers, request -> 'entries') e
  -- In one order, so that two lists that come at once never wait for each other.
  order by e.phone_number, e.source
  on conflict do nothing;
  get diagnostics added = row_count;
  if bulk then
    perform set_config('campaigns.bulk', '', true);
    perform campaigns_log('dnc.imported', owner, null, null, null, null, null,
      jsonb_build_object('source', request #>> '{entries,0,source}', 'added', added));
  end if;
  if added < jsonb_array_length(request -> 'entries') then
    update do_not_call_numbers d set expires_at = e.expires_at
    from jsonb_populate_recordset(null::do_not_call_numbers, request -> 'entries') e
    where d.phone_number = e.phone_number and d.source = e.source and d.expires_at is not null
      and (e.expires_at is null or d.expires_at < e.expires_at);
    update do_not_call_numbers d set added_by = 'several'
    from jsonb_populate_recordset(null::do_not_call_numbers, request -> 'entries') e
    where d.phone_number = e.phone_number and d.source = e.source and d.added_by not in (author, 'several');
  end if;
  return added;
end $$;

-- How many numbers were on the list of the source, or of any. An owner takes off what that owner added.
create or replace function public.campaigns_remove_do_not_call(request jsonb, at timestamptz default null, owner uuid default null)
returns integer language sql set search_path = public as $$
  with removed as (
    delete from do_not_call_numbers d
    where d.phone_number in (select jsonb_array_elements_text(request -> 'phone_numbers'))
      and (request ->> 'source' is null or d.source = request ->> 'source')
      and (owner is null or d.added_by = owner::text)
    returning d.phone_number)
  select count(distinct r.phone_number)::integer from removed r
$$;

create or replace function public.campaigns_drop_do_not_call_source(request jsonb, at timestamptz default null, owner uuid default null)
returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare removed integer;
begin
  perform set_config('campaigns.bulk', 'on', true);
  delete from do_not_call_numbers d where d.source = request ->> 'source' and (owner is null or d.added_by = owner::text);
  get diagnostics removed = row_count;
  perform set_config('campaigns.bulk', '', true);
  perform campaigns_log('dnc.dropped', owner, null, null, null, null, null,
    jsonb_build_object('source', request ->> 'source', 'removed', removed)) where removed > 0;
  delete from do_not_call_sources s where s.source = request ->> 'source'
    and not exists (select 1 from do_not_call_numbers d where d.source = s.source);
  return removed;
end $$;

-- The entries of one source become another's, in place of those it had or beside them. How many it had and has no more.
create or replace function public.campaigns_settle_do_not_call(request jsonb, at timestamptz default null, owner uuid default null)
returns integer language plpgsql security definer set search_path = public, pg_temp as $$
declare
  removed integer := 0;
  added integer;
begin
  -- An answer that was lost is asked for again: then there is nothing left to do.
  if not exists (select 1 from do_not_call_numbers d where d.source = request ->> 'arriving') then return 0; end if;
  -- Of an entry that stays, a longer term, as above: by itself, so that the log has what the term was.
  update do_not_call_numbers d set expires_at = a.expires_at
  from do_not_call_numbers a
  where d.source = request ->> 'source' and a.source = request ->> 'arriving' and a.phone_number = d.phone_number
    and d.expires_at is not null and (a.expires_at is null or d.expires_at < a.expires_at)
    and not ((request ->> 'replace')::boolean and (owner is null or d.added_by = owner::text));
  perform set_config('campaigns.bulk', 'on', true);
  if (request ->> 'replace')::boolean then
    delete from do_not_call_numbers d where d.source = request ->> 'source' and (owner is null or d.added_by = owner::text);
    get diagnostics removed = row_count;
  end if;
  insert into do_not_call_numbers as n (phone_number, source, reason, created_at, expires_at, added_by)
  select d.phone_number, request ->> 'source', d.reason, d.created_at, d.expires_at, d.added_by
  from do_not_call_numbers d where d.source = request ->> 'arriving' order by d.phone_number
  on conflict (phone_number, source) do update set added_by = 'several' where n.added_by <> excluded.added_by;
  get diagnostics added = row_count;
  delete from do_not_call_numbers d where d.source = request ->> 'arriving';
  perform set_config('campaigns.bulk', '', true);
  perform campaigns_log('dnc.imported', owner, null, null, null, null, null,
    jsonb_build_object('source', request ->> 'source', 'added', added, 'removed', removed));
  return removed;
end $$;

create or replace function public.campaigns_refresh_do_not_call_source(request jsonb, at timestamptz, owner uuid default null)
returns void language sql set search_path = public as $$
  insert into do_not_call_sources as s (source, refreshed_at) values (request ->> 'source', at)
  on conflict (source) do update set refreshed_at = greatest(s.refreshed_at, excluded.refreshed_at)
$$;

-- The entries that forbid a call to the number, and a consent that was revoked. `prefixes`: those are the program's to compare.
create or replace function public.campaigns_do_not_call(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce((
    select jsonb_agg(to_jsonb(d) || jsonb_build_object('created_at', coalesce(d.created_at, 'epoch'))
                     order by coalesce(d.created_at, 'epoch'), d.source)
    from do_not_call_numbers d
    where (d.phone_number = any (campaigns_numbers(request))
           or (right(d.phone_number, 1) = '*' and (
             request ? 'prefixes' or starts_with(request ->> 'phone_number', rtrim(d.phone_number, '*')))))
      and (d.expires_at is null or d.expires_at > at)), '[]')
  || coalesce((
    select jsonb_build_array(jsonb_build_object('phone_number', (campaigns_numbers(request))[1], 'source', 'revocation',
      'reason', 'the consent was revoked', 'created_at', r.since, 'expires_at', null))
    from campaigns_revoked(campaigns_numbers(request), at, owner) as r (since) where r.since is not null), '[]')
$$;

-- All entries of so many numbers.
create or replace function public.campaigns_list_do_not_call(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(d) || jsonb_build_object('created_at', coalesce(d.created_at, 'epoch'))
                            order by d.phone_number, d.source), '[]')
  from do_not_call_numbers d
  where (request ->> 'source' is null or d.source = request ->> 'source') and d.phone_number in (
    select distinct n.phone_number from do_not_call_numbers n
    where n.phone_number > coalesce(request ->> 'after', '')
      and (request ->> 'source' is null or n.source = request ->> 'source')
    order by n.phone_number limit (request ->> 'limit')::integer)
$$;

create or replace function public.campaigns_do_not_call_sources(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(g) order by g.source), '[]') from (
    select d.source, count(*) as entries,
           coalesce(max(s.refreshed_at), max(coalesce(d.created_at, 'epoch'))) as refreshed_at
    from do_not_call_numbers d left join do_not_call_sources s on s.source = d.source
    where d.expires_at is null or d.expires_at > at
    group by d.source) as g
$$;

-- Consents that are known already change nothing. How many are new.
create or replace function public.campaigns_add_consents(request jsonb, at timestamptz default null, owner uuid default null)
returns integer language plpgsql set search_path = public as $$
declare added integer;
begin
  insert into consents (user_id, phone_number, channel, purpose, level, granted_at, source, proof, expires_at, revoked_at)
  select owner, e.phone_number, e.channel, e.purpose, e.level, e.granted_at, e.source, e.proof, e.expires_at, e.revoked_at
  from jsonb_populate_recordset(null::consents, request -> 'consents') e
  order by e.phone_number, e.granted_at
  on conflict do nothing;
  get diagnostics added = row_count;
  return added;
end $$;

-- What a file or list says of consent; without a date it says nothing that could be shown.
create or replace function public.campaigns_keep_consents(kind text, source uuid, owner uuid)
returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare
  first_id bigint;
  last_id bigint;
  added integer;
begin
  perform set_config('campaigns.bulk', 'on', true);
  with kept as (
  insert into consents (user_id, phone_number, channel, purpose, level, expires_at, granted_at, source, proof)
  select owner, s.phone_number, 'ai_voice', coalesce(s.consent ->> 'purpose', 'marketing'), coalesce(s.consent ->> 'level', 'express'),
         'epoch'::timestamptz + (s.consent ->> 'expiresAt')::double precision * interval '1 millisecond',
         'epoch'::timestamptz + (s.consent ->> 'grantedAt')::double precision * interval '1 millisecond',
         coalesce(s.consent ->> 'source', 'import'), s.consent ->> 'proof'
  from (
    select c.phone_number, c.consent from csv_contacts c where kind = 'csv_file' and c.csv_file_id = source
    union all
    select c.phone_number, c.consent from contacts c where kind = 'contact_list' and c.contact_list_id = source
  ) as s
  where jsonb_typeof(s.consent -> 'grantedAt') = 'number'
  order by s.phone_number
  on conflict do nothing
  returning id)
  select min(id), max(id), count(*) into first_id, last_id, added from kept;
  perform set_config('campaigns.bulk', '', true);
  perform campaigns_log('consent.imported', owner, null, null, null, null, null,
    jsonb_build_object('first', first_id, 'last', last_id, 'added', added)) where added > 0;
end $$;

-- A revocation without a consent before it is kept as well: an older consent that comes later is revoked by it.
create or replace function public.campaigns_revoke_consents(request jsonb, at timestamptz, owner uuid default null)
returns integer language plpgsql set search_path = public as $$
declare revoked integer;
begin
  update consents c set revoked_at = at
  where c.phone_number = any (campaigns_numbers(request)) and c.revoked_at is null and (owner is null or c.user_id = owner);
  get diagnostics revoked = row_count;
  insert into consents (user_id, phone_number, channel, purpose, level, granted_at, source, revoked_at)
  values (owner, (campaigns_numbers(request))[1], 'ai_voice', 'marketing', 'express', at, 'revocation', at)
  on conflict do nothing;
  return revoked;
end $$;

create or replace function public.campaigns_consents_of(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(c) order by c.granted_at, c.id), '[]')
  from consents c
  where c.phone_number = any (campaigns_numbers(request)) and (owner is null or c.user_id = owner)
$$;

-- null: the owner has no such file or list.
create or replace function public.campaigns_unplaced_contacts(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select case when campaigns_has_source(request ->> 'kind', campaigns_uuid(request ->> 'source'), owner) then (
    select coalesce(jsonb_agg(to_jsonb(s)), '[]') from (
      select c.id, c.phone_number, c.time_zone from csv_contacts c
      where request ->> 'kind' = 'csv_file' and c.csv_file_id = campaigns_uuid(request ->> 'source') and c.place is null
      union all
      select c.id, c.phone_number, c.time_zone from contacts c
      where request ->> 'kind' = 'contact_list' and c.contact_list_id = campaigns_uuid(request ->> 'source')
        and c.place is null
      limit (request ->> 'limit')::integer
    ) as s)
  end
$$;

create or replace function public.campaigns_place_contacts(request jsonb, at timestamptz default null, owner uuid default null)
returns boolean language plpgsql set search_path = public as $$
declare source uuid := campaigns_uuid(request ->> 'source');
begin
  if not campaigns_has_source(request ->> 'kind', source, owner) then return null; end if;
  if request ->> 'kind' = 'csv_file' then
    update csv_contacts c set place = p ->> 'place' from jsonb_array_elements(request -> 'places') as p
    where c.id = campaigns_uuid(p ->> 'key') and c.csv_file_id = source;
  else
    update contacts c set place = p ->> 'place' from jsonb_array_elements(request -> 'places') as p
    where c.id = campaigns_uuid(p ->> 'key') and c.contact_list_id = source;
  end if;
  return true;
end $$;

-- Numbers of contacts by place, or by why they are left out; of a campaign whose contacts are calls already, who waits. Where
-- it is asked, also how many of them lack the consent that is asked for at their place.
create or replace function public.campaigns_preview(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql stable set search_path = public as $$
declare
  c campaigns;
  given jsonb;
  lacking bigint;
begin
  select * into c from campaigns x
  where x.id = campaigns_uuid(request ->> 'id') and (owner is null or x.user_id = owner);
  if not found then return '[]'; end if;
  if c.copied_at is not null then
    select coalesce(jsonb_agg(to_jsonb(g)), '[]') into given from (
      select k.place, null as why, count(*) as n from campaign_calls k
      where k.campaign_id = c.id and k.status = 'pending' and k.attempt_id is null group by 1) as g;
  else
    select coalesce(jsonb_agg(to_jsonb(g)), '[]') into given from (
      select case when s.why is null then s.place end as place, s.why, count(*) as n
      from campaigns_source(c, at, request -> 'prefixed') s group by 1, 2) as g;
  end if;
  if request -> 'asked' is null then return given; end if;
  select count(*) into lacking
  from (
    select k.phone_number, k.place from campaign_calls k
    where c.copied_at is not null and k.campaign_id = c.id and k.status = 'pending' and k.attempt_id is null
    union all
    select s.phone_number, s.place from campaigns_source(c, at, request -> 'prefixed') s where c.copied_at is null and s.why is null
  ) as who
  join jsonb_array_elements(request -> 'asked') as p on p ->> 'place' = who.place
  -- Most have none at all: the index says so sooner than the function.
  where not exists (select 1 from consents s where s.phone_number = who.phone_number)
    or not campaigns_consented(who.phone_number, at, c.user_id, c.consent_purpose, p -> 'consent');
  return given || jsonb_build_array(jsonb_build_object('place', null, 'why', 'lacking_consent', 'n', lacking));
end $$;

-- Those who would be called, by the prefix that has a price for their number; the empty one: none has.
create or replace function public.campaigns_contacts_by_prefix(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql stable set search_path = public as $$
declare c campaigns;
begin
  select * into c from campaigns x
  where x.id = campaigns_uuid(request ->> 'id') and (owner is null or x.user_id = owner) and x.budget_micros is not null;
  if not found then return '{}'; end if;
  return (
    select coalesce(jsonb_object_agg(g.prefix, g.n), '{}') from (
      select coalesce(campaigns_price_prefix(c.prices, who.phone_number), '') as prefix, count(*) as n
      from (
        select k.phone_number from campaign_calls k
        where c.copied_at is not null and k.campaign_id = c.id and k.status = 'pending' and k.attempt_id is null
        union all
        select s.phone_number from campaigns_source(c, at, request -> 'prefixed') s where c.copied_at is null and s.why is null
      ) as who group by 1) as g);
end $$;

-- Their numbers, page by page, for whoever can open them, and the prices.
create or replace function public.campaigns_numbers_to_price(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql stable set search_path = public as $$
declare c campaigns;
begin
  select * into c from campaigns x
  where x.id = campaigns_uuid(request ->> 'id') and (owner is null or x.user_id = owner) and x.budget_micros is not null;
  if not found then return '{"prices": {}, "numbers": []}'; end if;
  return jsonb_build_object('prices', c.prices, 'numbers', (
    select coalesce(jsonb_agg(p.phone_number order by p.phone_number), '[]') from (
      select who.phone_number
      from (
        select k.phone_number from campaign_calls k
        where c.copied_at is not null and k.campaign_id = c.id and k.status = 'pending' and k.attempt_id is null
        union all
        select s.phone_number from campaigns_source(c, at, request -> 'prefixed') s where c.copied_at is null and s.why is null
      ) as who
      where request ->> 'after' is null or who.phone_number > request ->> 'after'
      order by who.phone_number limit (request ->> 'limit')::integer) as p));
end $$;

insert into public.campaigns_schema (version) values (5) on conflict do nothing;
