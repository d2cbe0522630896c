-- Invitations by mail, what became of them, and people who have come as guests only (INV-1, INV-2).

-- SHA-256 of the token in the mailed link; NULL where no letter was sent.
ALTER TABLE invitations ADD COLUMN token_hash BYTEA;
-- What ended it, and what the invited person wrote to the inviter.
ALTER TABLE invitations ADD COLUMN outcome TEXT;
ALTER TABLE invitations ADD COLUMN reason TEXT;
ALTER TABLE invitations ADD COLUMN accepted_by TEXT REFERENCES users (id) ON DELETE SET NULL;
CREATE UNIQUE INDEX invitation_tokens ON invitations (token_hash);
CREATE UNIQUE INDEX one_open_invitation ON invitations (tenant_id, email) WHERE ended_at IS NULL;
CREATE INDEX invitations_by_age ON invitations (expires_at);

CREATE INDEX guests_by_age ON memberships (tenant_id, created_at, user_id) WHERE kind = 'guest';

-- The home of one person who belongs to no other client but as a guest.
ALTER TABLE tenants ADD COLUMN personal BOOLEAN NOT NULL DEFAULT FALSE;

-- Whoever has signed in has entered a mailed code, and so has proved the address.
UPDATE users SET email_proved_at = first_signed_in_at WHERE email_proved_at IS NULL AND first_signed_in_at IS NOT NULL;
