/** Versions of the gateway's tables. Append only: what is listed here may have run on somebody's machine. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE sessions (
    token_hash   TEXT PRIMARY KEY,  -- SHA-256 of the token; the token itself is never stored
    resource     TEXT NOT NULL,
    user_name    TEXT NOT NULL,
    stamp        TEXT NOT NULL,     -- changes when the user's password does
    opened_at    INTEGER NOT NULL,  -- all times: milliseconds since 1970, UTC
    last_used_at INTEGER NOT NULL,
    sealed       TEXT NOT NULL      -- the resource's own session, encrypted with a key made from the token
  ) WITHOUT ROWID;

  CREATE TABLE submits (
    resource   TEXT NOT NULL,
    user_name  TEXT NOT NULL,
    submit_key TEXT NOT NULL,
    job_id     TEXT,                -- NULL: begun, and no answer of the resource is known
    begun_at   INTEGER NOT NULL,
    PRIMARY KEY (resource, user_name, submit_key)
  ) WITHOUT ROWID;

  CREATE TABLE uploads (
    id          INTEGER PRIMARY KEY,
    resource    TEXT NOT NULL,
    user_name   TEXT NOT NULL,
    job_id      TEXT NOT NULL,
    directory   TEXT NOT NULL,
    name        TEXT NOT NULL,
    amount      INTEGER NOT NULL,   -- of chunks
    begun_at    INTEGER NOT NULL,
    finished_at INTEGER,            -- NULL: chunks are still missing
    path        TEXT,               -- where the finished file lies, as far as the resource tells
    sha256      TEXT,
    size_bytes  INTEGER,
    UNIQUE (resource, user_name, job_id, directory, name)
  );

  CREATE TABLE chunks (
    upload_id  INTEGER NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    number     INTEGER NOT NULL,    -- from 1
    size_bytes INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    spool_name TEXT,                -- NULL: joined to the finished file and gone
    PRIMARY KEY (upload_id, number)
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE ended_tokens (
    token_hash TEXT PRIMARY KEY,  -- SHA-256 of a bearer token whose user has logged out
    expires_at INTEGER NOT NULL   -- by then the issuer's own end of it comes
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE job_notes (          -- what a resource does not keep of a job
    resource    TEXT NOT NULL,
    user_name   TEXT NOT NULL,
    job_id      TEXT NOT NULL,      -- of an array: without index
    application TEXT NOT NULL,
    job_group   TEXT,
    noted_at    INTEGER NOT NULL,
    PRIMARY KEY (resource, user_name, job_id)
  ) WITHOUT ROWID;

  CREATE TABLE notification_settings (
    resource  TEXT NOT NULL,
    user_name TEXT NOT NULL,
    job_id    TEXT NOT NULL,        -- empty: what the user has said last, whatever the job
    id        TEXT NOT NULL,
    value     TEXT NOT NULL,
    set_at    INTEGER NOT NULL,
    PRIMARY KEY (resource, user_name, job_id, id)
  ) WITHOUT ROWID;
  `,
  `
  CREATE TABLE mantid_transactions (
    id        TEXT PRIMARY KEY,
    resource  TEXT NOT NULL,
    user_name TEXT NOT NULL,
    state     TEXT NOT NULL,        -- open, stopping, stopped
    begun_at  INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX mantid_transactions_of_user ON mantid_transactions (resource, user_name);

  CREATE TABLE mantid_jobs (
    resource       TEXT NOT NULL,
    user_name      TEXT NOT NULL,
    submit_key     TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    script_name    TEXT NOT NULL,
    job_id         TEXT,            -- NULL: begun, and no answer of the resource is known
    PRIMARY KEY (resource, user_name, submit_key)
  ) WITHOUT ROWID;
  CREATE INDEX mantid_jobs_by_id ON mantid_jobs (resource, user_name, job_id);
  CREATE INDEX mantid_jobs_of_transaction ON mantid_jobs (transaction_id);
  `,
  `
  ALTER TABLE chunks ADD COLUMN offset_bytes INTEGER NOT NULL DEFAULT 0;  -- where the chunk begins in its file in the spool
  `,
  `
  ALTER TABLE mantid_jobs ADD COLUMN begun_at INTEGER NOT NULL DEFAULT 0;
  UPDATE mantid_jobs SET begun_at = coalesce(
    (SELECT begun_at FROM mantid_transactions WHERE id = transaction_id), unixepoch() * 1000);
  CREATE INDEX mantid_jobs_by_time ON mantid_jobs (begun_at);
  `,
  `
  ALTER TABLE uploads ADD COLUMN used_at INTEGER NOT NULL DEFAULT 0;  -- when the last chunk came
  UPDATE uploads SET used_at = coalesce(finished_at, begun_at);
  `,
];
