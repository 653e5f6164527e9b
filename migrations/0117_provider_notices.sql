-- What providers tell of messages after they have accepted them. A notice that arrives again finds its row, and changes nothing.
-- Which message it was about is not kept here: the delivery has what it said.
CREATE TABLE provider_notices (
  provider text NOT NULL CHECK (char_length(provider) BETWEEN 1 AND 40),
  -- SHA-256 of the provider's id of the event.
  event bytea NOT NULL CHECK (octet_length(event) = 32),
  received_at timestamptz NOT NULL,
  PRIMARY KEY (provider, event)
);
CREATE INDEX provider_notices_by_age ON provider_notices (received_at);

-- When a provider last told what became of it. The state is then the provider's word, and not ours.
ALTER TABLE deliveries ADD COLUMN reported_at timestamptz;

GRANT SELECT, INSERT, DELETE ON provider_notices TO patient_portal_app;
