-- What a worker writes into somebody's activity or tells them by mail a little later (NOT-1).

-- Until somebody has signed in once, no browser can be a new one.
ALTER TABLE users ADD COLUMN first_signed_in_at BIGINT;
UPDATE users SET first_signed_in_at = (SELECT MIN(m.last_entered_at) FROM memberships m WHERE m.user_id = users.id);

-- First steps that were refused, for seconds only.
CREATE TABLE refused_sign_ins (
    id TEXT PRIMARY KEY NOT NULL,
    -- NULL where nobody has the address. No reference: writing it has to cost the same for everybody (ENUM-1).
    user_id TEXT,
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- First steps that were right, while the second is still to come.
CREATE TABLE incomplete_sign_ins (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- Says whether two came from the same device, or from the same place and browser, and nothing else.
    origin TEXT NOT NULL,
    sign_in_id TEXT NOT NULL,
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    language TEXT NOT NULL,
    begun_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, origin)
);
CREATE INDEX incomplete_sign_ins_due ON incomplete_sign_ins (due_at);
