-- Who may read and write: an owner, signed in, their own rows; the engine, as service_role, all of them. Policies that a
-- project has already stay in force beside these: a wide one of them stays wide.

alter table public.campaigns enable row level security;
alter table public.campaign_calls enable row level security;
alter table public.call_attempts enable row level security;
alter table public.contact_lists enable row level security;
alter table public.contacts enable row level security;
alter table public.csv_files enable row level security;
alter table public.csv_contacts enable row level security;
alter table public.phone_number enable row level security;
-- The engine's alone: no policy, so nobody else reads or writes them. Whoever could read the do-not-call list would
-- learn other owners' contacts.
alter table public.runners enable row level security;
alter table public.webhooks_heard enable row level security;
alter table public.webhook_senders enable row level security;
alter table public.do_not_call_numbers enable row level security;
alter table public.do_not_call_sources enable row level security;
alter table public.trunk_limits enable row level security;
alter table public.request_keys enable row level security;
alter table public.campaign_events enable row level security;
alter table public.campaign_counts enable row level security;
alter table public.attempt_counts enable row level security;
alter table public.campaigns_schema enable row level security;
alter table public.encryption enable row level security;
revoke all on public.encryption, public.runners, public.do_not_call_numbers, public.do_not_call_sources, public.trunk_limits, public.request_keys, public.campaign_events, public.campaign_counts, public.attempt_counts, public.campaigns_schema
  from anon, authenticated;
alter table public.audit_subjects enable row level security;
revoke all on public.audit_subjects from anon, authenticated;
alter table public.audit_log enable row level security;
alter table public.consents enable row level security;
alter table public.carrier_calls enable row level security;

drop policy if exists campaigns_owner on public.contact_lists;
create policy campaigns_owner on public.contact_lists to authenticated
  using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);

drop policy if exists campaigns_owner on public.csv_files;
create policy campaigns_owner on public.csv_files to authenticated
  using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);

drop policy if exists campaigns_owner on public.phone_number;
create policy campaigns_owner on public.phone_number to authenticated
  using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);

-- A campaign uses a list or a file of its owner: what the owner cannot see is not there.
drop policy if exists campaigns_owner on public.campaigns;
create policy campaigns_owner on public.campaigns to authenticated
  using ((select auth.uid()) = user_id)
  with check (
    (select auth.uid()) = user_id
    and (csv_file_id is null or exists (
      select 1 from public.csv_files f where f.id = csv_file_id and f.user_id = (select auth.uid())))
    and (contact_list_id is null or exists (
      select 1 from public.contact_lists l where l.id = contact_list_id and l.user_id = (select auth.uid())))
  );

drop policy if exists campaigns_owner on public.contacts;
create policy campaigns_owner on public.contacts to authenticated
  using (exists (
    select 1 from public.contact_lists l where l.id = contact_list_id and l.user_id = (select auth.uid())))
  with check (exists (
    select 1 from public.contact_lists l where l.id = contact_list_id and l.user_id = (select auth.uid())));

drop policy if exists campaigns_owner on public.csv_contacts;
create policy campaigns_owner on public.csv_contacts to authenticated
  using (exists (select 1 from public.csv_files f where f.id = csv_file_id and f.user_id = (select auth.uid())))
  with check (exists (select 1 from public.csv_files f where f.id = csv_file_id and f.user_id = (select auth.uid())));

drop policy if exists campaigns_owner on public.campaign_calls;
create policy campaigns_owner on public.campaign_calls to authenticated
  using (
    (campaign_id is null and (select auth.uid()) = user_id)
    or exists (select 1 from public.campaigns c where c.id = campaign_id and c.user_id = (select auth.uid())))
  with check (
    (campaign_id is null and (select auth.uid()) = user_id)
    or exists (select 1 from public.campaigns c where c.id = campaign_id and c.user_id = (select auth.uid())));

-- Attempts are written by the engine only. The parent's own policy decides which calls are seen here.
drop policy if exists campaigns_owner on public.call_attempts;
create policy campaigns_owner on public.call_attempts for select to authenticated
  using (exists (select 1 from public.campaign_calls c where c.id = call_id));

drop policy if exists campaigns_owner on public.carrier_calls;
create policy campaigns_owner on public.carrier_calls for select to authenticated
  using (exists (select 1 from public.call_attempts a where a.id = attempt_id));

-- Owners read what was done to what is theirs. Nobody but the triggers and the engine writes it, and nobody changes it.
drop policy if exists campaigns_owner on public.audit_log;
create policy campaigns_owner on public.audit_log for select to authenticated
  using ((select auth.uid()) = user_id);

-- Consents are added and read. None is changed or removed: a revocation stays.
drop policy if exists campaigns_owner on public.consents;
create policy campaigns_owner on public.consents for select to authenticated
  using ((select auth.uid()) = user_id);
drop policy if exists campaigns_owner_adds on public.consents;
create policy campaigns_owner_adds on public.consents for insert to authenticated
  with check ((select auth.uid()) = user_id);

insert into public.campaigns_schema (version) values (2) on conflict do nothing;
