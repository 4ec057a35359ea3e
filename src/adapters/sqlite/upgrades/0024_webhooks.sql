create index call_attempts_by_sid on call_attempts (call_sid) where call_sid is not null;

-- What LiveKit and the carrier told of attempts: of each kind the last, by the sender's clock.
create table webhooks_heard (
  attempt_id text not null references call_attempts (id) on delete cascade,
  event text not null check (event in ('leg_joined', 'leg_left', 'agent_left', 'room_finished', 'carrier_ended')),
  how text not null check (how in ('left', 'no_audio', 'crashed', 'unsure')),
  sent_at text not null,
  event_id text not null,
  heard_at text not null,
  -- milliseconds before heard_at that it happened, at least; and by how much it may be more, null: nobody can tell
  late_ms integer not null,
  uncertain_ms integer,
  -- what the agent had written
  said text,
  primary key (attempt_id, event)
) strict, without rowid;

create table webhook_senders (
  sender text primary key check (sender in ('livekit', 'twilio')),
  heard_at text not null
) strict, without rowid;
