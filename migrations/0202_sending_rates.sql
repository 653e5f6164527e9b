-- How many jobs of a topic may still be begun: one row for each topic whose rate is limited, made when the first is claimed. The version before
-- claims without looking at it.
CREATE TABLE sending_rates (
  topic text PRIMARY KEY,
  per_minute integer NOT NULL CHECK (per_minute > 0),
  -- In sixths of a job: each slice of ten seconds adds `per_minute`. Below zero after urgent jobs, which do not wait.
  credit integer NOT NULL,
  -- Slices of ten seconds since the epoch, up to which the credit was added.
  slice bigint NOT NULL,
  -- How many were begun in the minute of the slice.
  begun integer NOT NULL,
  -- The last time that was given to a job whose callback came too early.
  given_until timestamptz
);

GRANT SELECT, INSERT, UPDATE, DELETE ON sending_rates TO patient_portal_app;
