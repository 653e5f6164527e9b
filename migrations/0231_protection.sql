-- Blocks of client addresses, the networks that the clinic trusts, and how much rate limits were used (ADR 0266). The version before
-- knows none of them, and blocks nothing.

-- One row.
CREATE TABLE address_rules (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  -- CIDR, canonical: networks of the clinic's own.
  trusted text[] NOT NULL DEFAULT '{}' CHECK (cardinality(trusted) <= 100),
  trusted_version integer NOT NULL DEFAULT 1,
  trusted_at timestamptz,
  -- Grows with each block that is made or lifted.
  blocks_version bigint NOT NULL DEFAULT 0
);
INSERT INTO address_rules DEFAULT VALUES;

CREATE TABLE ip_blocks (
  id uuid PRIMARY KEY,
  -- Keyed hash of the range. The range itself is sealed under a key of the block's own.
  range_index bytea NOT NULL,
  range bytea NOT NULL,
  prefix smallint NOT NULL CHECK (prefix IN (32, 48, 64)),
  -- Keyed hash of the site of a network of IPv6.
  site_index bytea,
  reason text NOT NULL CHECK (reason IN ('guessing', 'flooding', 'enumeration', 'scraping', 'anomalous_sign_ins', 'by_hand')),
  note bytea,
  level integer NOT NULL CHECK (level > 0),
  created_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL CHECK (ends_at > created_at),
  lifted_at timestamptz,
  CONSTRAINT ip_blocks_sealed CHECK (is_sealed(range) AND is_sealed(note)),
  -- Two processes that block one range at once: one of them does.
  CONSTRAINT ip_blocks_standing EXCLUDE USING gist (range_index WITH =, tstzrange(created_at, ends_at) WITH &&) WHERE (lifted_at IS NULL)
);
CREATE INDEX ip_blocks_by_range ON ip_blocks (range_index, ends_at);
CREATE INDEX ip_blocks_by_site ON ip_blocks (site_index, created_at) WHERE site_index IS NOT NULL;
CREATE INDEX ip_blocks_by_end ON ip_blocks (ends_at);

-- The key of a block ends with it.
CREATE FUNCTION forget_block_key() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  DELETE FROM data_keys WHERE owner_id = OLD.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER ip_blocks_forgotten AFTER DELETE ON ip_blocks FOR EACH ROW EXECUTE FUNCTION forget_block_key();

-- Uses of each limit in ten minutes, over all processes.
CREATE TABLE limit_uses (
  limit_name text NOT NULL CHECK (char_length(limit_name) <= 64),
  slot timestamptz NOT NULL,
  counted bigint NOT NULL,
  refused bigint NOT NULL,
  PRIMARY KEY (limit_name, slot)
);
-- When a limit refused a subject last, which is a keyed hash.
CREATE TABLE limit_refusals (
  limit_name text NOT NULL CHECK (char_length(limit_name) <= 64),
  subject bytea NOT NULL,
  last_at timestamptz NOT NULL,
  PRIMARY KEY (limit_name, subject)
);
CREATE INDEX limit_refusals_by_age ON limit_refusals (last_at);

GRANT SELECT, UPDATE ON address_rules TO patient_portal_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ip_blocks, limit_uses, limit_refusals TO patient_portal_app;
