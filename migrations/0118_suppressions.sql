-- Addresses that get nothing more: they do not exist, or whoever reads there has said so. A row is about one address of one person; when
-- the person has another address, it has no effect.
CREATE TABLE suppressions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  channel text NOT NULL CHECK (channel IN ('email', 'sms')),
  -- Sealed under the key of the person, so that the hash can be made anew when the index key is changed.
  address bytea NOT NULL CONSTRAINT suppressions_sealed CHECK (is_sealed(address)),
  address_index bytea NOT NULL,
  reason text NOT NULL CHECK (reason IN ('no_such_receiver', 'complained', 'unsubscribed', 'stopped')),
  provider text NOT NULL CHECK (char_length(provider) <= 40),
  since timestamptz NOT NULL,
  -- When administrators were told.
  told_at timestamptz,
  UNIQUE (user_id, channel, address_index)
);
CREATE INDEX suppressions_by_address ON suppressions (channel, address_index);
CREATE INDEX suppressions_untold ON suppressions (id) WHERE told_at IS NULL;
CREATE INDEX suppressions_told ON suppressions (told_at DESC) WHERE told_at IS NOT NULL;

-- The keyed hash of the number that a text message went to: whoever answers from there is its receiver.
ALTER TABLE deliveries ADD COLUMN address_index bytea;

GRANT SELECT, INSERT, UPDATE, DELETE ON suppressions TO patient_portal_app;
