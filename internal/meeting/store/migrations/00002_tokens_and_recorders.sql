-- +goose Up
CREATE TABLE revoked_tokens (
  meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
  token TEXT NOT NULL,
  at_ms BIGINT NOT NULL,
  PRIMARY KEY (meeting_id, token)
);

ALTER TABLE attendance ADD COLUMN records BOOLEAN NOT NULL DEFAULT FALSE;
