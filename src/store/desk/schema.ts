/** The desk's schema, oldest first, counted by `user_version`. Add at the end, never edit one. */
export const deskMigrations: readonly string[] = [
  `
CREATE TABLE account (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  language TEXT NOT NULL CHECK (language IN ('de', 'en')),
  -- argon2id in PHC notation
  password TEXT NOT NULL,
  must_change INTEGER NOT NULL DEFAULT 0,
  disabled INTEGER NOT NULL DEFAULT 0,
  -- whether a second factor is asked for; its secret is in the secret store
  second_factor INTEGER NOT NULL DEFAULT 0,
  -- the last time step whose code was used (RFC 6238 §5.2: a code is taken once)
  totp_step INTEGER NOT NULL DEFAULT 0,
  created_ms INTEGER NOT NULL,
  login_ms INTEGER
) STRICT;

CREATE TABLE recovery_code (
  account_id TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
  hash TEXT NOT NULL,
  PRIMARY KEY (account_id, hash)
) STRICT, WITHOUT ROWID;

-- Times are steady; created_ms and seen_ms of a session that lie ahead come from before the clock was set back.
CREATE TABLE session (
  hash TEXT PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  account_id TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
  created_ms INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_account ON session (account_id, seen_ms);

CREATE TABLE token (
  id TEXT PRIMARY KEY,
  hash TEXT NOT NULL UNIQUE,
  account_id TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'admin')),
  created_ms INTEGER NOT NULL,
  expires_ms INTEGER NOT NULL,
  used_ms INTEGER
) STRICT;
CREATE INDEX token_account ON token (account_id);

-- Wrong guesses, under whom or whence they came; steady times.
CREATE TABLE guess (
  key TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  last_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX guess_last ON guess (last_ms);

-- Addresses from which somebody has logged in to an account.
CREATE TABLE known_address (
  account_id TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
  address TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (account_id, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE setup (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- "by" is a copy of the name: accounts come and go, the audit stays.
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  by TEXT NOT NULL,
  act TEXT NOT NULL,
  subject TEXT NOT NULL,
  details TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_act ON audit (act, id);
CREATE INDEX audit_by ON audit (by, id);
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit has no gaps'); END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END;
`,
  `
-- What people are, or were, called for. Texts are JSON in every language: what they are about may be gone when they are read.
CREATE TABLE alarm (
  id TEXT PRIMARY KEY,
  light TEXT NOT NULL,
  matter TEXT NOT NULL,
  tone TEXT NOT NULL CHECK (tone IN ('warn', 'fail')),
  code TEXT,
  urgent INTEGER NOT NULL,
  title TEXT NOT NULL,
  words TEXT NOT NULL,
  link TEXT,
  since_ms INTEGER NOT NULL,
  until_ms INTEGER,
  times INTEGER NOT NULL,
  told INTEGER NOT NULL CHECK (told IN (0, 1, 2))
) STRICT, WITHOUT ROWID;
CREATE INDEX alarm_until ON alarm (until_ms);
`,
];
