-- Every verb once more, for whoever says what the project's contact data is sealed with. Where that is not so any more, nothing is
-- read and nothing is written, and the answer is what it is: the program has no key for it, or seals its request anew. The lock
-- keeps it from changing until the verb is done (0010).
do $$
declare verb record;
begin
  for verb in
    select p.proname as name, p.prorettype = 'void'::regtype as is_mute
    from pg_proc p join pg_namespace n on n.oid = p.pronamespace
    where n.nspname = 'public' and p.proname like 'campaigns\_%' and p.proargnames = '{request,at,owner}'
  loop
    execute format($f$
      create or replace function public.%I(request jsonb, at timestamptz, owner uuid, sealing text) returns jsonb
      language plpgsql as $verb$
      begin
        perform pg_advisory_xact_lock_shared(1935762284, 1);
        if campaigns_sealing() is distinct from sealing then
          return jsonb_build_object('sealed_otherwise', (select to_jsonb(e) from encryption e));
        end if;
        %s
      end $verb$ $f$, verb.name, format(case when verb.is_mute then 'perform %I(request, at, owner); return null;'
        else 'return to_jsonb(%I(request, at, owner));' end, verb.name));
  end loop;
end $$;

-- Who may call the functions: the engine only. New functions are everybody's until this is said, so this file stays the last.
-- Temporary tables come last on their search_path: a pooled connection may hold some of another role.
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
        'campaigns_outcome', 'campaigns_reading', 'campaigns_row', 'campaigns_call_row', 'campaigns_version', 'campaigns_source',
        'campaigns_copy_contacts', 'campaigns_end_forbidden', 'campaigns_give_back', 'campaigns_owns', 'campaigns_outcome_set', 'campaigns_store', 'campaigns_under_promise', 'campaigns_withdraw', 'campaigns_promise', 'campaigns_hold',
        'campaigns_consented', 'campaigns_has_source', 'campaigns_keep_consents', 'campaigns_waiting', 'campaigns_held',
        'campaigns_list_row', 'campaigns_anonymise', 'campaigns_reword', 'campaigns_erased_for', 'campaigns_erased_by', 'campaigns_erase_come', 'campaigns_unused', 'campaigns_places', 'campaigns_attempts_of', 'campaigns_over', 'campaigns_number_row', 'campaigns_number', 'campaigns_trunk_load', 'campaigns_trunk_free', 'campaigns_free_turn',
        'campaigns_with_ids', 'campaigns_spending', 'campaigns_first_in_line', 'campaigns_price_prefix', 'campaigns_most',
        'campaigns_take_carrier_price', 'campaigns_hand_out', 'campaigns_forbidden', 'campaigns_revoked', 'campaigns_dialed', 'campaigns_number_dial', 'campaigns_count_calls', 'campaigns_counted', 'campaigns_attempt_counts', 'campaigns_count_attempts', 'campaigns_attempts_counted', 'campaigns_recount',
        'campaigns_now', 'campaigns_clock_off', 'campaigns_at', 'campaigns_free_from', 'campaigns_last_claim', 'campaigns_last_use', 'campaigns_marked', 'campaigns_texts',
        'campaigns_check_campaign', 'campaigns_check_call', 'campaigns_check_contact', 'campaigns_check_frontend',
        'campaigns_frontend_writes', 'campaigns_frontend_stopped', 'campaigns_frontend_deletes',
        'campaigns_event_of_campaign', 'campaigns_event_of_call', 'campaigns_event_of_attempt', 'campaigns_other_receiver',
        'campaigns_actor', 'campaigns_log', 'campaigns_log_kept', 'campaigns_audit_row', 'campaigns_logged_settings',
        'campaigns_audit_json', 'campaigns_audited_means', 'campaigns_audit_listed',
        'campaigns_numbers', 'campaigns_dialable', 'campaigns_somebodys', 'campaigns_sealing', 'campaigns_list_prefixes', 'campaigns_keep_reason',
        'campaigns_writer', 'campaigns_forbid', 'campaigns_forget_reasons',
        'campaigns_uncompared', 'campaigns_check_spelling', 'campaigns_check_text', 'campaigns_row_key', 'campaigns_joined_twin'))
  loop
    execute format('revoke all on function %s from public, anon, authenticated', ours.signature);
    execute format('grant execute on function %s to service_role', ours.signature);
    if not exists (select 1 from pg_proc p where p.oid = ours.signature and p.prosecdef) then
      execute format('alter function %s set search_path = public, pg_temp', ours.signature);
    end if;
  end loop;
end $$;

-- Who may use the tables. A project's defaults give everybody everything, which includes what no policy stops: emptying,
-- triggers, and setting a sequence. So all of it goes first. Nobody who is not signed in has business here.
do $$
declare
  ours regclass;
  counter regclass;
