-- Who may call the functions: the engine only. New functions are everybody's until this is said, so every later migration
-- that adds one ends with this block.
do $$
declare ours record;
begin
  for ours in
    select p.oid::regprocedure as signature
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'public' and p.proname like 'campaigns\_%'
      -- ours, and not a function of the project's own that is called alike
      and (p.proargnames[1:3] = '{request,at,owner}' or p.proname in (
        'campaigns_uuid', 'campaigns_insert', 'campaigns_update', 'campaigns_status', 'campaigns_call_status',
        'campaigns_outcome', 'campaigns_row', 'campaigns_call_row', 'campaigns_version', 'campaigns_batch',
        'campaigns_copy_contacts', 'campaigns_owns', 'campaigns_outcome_set', 'campaigns_store', 'campaigns_hold'))
  loop
    execute format('revoke all on function %s from public, anon, authenticated', ours.signature);
    execute format('grant execute on function %s to service_role', ours.signature);
  end loop;
end $$;
grant select, insert, update, delete on public.campaigns, public.campaign_calls, public.call_attempts,
  public.contact_lists, public.contacts, public.csv_files, public.csv_contacts, public.phone_number, public.runners,
  public.do_not_call_numbers, public.campaigns_schema to service_role;
grant select, insert, update, delete on public.campaigns, public.campaign_calls, public.contact_lists, public.contacts,
  public.csv_files, public.csv_contacts, public.phone_number to authenticated;
grant select on public.call_attempts to authenticated;

insert into public.campaigns_schema (version) values (6) on conflict do nothing;

-- PostgREST learns of the new tables and functions.
notify pgrst, 'reload schema';
