-- While the index key is rotated, instances store one address under different keys. This is the same under all of them.
ALTER TABLE users
  ADD COLUMN email_claim bytea CHECK (octet_length(email_claim) = 32),
  ADD CONSTRAINT users_email_claim_key UNIQUE (email_claim);
