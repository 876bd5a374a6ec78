-- Times are milliseconds since 1970.
CREATE TABLE IF NOT EXISTS agents (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  title TEXT NOT NULL,
  password BLOB NOT NULL,
  available INTEGER NOT NULL DEFAULT 0
);

-- token and key are hashes: who reads this database can't be anybody by it.
CREATE TABLE IF NOT EXISTS sessions (
  token BLOB PRIMARY KEY,
  agent TEXT NOT NULL REFERENCES agents,
  expires INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS customers (
  id TEXT PRIMARY KEY,
  key BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL
);

-- A contact is one request of a customer for a talk, from the queue to the note about it.
CREATE TABLE IF NOT EXISTS contacts (
  id TEXT PRIMARY KEY,
  customer TEXT NOT NULL REFERENCES customers,
  topic TEXT NOT NULL,
  page TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'opening', 'talking', 'ended')),
  asked INTEGER NOT NULL,
  returned INTEGER NOT NULL DEFAULT 0, -- to the front of the queue, because an agent vanished
  agent TEXT REFERENCES agents,
  meeting TEXT,
  secret BLOB, -- of the call; forgotten when it ends
  picked INTEGER,
  ended INTEGER,
  outcome TEXT NOT NULL DEFAULT '' CHECK (outcome IN ('', 'done', 'customer-left', 'gave-up')),
  note TEXT NOT NULL DEFAULT '',
  wrapped INTEGER
);

CREATE INDEX IF NOT EXISTS contacts_of_customer ON contacts (customer, asked);
CREATE INDEX IF NOT EXISTS contacts_ended ON contacts (ended);
CREATE INDEX IF NOT EXISTS contacts_of_meeting ON contacts (meeting);
CREATE UNIQUE INDEX IF NOT EXISTS one_contact_at_a_time ON contacts (customer) WHERE state <> 'ended';
CREATE UNIQUE INDEX IF NOT EXISTS one_call_at_a_time ON contacts (agent) WHERE state IN ('opening', 'talking');

CREATE TABLE IF NOT EXISTS transfers (
  id TEXT PRIMARY KEY,
  contact TEXT NOT NULL REFERENCES contacts,
  sender TEXT NOT NULL REFERENCES agents,
  receiver TEXT NOT NULL REFERENCES agents,
  note TEXT NOT NULL,
  at INTEGER NOT NULL,
  -- accepted: the receiver is on the way into the call; completed: it is there, and the sender is not needed any more.
  answer TEXT NOT NULL DEFAULT '' CHECK (answer IN ('', 'accepted', 'completed', 'declined', 'withdrawn'))
);

CREATE UNIQUE INDEX IF NOT EXISTS one_transfer_at_a_time ON transfers (contact) WHERE answer IN ('', 'accepted');

-- Who is in a call, as the node tells it.
CREATE TABLE IF NOT EXISTS stays (
  session TEXT PRIMARY KEY,
  meeting TEXT NOT NULL,
  identity TEXT NOT NULL,
  present INTEGER NOT NULL
);

CREATE INDEX IF NOT EXISTS stays_of_meeting ON stays (meeting, identity);
