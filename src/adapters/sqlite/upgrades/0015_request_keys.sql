-- Requests that must not be acted on twice, for a day; status and body are null until they are answered.
create table request_keys (
  owner text not null default '',
  key text not null,
  claim text not null,
  request text,
  status integer,
  body text,
  created_at text not null,
  primary key (owner, key)
) strict, without rowid;
create index request_keys_by_age on request_keys (created_at);
