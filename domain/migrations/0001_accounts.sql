-- Times are Unix milliseconds of our own clock, ids are UUIDv7. One text for SQLite and Postgres.

CREATE TABLE meta (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

CREATE TABLE tenants (
    id TEXT PRIMARY KEY NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    colour TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id TEXT PRIMARY KEY NOT NULL,
    -- Canonical: NFC, ASCII lower case, domain in punycode (EM-3).
    email TEXT NOT NULL UNIQUE,
    email_proved_at BIGINT,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    -- Argon2id, PHC string; NULL until the person has activated the account.
    password_hash TEXT,
    password_set_at BIGINT,
    second_factor TEXT NOT NULL,
    second_factor_set_at BIGINT NOT NULL,
    language TEXT,
    theme TEXT,
    home_tenant_id TEXT NOT NULL REFERENCES tenants (id),
    current_tenant_id TEXT NOT NULL REFERENCES tenants (id),
    api_access BOOLEAN NOT NULL,
    disabled_at BIGINT,
    created_at BIGINT NOT NULL
);

CREATE TABLE memberships (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_entered_at BIGINT,
    PRIMARY KEY (tenant_id, user_id)
);
CREATE INDEX memberships_of_user ON memberships (user_id);
CREATE UNIQUE INDEX one_home ON memberships (user_id) WHERE kind = 'home';

CREATE TABLE groups (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    id TEXT NOT NULL,
    builtin TEXT,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    -- Codes of the closed list, separated by blanks.
    permissions TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX group_names ON groups (tenant_id, lower(name));
CREATE UNIQUE INDEX builtin_groups ON groups (tenant_id, builtin);

CREATE TABLE group_members (
    tenant_id TEXT NOT NULL,
    group_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- The user before the group: what one person may do is asked on each page, and must not grow with the client.
    PRIMARY KEY (tenant_id, user_id, group_id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE,
    FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id) ON DELETE CASCADE
);
CREATE INDEX members_of_group ON group_members (tenant_id, group_id);

CREATE TABLE invitations (
    tenant_id TEXT NOT NULL,
    id TEXT NOT NULL,
    email TEXT NOT NULL,
    group_id TEXT NOT NULL,
    invited_by TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, group_id) REFERENCES groups (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX invitations_to ON invitations (email);

-- The half of a sign-in that has shown the password only. Not a session, and never one (SESS-8).
CREATE TABLE sign_ins (
    id TEXT PRIMARY KEY NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    next_path TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sign_ins_of_user ON sign_ins (user_id);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY NOT NULL,
    -- SHA-256 of the 256-bit token in the cookie (SESS-1).
    token_hash BYTEA NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    method TEXT NOT NULL,
    browser TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL
);
CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE codes (
    -- The sign-in or the e-mail change the code belongs to, and with it the browser (CODE-6).
    flow_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    mac BYTEA NOT NULL,
    tries BIGINT NOT NULL,
    sent_to TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    PRIMARY KEY (flow_id, purpose)
);
CREATE INDEX codes_of_user ON codes (user_id);

CREATE TABLE email_changes (
    -- One a user: a newer request ends the former (EM-4).
    user_id TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    id TEXT NOT NULL UNIQUE,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    new_email TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX email_changes_of_session ON email_changes (session_id);

CREATE TABLE activations (
    id TEXT PRIMARY KEY NOT NULL,
    token_hash BYTEA NOT NULL UNIQUE,
    -- NULL for the link that sets up the first client.
    user_id TEXT REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX activations_of_user ON activations (user_id);

-- Counters of limits: rows, so that two instances share them and a restart forgets nothing (RATE-3).
CREATE TABLE limits (
    key TEXT PRIMARY KEY NOT NULL,
    count BIGINT NOT NULL,
    in_a_row BIGINT NOT NULL,
    since BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL,
    touched_at BIGINT NOT NULL
);
CREATE INDEX limits_by_age ON limits (touched_at);

CREATE TABLE outbox (
    id TEXT PRIMARY KEY NOT NULL,
    -- The whole letter, sealed with a key from outside the database; NULL once sent or dropped (CODE-8).
    sealed BYTEA,
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    sent_at BIGINT,
    dropped_at BIGINT
);
CREATE INDEX outbox_open ON outbox (next_at) WHERE sealed IS NOT NULL;
CREATE INDEX outbox_by_age ON outbox (created_at);
