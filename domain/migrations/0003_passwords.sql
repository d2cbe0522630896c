-- Changing, resetting and undoing: what waits until somebody has proved something (PW-4, PW-7, EM-4).

CREATE TABLE password_changes (
    -- One a user: a newer request ends the former.
    user_id TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    -- Argon2id, PHC string, of the password to be.
    new_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_changes_of_session ON password_changes (session_id);

-- One-use links of people who have an account. A used one is gone.
CREATE TABLE links (
    id TEXT PRIMARY KEY NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Where the link was mailed to; what undoes a change of the address puts this one back.
    email TEXT NOT NULL,
    -- The authenticator app that the user had when the link was made, if there was one.
    app TEXT,
    -- Wrong codes of that app, or of those in its place (CODE-3).
    tries BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX links_of_user ON links (user_id);

-- Who asked for a new password, for seconds only: whether there is such a user is looked up after the answer (ENUM-2).
CREATE TABLE reset_asks (
    id TEXT PRIMARY KEY NOT NULL,
    -- Canonical, as it was typed; perhaps nobody's.
    email TEXT NOT NULL,
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    language TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
