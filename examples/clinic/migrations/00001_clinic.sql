-- +goose Up
-- Times are in milliseconds since 1970, 0 stands for none.

CREATE TABLE doctors (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  specialty TEXT NOT NULL,
  about TEXT NOT NULL,
  password BLOB NOT NULL
) STRICT;

CREATE TABLE sessions (
  token BLOB PRIMARY KEY, -- SHA-256 of the cookie
  doctor TEXT NOT NULL REFERENCES doctors (id) ON DELETE CASCADE,
  expires INTEGER NOT NULL
) STRICT;

CREATE TABLE appointments (
  id TEXT PRIMARY KEY,
  doctor TEXT NOT NULL REFERENCES doctors (id),
  starts INTEGER NOT NULL,
  ends INTEGER NOT NULL,
  patient TEXT NOT NULL,
  reason TEXT NOT NULL,
  access BLOB NOT NULL, -- SHA-256 of what the patient's private link ends with
  secret BLOB NOT NULL, -- encrypts the video call
  meeting TEXT UNIQUE, -- id on the node, from when somebody first enters
  arrived INTEGER NOT NULL DEFAULT 0,
  admitted INTEGER NOT NULL DEFAULT 0,
  ended INTEGER NOT NULL DEFAULT 0,
  notes TEXT NOT NULL DEFAULT '',
  summary TEXT NOT NULL DEFAULT '',
  next_steps TEXT NOT NULL DEFAULT '',
  consent TEXT NOT NULL DEFAULT 'none' CHECK (consent IN ('none', 'asked', 'given', 'refused')),
  consent_at INTEGER NOT NULL DEFAULT 0,
  UNIQUE (doctor, starts)
) STRICT;

-- Who is in a call or its waiting room, as the node's webhooks tell.
CREATE TABLE stays (
  session TEXT PRIMARY KEY,
  appointment TEXT NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
  identity TEXT NOT NULL,
  waiting INTEGER NOT NULL
) STRICT;
CREATE INDEX stays_by_appointment ON stays (appointment);

CREATE TABLE documents (
  id TEXT PRIMARY KEY,
  appointment TEXT NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  author TEXT NOT NULL CHECK (author IN ('doctor', 'patient')),
  added INTEGER NOT NULL,
  content BLOB NOT NULL
) STRICT;
CREATE INDEX documents_by_appointment ON documents (appointment, added);

-- Webhooks that were received, for the node may send one twice.
CREATE TABLE deliveries (
  id TEXT PRIMARY KEY,
  received INTEGER NOT NULL
) STRICT;
