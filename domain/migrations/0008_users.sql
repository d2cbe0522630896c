-- Looking after users: finding one among very many, and what an administrator may ask of one.

-- By which the list of the users of a client is sorted. Bytes, because the two databases order texts differently.
CREATE TABLE listed_users (
    tenant_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    -- First and last name without case and accents.
    name_key BYTEA NOT NULL,
    -- The address.
    email_key BYTEA NOT NULL,
    -- 0 for never, and for guests: when they sign in is no business of this client.
    last_sign_in_at BIGINT NOT NULL,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id) ON DELETE CASCADE
);
CREATE INDEX listed_by_name ON listed_users (tenant_id, name_key, user_id);
CREATE INDEX listed_by_email ON listed_users (tenant_id, email_key, user_id);
CREATE INDEX listed_by_sign_in ON listed_users (tenant_id, last_sign_in_at, user_id);
CREATE INDEX listed_by_age ON listed_users (tenant_id, joined_at, user_id);

-- The words of names and addresses, and what the list can be narrowed to; see domain/src/words.rs.
CREATE TABLE user_words (
    tenant_id TEXT NOT NULL,
    word BYTEA NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (tenant_id, word, user_id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES memberships (tenant_id, user_id) ON DELETE CASCADE
);
CREATE INDEX words_of_user ON user_words (user_id, tenant_id, word);

-- Whoever was there before: SQL cannot fold names, so the next start lists them, and each is gone from here then.
CREATE TABLE unlisted_users (
    user_id TEXT PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE
);
INSERT INTO unlisted_users (user_id) SELECT id FROM users;

-- Whether a link leads back to an address is asked whenever somebody is added.
CREATE INDEX links_to_former_addresses ON links (email) WHERE kind = 'undo_email';

-- Whether the home client asks for a second factor of this user, whatever it asks of all (TOTP-6).
ALTER TABLE users ADD COLUMN requires_second_factor BOOLEAN NOT NULL DEFAULT FALSE;
