// Package store keeps meetings in a database: SQLite in a folder, for one node, or PostgreSQL, for many. Both have one schema and are
// asked with the same statements. It implements meeting.Store and outbox.Queue.
//
// The database holds the key that signs join tokens: who can read it can let anybody into any meeting. It holds no key of the
// end-to-end encryption, no password, and of web sessions only hashes and what the browser's token opens.
package store
