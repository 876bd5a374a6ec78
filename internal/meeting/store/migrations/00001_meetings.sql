-- +goose Up
-- Times are in milliseconds since 1970, 0 stands for none. An owner is 'key:' or 'person:' and its id.

CREATE TABLE meetings (
  id TEXT PRIMARY KEY,
  title TEXT NOT NULL,
  owner TEXT NOT NULL,
  starts_ms BIGINT NOT NULL,
  ends_ms BIGINT NOT NULL,
  time_zone TEXT NOT NULL,
  settings TEXT NOT NULL,
  version BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  updated_ms BIGINT NOT NULL,
  ended_ms BIGINT NOT NULL,
  used_ms BIGINT NOT NULL
);
CREATE INDEX meetings_by_owner ON meetings (owner, created_ms DESC, id DESC);
CREATE INDEX meetings_open ON meetings (owner) WHERE ended_ms = 0;
CREATE INDEX meetings_over ON meetings (ended_ms) WHERE ended_ms > 0;
CREATE INDEX meetings_unused ON meetings (used_ms) WHERE ended_ms = 0;

CREATE TABLE roles (
  meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
  identity TEXT NOT NULL,
  role TEXT NOT NULL,
  by_whom TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (meeting_id, identity)
);
CREATE INDEX roles_by_identity ON roles (identity);
CREATE INDEX roles_by_whom ON roles (by_whom);

CREATE TABLE blocks (
  meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
  identity TEXT NOT NULL,
  by_whom TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (meeting_id, identity)
);
CREATE INDEX blocks_by_identity ON blocks (identity);
CREATE INDEX blocks_by_whom ON blocks (by_whom);

CREATE TABLE revocations (
  meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
  identity TEXT NOT NULL,
  until_ms BIGINT NOT NULL,
  PRIMARY KEY (meeting_id, identity)
);
CREATE INDEX revocations_by_identity ON revocations (identity);

CREATE TABLE idempotency (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  digest BYTEA NOT NULL,
  meeting_id TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_by_time ON idempotency (at_ms);

-- How many are in a room. The row is locked by whoever enters or leaves, so that one of them is the first and one the last.
CREATE TABLE presence (
  room TEXT PRIMARY KEY,
  present BIGINT NOT NULL
);

CREATE TABLE attendance (
  session TEXT PRIMARY KEY,
  room TEXT NOT NULL,
  identity TEXT NOT NULL,
  name TEXT NOT NULL,
  node TEXT NOT NULL,
  joined_ms BIGINT NOT NULL,
  left_ms BIGINT NOT NULL,
  reason TEXT NOT NULL
);
CREATE INDEX attendance_by_room ON attendance (room, joined_ms DESC, session DESC);
CREATE INDEX attendance_by_identity ON attendance (identity, joined_ms DESC);
CREATE INDEX attendance_present ON attendance (node) WHERE left_ms = 0;
CREATE INDEX attendance_over ON attendance (left_ms) WHERE left_ms > 0;

CREATE TABLE nodes (
  id TEXT PRIMARY KEY,
  until_ms BIGINT NOT NULL
);

CREATE TABLE audit (
  id TEXT PRIMARY KEY,
  at_ms BIGINT NOT NULL,
  meeting_id TEXT NOT NULL,
  by_whom TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX audit_by_meeting ON audit (meeting_id, at_ms DESC, id DESC);
CREATE INDEX audit_by_whom ON audit (by_whom, at_ms DESC);
CREATE INDEX audit_by_target ON audit (target, at_ms DESC);
CREATE INDEX audit_by_time ON audit (at_ms);

CREATE TABLE people (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  seen_ms BIGINT NOT NULL
);
CREATE INDEX people_by_time ON people (seen_ms);

-- hash is that of the browser's token; sealed is what only that token opens.
CREATE TABLE web_sessions (
  hash BYTEA PRIMARY KEY,
  person_id TEXT NOT NULL,
  guest BOOLEAN NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  checked_ms BIGINT NOT NULL,
  sealed BYTEA
);
CREATE INDEX web_sessions_by_person ON web_sessions (person_id);
CREATE INDEX web_sessions_by_time ON web_sessions (expires_ms);

CREATE TABLE signing_keys (
  id TEXT PRIMARY KEY,
  secret TEXT NOT NULL
);

-- A lane is what an endpoint is told of a room. Its messages from done_seq + 1 to last_seq are undelivered; the first is due at
-- next_ms, which is later while somebody has claimed it.
CREATE TABLE lanes (
  endpoint TEXT NOT NULL,
  room TEXT NOT NULL,
  last_seq BIGINT NOT NULL,
  done_seq BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  next_ms BIGINT NOT NULL,
  worker TEXT NOT NULL,
  PRIMARY KEY (endpoint, room)
);
CREATE INDEX lanes_due ON lanes (endpoint, next_ms) WHERE done_seq < last_seq;
CREATE INDEX lanes_by_time ON lanes (next_ms);

CREATE TABLE messages (
  endpoint TEXT NOT NULL,
  room TEXT NOT NULL,
  seq BIGINT NOT NULL,
  id TEXT NOT NULL,
  identity TEXT NOT NULL,
  payload BYTEA NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (endpoint, room, seq)
);

CREATE TABLE dead_letters (
  endpoint TEXT NOT NULL,
  id TEXT NOT NULL,
  room TEXT NOT NULL,
  identity TEXT NOT NULL,
  payload BYTEA NOT NULL,
  at_ms BIGINT NOT NULL,
  died_ms BIGINT NOT NULL,
  PRIMARY KEY (endpoint, id)
);
CREATE INDEX dead_letters_by_identity ON dead_letters (identity);
CREATE INDEX dead_letters_by_time ON dead_letters (died_ms);
