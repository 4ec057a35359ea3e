-- A consent that was given to another owner was none that the log told of; and one of another number was that number's from the start.
drop trigger audit_consent_changed;
create trigger audit_consent_changed after update on consents
  when not exists (select 1 from audit_bulk) and (new.phone_number, new.user_id) is (old.phone_number, old.user_id)
    and (new.purpose, new.level, new.granted_at, new.expires_at, new.revoked_at, new.proof is null)
      is not (old.purpose, old.level, old.granted_at, old.expires_at, old.revoked_at, old.proof is null)
begin
  insert into audit_subjects (phone_number) select new.phone_number
    where not exists (select 1 from audit_subjects where phone_number = new.phone_number);
  insert into audit_log (action, user_id, subject, before, after)
  values (case when new.revoked_at is not null and old.revoked_at is null then 'consent.revoked' else 'consent.changed' end, new.user_id,
    (select max(id) from audit_subjects where phone_number = new.phone_number),
    json_object('id', old.id, 'purpose', old.purpose, 'level', old.level, 'granted_at', old.granted_at, 'expires_at', old.expires_at,
      'revoked_at', old.revoked_at, 'proven', old.proof is not null),
    json_object('id', new.id, 'purpose', new.purpose, 'level', new.level, 'granted_at', new.granted_at, 'expires_at', new.expires_at,
      'revoked_at', new.revoked_at, 'proven', new.proof is not null));
end;
create trigger audit_consent_passed_on after update of phone_number, user_id on consents
  when not exists (select 1 from audit_bulk) and (new.phone_number, new.user_id) is not (old.phone_number, old.user_id)
begin
  insert into audit_subjects (phone_number) select old.phone_number
    where not exists (select 1 from audit_subjects where phone_number = old.phone_number);
  insert into audit_subjects (phone_number) select new.phone_number
    where not exists (select 1 from audit_subjects where phone_number = new.phone_number);
  insert into audit_log (action, user_id, subject, before)
  values ('consent.removed', old.user_id, (select max(id) from audit_subjects where phone_number = old.phone_number),
    json_object('id', old.id, 'purpose', old.purpose, 'level', old.level, 'granted_at', old.granted_at, 'expires_at', old.expires_at,
      'revoked_at', old.revoked_at, 'proven', old.proof is not null));
  insert into audit_log (action, user_id, subject, after)
  values (case when new.revoked_at is null then 'consent.added' else 'consent.revoked' end, new.user_id,
    (select max(id) from audit_subjects where phone_number = new.phone_number),
    json_object('id', new.id, 'purpose', new.purpose, 'level', new.level, 'granted_at', new.granted_at, 'expires_at', new.expires_at,
      'revoked_at', new.revoked_at, 'proven', new.proof is not null));
end;
