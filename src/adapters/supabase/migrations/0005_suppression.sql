-- Whom one must not call: the do-not-call list, everybody's, and consents, which are their owner's; and who of a campaign's
-- contacts would be called. Called as the functions of 0003 are.

-- Entries that are on the list stay as they are. How many are new.
create or replace function public.campaigns_add_do_not_call(request jsonb, at timestamptz default null, owner uuid default null)
returns integer language plpgsql set search_path = public as $$
declare added integer;
begin
  insert into do_not_call_numbers (phone_number, source, reason, created_at)
  select e.phone_number, e.source, e.reason, e.created_at
  from jsonb_populate_recordset(null::do_not_call_numbers, request -> 'entries') e
  -- In one order, so that two lists that come at once never wait for each other.
  order by e.phone_number
  on conflict do nothing;
  get diagnostics added = row_count;
  return added;
end $$;

create or replace function public.campaigns_remove_do_not_call(request jsonb, at timestamptz default null, owner uuid default null)
returns integer language plpgsql set search_path = public as $$
declare removed integer;
begin
  delete from do_not_call_numbers d
  where d.phone_number in (select jsonb_array_elements_text(request -> 'phone_numbers'));
  get diagnostics removed = row_count;
  return removed;
end $$;

create or replace function public.campaigns_do_not_call(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select to_jsonb(d) || jsonb_build_object('created_at', coalesce(d.created_at, 'epoch'))
  from do_not_call_numbers d where d.phone_number = request ->> 'phone_number'
$$;

create or replace function public.campaigns_list_do_not_call(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object('created_at', coalesce(p.created_at, 'epoch'))
                            order by p.phone_number), '[]')
  from (
    select d.* from do_not_call_numbers d where d.phone_number > coalesce(request ->> 'after', '')
    order by d.phone_number limit (request ->> 'limit')::integer
  ) as p
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
returns void language sql set search_path = public as $$
  insert into consents (user_id, phone_number, channel, purpose, level, granted_at, source, proof)
  select owner, s.phone_number, 'ai_voice', 'marketing', 'express',
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
$$;

-- A revocation without a consent before it is kept as well: an older consent that comes later is revoked by it.
create or replace function public.campaigns_revoke_consents(request jsonb, at timestamptz, owner uuid default null)
returns integer language plpgsql set search_path = public as $$
declare revoked integer;
begin
  update consents c set revoked_at = at
  where c.phone_number = request ->> 'phone_number' and c.revoked_at is null and (owner is null or c.user_id = owner);
  get diagnostics revoked = row_count;
  insert into consents (user_id, phone_number, channel, purpose, level, granted_at, source, revoked_at)
  values (owner, request ->> 'phone_number', 'ai_voice', 'marketing', 'express', at, 'revocation', at)
  on conflict do nothing;
  return revoked;
end $$;

create or replace function public.campaigns_consents_of(request jsonb, at timestamptz default null, owner uuid default null)
returns jsonb language sql stable set search_path = public as $$
  select coalesce(jsonb_agg(to_jsonb(c) order by c.granted_at, c.id), '[]')
  from consents c
  where c.phone_number = request ->> 'phone_number' and (owner is null or c.user_id = owner)
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

-- Numbers of contacts by place, or by why they are left out; of a campaign whose contacts are calls already, who waits.
create or replace function public.campaigns_preview(request jsonb, at timestamptz, owner uuid default null)
returns jsonb language plpgsql stable set search_path = public as $$
declare c campaigns;
begin
  select * into c from campaigns x
  where x.id = campaigns_uuid(request ->> 'id') and (owner is null or x.user_id = owner);
  if not found then return '[]'; end if;
  if c.copied_at is not null then
    return (
      select coalesce(jsonb_agg(to_jsonb(g)), '[]') from (
        select k.place, null as why, count(*) as n from campaign_calls k
        where k.campaign_id = c.id and k.status = 'pending' and k.attempt_id is null group by 1) as g);
  end if;
  return (
    select coalesce(jsonb_agg(to_jsonb(g)), '[]') from (
      select case when s.why is null then s.place end as place, s.why, count(*) as n
      from campaigns_source(c, at) s group by 1, 2) as g);
end $$;

insert into public.campaigns_schema (version) values (5) on conflict do nothing;