begin
  foreach ours in array array[
    'public.campaigns', 'public.campaign_calls', 'public.call_attempts', 'public.contact_lists', 'public.contacts',
    'public.csv_files', 'public.csv_contacts', 'public.phone_number', 'public.runners', 'public.do_not_call_numbers',
    'public.do_not_call_sources', 'public.consents', 'public.trunk_limits', 'public.request_keys', 'public.campaign_events', 'public.campaign_counts', 'public.attempt_counts',
    'public.carrier_calls', 'public.webhooks_heard', 'public.webhook_senders', 'public.audit_log', 'public.audit_subjects', 'public.encryption', 'public.campaigns_schema']
  loop
    execute format('revoke all on table %s from public, anon, authenticated, service_role', ours);
    -- The sequences behind identity columns: an insert needs no right to them.
    for counter in
      select d.objid from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
      where d.refobjid = ours and d.classid = 'pg_class'::regclass and d.deptype = 'i'
    loop
      execute format('revoke all on sequence %s from public, anon, authenticated, service_role', counter);
    end loop;
  end loop;
end $$;
grant select, insert, update, delete on public.campaigns, public.campaign_calls, public.call_attempts,
  public.contact_lists, public.contacts, public.csv_files, public.csv_contacts, public.phone_number, public.runners,
  public.do_not_call_numbers, public.do_not_call_sources, public.consents, public.trunk_limits, public.request_keys, public.campaign_events, public.campaign_counts, public.attempt_counts, public.carrier_calls, public.webhooks_heard, public.webhook_senders,
  public.campaigns_schema
  to service_role;
grant select on public.encryption to service_role;
-- Appended to and sealed, not even by the engine changed.
grant select, insert, update (link, hash) on public.audit_log to service_role;
grant select, insert on public.audit_subjects to service_role;
grant select, delete on public.campaigns, public.contact_lists, public.contacts, public.csv_files, public.csv_contacts
  to authenticated;
-- Of their own rows a frontend writes all columns, those of the project's own included, but the engine's (`never`), and whose a
-- row is only once. 0009 looks at what is in them. A new column of ours is the engine's: add it here.
do $$
declare
  ours record;
  writable text;
begin
  for ours in
    select * from (values
      ('campaigns', '{id,user_id,created_at}'::text[],
       '{next_call_at,current_daily_calls,total_calls_made,total_calls_answered,dials,pickups,interested,not_interested,callback,
         do_not_call,total_usage,last_execution_at,last_daily_reset,trunk_id,caller_ids,status_reason,status_at,hang_up,recent,
         last_trouble,skipped,last_hand_out_at,last_dial_at,last_trunk_id,daily_day,copied_at,move_id,rules_table,arriving,
         display_name,sip_headers,guard,record,needs_dnc,dnc_max_age_ms,retention_ms,budget_micros,budget_currency,prices,waiting_because,notify_url,notify_due_at,notify_failures,
         notify_error}'::text[]),
      ('contact_lists', '{id,user_id,created_at}', '{}'),
      ('contacts', '{id,contact_list_id,created_at}', '{position,place,consent}'),
      ('csv_files', '{id,user_id,created_at}', '{counts}'),
      ('csv_contacts', '{id,csv_file_id}', '{position,place,consent}')) as tables (name, once, never)
  loop
    select string_agg(quote_ident(a.attname), ', ') into writable from pg_attribute a
    where a.attrelid = ('public.' || ours.name)::regclass and a.attnum > 0 and not a.attisdropped and a.attname <> all (ours.never);
    execute format('grant insert (%s) on public.%I to authenticated', writable, ours.name);
    select string_agg(quote_ident(a.attname), ', ') into writable from pg_attribute a
    where a.attrelid = ('public.' || ours.name)::regclass and a.attnum > 0 and not a.attisdropped
      and a.attname <> all (ours.never || ours.once);
    execute format('grant update (%s) on public.%I to authenticated', writable, ours.name);
  end loop;
end $$;
-- What came of a call, whose number then goes on everybody's do-not-call list: so neither the call nor its number is theirs.
grant select, update (outcome, notes, updated_at) on public.campaign_calls to authenticated;
-- Whoever could say which trunk carries a number could send others' customers through a trunk of their own.
grant select, update (label, inbound_assistant_id) on public.phone_number to authenticated;
grant select on public.call_attempts, public.carrier_calls, public.audit_log to authenticated;
-- Not its id: whoever takes the next one before the engine does makes a revocation the second row of that id, and lost.
grant select, insert (user_id, phone_number, channel, purpose, level, granted_at, source, proof, expires_at, revoked_at)
  on public.consents to authenticated;
do $$
declare ours regprocedure;
begin
  foreach ours in array array['public.campaigns_start(uuid)', 'public.campaigns_pause(uuid)', 'public.campaigns_resume(uuid)',
    'public.campaigns_stop(uuid)', 'public.campaigns_frontend_move(uuid, text, text[], text)']::regprocedure[]
  loop
    execute format('revoke all on function %s from public, anon', ours);
    execute format('grant execute on function %s to authenticated, service_role', ours);
  end loop;
end $$;

-- The version of all files together: raised with every change of any of them.
insert into public.campaigns_schema (version) values (111) on conflict do nothing;

-- PostgREST learns of the new tables and functions.
notify pgrst, 'reload schema';
