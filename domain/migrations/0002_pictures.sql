-- Profile pictures, and what happened to somebody's account.

CREATE TABLE pictures (
    -- One a user.
    user_id TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- 128 random bits, another with each picture: what a URL shows never changes (UPL-5).
    id TEXT NOT NULL UNIQUE,
    -- JPEG, made by us: squares of 512 and of 96 pixels (UPL-4).
    large BYTEA NOT NULL,
    small BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- What happened to somebody's account, one entry after the other without a gap (LOG-1).
CREATE TABLE activity (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- 1, 2, … for each user.
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- Who did it, where it was not the user. No foreign key: the entry outlives them.
    actor_id TEXT,
    tenant_id TEXT,
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    -- JSON, or nothing.
    detail TEXT NOT NULL,
    -- HMAC of the former hash and all of these, with a key from outside the database.
    hash BYTEA NOT NULL,
    PRIMARY KEY (user_id, seq)
);

-- How long the chain of entries is, and the hash of its end.
ALTER TABLE users ADD COLUMN activity_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN activity_head BYTEA;
