-- A refresh token knows what it was rotated to, a session its browser, and whether it outlives that.
ALTER TABLE refresh_tokens ADD COLUMN successor_hash bytea CHECK (octet_length(successor_hash) = 32);
ALTER TABLE sessions
  ADD COLUMN browser_hash bytea CHECK (octet_length(browser_hash) = 32),
  ADD COLUMN remembered boolean NOT NULL DEFAULT true;
ALTER TABLE mfa_challenges ADD COLUMN remembered boolean NOT NULL DEFAULT true;
