-- Whether a key was made in a session that had passed the second factor. A key without ends where one is enrolled.
ALTER TABLE api_keys ADD COLUMN with_factor boolean NOT NULL DEFAULT false;
UPDATE api_keys a SET with_factor = true
  FROM mfa_enrolments e WHERE e.user_id = a.user_id AND e.enabled_at <= a.created_at;
