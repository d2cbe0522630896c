-- Groups that people make, join and leave; what happens to a client; and entries that a worker writes for many people.

-- A name is unique under its key: NFKC, without case, with single blanks. What the databases call lower case differs
-- from letter to letter, so we make it. Until now there were the four groups of each client only, named in ASCII.
ALTER TABLE groups ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
UPDATE groups SET name_key = lower(name);
DROP INDEX group_names;
CREATE UNIQUE INDEX group_names ON groups (tenant_id, name_key);

-- Whether people may join and leave it by themselves.
ALTER TABLE groups ADD COLUMN open_to_join BOOLEAN NOT NULL DEFAULT FALSE;

-- The members of a group are shown page by page, those who came last first. It does not begin with the client: else
-- SQLite would take it, and read the whole client, where somebody's groups are asked for.
DROP INDEX members_of_group;
CREATE INDEX members_of_group ON group_members (group_id, tenant_id, created_at, user_id);

-- What happened to a client itself, its groups included. What happened to its people stands in theirs (LOG-1).
CREATE TABLE tenant_activity (
    tenant_id TEXT NOT NULL REFERENCES tenants (id),
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- Who did it. No foreign key: the entry outlives them.
    actor_id TEXT NOT NULL,
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    -- JSON, or nothing.
    detail TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX tenant_activity_by_age ON tenant_activity (tenant_id, at, id);
CREATE INDEX activity_of_tenant ON activity (tenant_id, at, user_id, seq) WHERE tenant_id IS NOT NULL;

-- One act may concern everybody in a client; what each of them is to read in their activity waits here for a worker.
CREATE TABLE late_entries (
    -- The act.
    act_id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tenant_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    address TEXT NOT NULL,
    browser TEXT NOT NULL,
    -- That of whoever did it: for those who never chose one.
    language TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (act_id, user_id)
);
