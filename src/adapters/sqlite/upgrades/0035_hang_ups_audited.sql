drop trigger audit_campaign_moved;
create trigger audit_campaign_moved after update of execution_status, hang_up on campaigns
  when new.execution_status is not old.execution_status or new.hang_up > old.hang_up
begin
  insert into audit_log (action, user_id, campaign_id, before, after) values ('campaign.moved', new.user_id, new.id,
    json_object('status', old.execution_status),
    json_object('status', new.execution_status, 'reason', new.status_reason, 'hang_up', new.hang_up));
end;
