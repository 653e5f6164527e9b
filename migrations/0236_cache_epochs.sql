-- The epoch of the cache is the sum of these counters. A transaction whose changes the cache could not be told adds 1 to one
-- of them, which makes everything cached before void. Several rows, so that such transactions seldom wait for each other. The
-- version before caches nothing that needs it.
CREATE TABLE cache_epochs (
  slot smallint PRIMARY KEY CHECK (slot BETWEEN 0 AND 15),
  moves bigint NOT NULL DEFAULT 0
);
INSERT INTO cache_epochs (slot) SELECT generate_series(0, 15);
GRANT SELECT, UPDATE ON cache_epochs TO patient_portal_app;
