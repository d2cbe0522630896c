-- Signing in by a third party, and programs that use the API.

-- Whose sign-in is managed elsewhere: the id of a provider in the operator's file, NULL for sign-in by password (OIDC-3).
ALTER TABLE users ADD COLUMN provider TEXT;
-- The identity that was bound at the activation, all three or none. Never an address (OIDC-2).
ALTER TABLE users ADD COLUMN provider_issuer TEXT;
ALTER TABLE users ADD COLUMN provider_subject TEXT;
ALTER TABLE users ADD COLUMN provider_bound_at BIGINT;
CREATE UNIQUE INDEX users_by_identity ON users (provider_issuer, provider_subject);
CREATE INDEX users_by_provider ON users (provider) WHERE provider IS NOT NULL;

-- A way to a provider and back: of one browser, of one use, for ten minutes (OIDC-1).
CREATE TABLE provider_trips (
    id TEXT PRIMARY KEY NOT NULL,
    -- SHA-256 of `state`, and of the token in the cookie of the browser that set out.
    state_hash BYTEA NOT NULL UNIQUE,
    browser_hash BYTEA NOT NULL,
    provider TEXT NOT NULL,
    -- Nonce and PKCE verifier, sealed with a key from outside the database.
    sealed BYTEA NOT NULL,
    -- sign_in, activate or unlock.
    purpose TEXT NOT NULL,
    activation_id TEXT REFERENCES activations (id) ON DELETE CASCADE,
    session_id TEXT REFERENCES sessions (id) ON DELETE CASCADE,
    next_path TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX provider_trips_of_activation ON provider_trips (activation_id);
CREATE INDEX provider_trips_of_session ON provider_trips (session_id);
CREATE INDEX provider_trips_by_age ON provider_trips (expires_at);

-- Which door a half sign-in came by: it is finished at the same one (SESS-8).
ALTER TABLE sign_ins ADD COLUMN door TEXT NOT NULL DEFAULT 'page';

-- What programs show in place of a session: tokens of a sign-in, and keys that people made (API-1, API-2).
CREATE TABLE api_tokens (
    id TEXT PRIMARY KEY NOT NULL,
    -- SHA-256 of the 256-bit token.
    token_hash BYTEA NOT NULL UNIQUE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- login or key.
    kind TEXT NOT NULL,
    -- Of keys: what their owner calls them, and their last four letters.
    name TEXT NOT NULL,
    hint TEXT NOT NULL,
    browser TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- To the minute; NULL until it was used.
    last_used_at BIGINT,
    -- Of keys: when their owner is to hear that they end, and when that was written.
    warn_at BIGINT,
    warned_at BIGINT
);
CREATE INDEX api_tokens_of_user ON api_tokens (user_id, created_at);
CREATE INDEX api_tokens_to_warn ON api_tokens (warn_at) WHERE warn_at IS NOT NULL AND warned_at IS NULL;
CREATE INDEX api_tokens_by_age ON api_tokens (expires_at);

-- From where somebody has signed in to the API: names that tell nothing but whether it was there before (NOT-1).
CREATE TABLE api_places (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    place TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, place)
);
CREATE INDEX api_places_by_age ON api_places (seen_at);

-- What was answered to an Idempotency-Key, for a day; without an answer it is still under way.
CREATE TABLE api_repeats (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Names of the key and of all that was asked with it.
    key TEXT NOT NULL,
    request TEXT NOT NULL,
    status BIGINT,
    location TEXT,
    etag TEXT,
    body TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX api_repeats_by_age ON api_repeats (created_at);

-- Whether an invitation was made by a program: then the right to use the API vouches for it, not a group (INV-2).
ALTER TABLE invitations ADD COLUMN by_api BOOLEAN NOT NULL DEFAULT FALSE;
