-- The second factor: apps, recovery codes, and the ways back in.

-- Whether a client asks for a second factor of everybody who belongs to it (TOTP-6).
ALTER TABLE tenants ADD COLUMN requires_second_factor BOOLEAN NOT NULL DEFAULT TRUE;

-- When the app was offered and turned down, or a factor chosen.
ALTER TABLE users ADD COLUMN factor_offered_at BIGINT;

-- Codes that are not mailed have no row of their own; their tries are counted here (CODE-3).
ALTER TABLE sign_ins ADD COLUMN tries BIGINT NOT NULL DEFAULT 0;

CREATE TABLE totp (
    -- One a user.
    user_id TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,
    -- The secret, sealed with a key from outside the database, and which key that was (TOTP-5).
    sealed BYTEA NOT NULL,
    key_id TEXT NOT NULL,
    -- The last period of 30 s whose code was taken; only a later one is (TOTP-3).
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE factor_changes (
    -- One a user: a newer one ends the former.
    user_id TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    -- The factor to be, or `recovery` for new recovery codes.
    target TEXT NOT NULL,
    tries BIGINT NOT NULL,
    -- When the factor in use was shown; from then on what is to be kept waits here, sealed (TOTP-4).
    proved_at BIGINT,
    secret BYTEA,
    recovery_codes BYTEA,
    -- The last period of 30 s whose code of the app to be is void: one from the future was typed (TOTP-3).
    last_step BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX factor_changes_of_session ON factor_changes (session_id);

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- SHA-256; the code itself has 112 bits (REC-1).
    hash BYTEA NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (user_id, hash)
);

-- Lost apps: after a wait with notices, codes come by e-mail again.
CREATE TABLE factor_resets (
    user_id TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When the person was told that the wait is over.
    told_at BIGINT
);
CREATE INDEX factor_resets_due ON factor_resets (due_at);
