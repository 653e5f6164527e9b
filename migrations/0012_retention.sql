-- What is kept long enough is looked for every day: by its age, oldest first.
CREATE INDEX sessions_by_age ON sessions (coalesce(revoked_at, expires_at));
CREATE INDEX one_time_tokens_by_age ON one_time_tokens (expires_at);
CREATE INDEX mfa_challenges_by_age ON mfa_challenges (expires_at);
CREATE INDEX notifications_by_age ON notifications (created_at) WHERE status NOT IN ('pending', 'scheduled');
CREATE INDEX outbox_by_age ON outbox (finished_at) WHERE finished_at IS NOT NULL;

-- The portal asks at its start whether it fits the database.
GRANT SELECT ON schema_migrations TO patient_portal_app;

-- Failed sign-ins are forgiven little by little.
ALTER TABLE sign_in_failures ALTER COLUMN failures TYPE double precision;
