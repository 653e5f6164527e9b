-- `failures`: attempts that ended with a fault of ours. `unended`: attempts in a row of which no end is known, because their process was killed.
-- The version before counts neither, and gives up by `attempts`, which counts every claim.
ALTER TABLE outbox ADD COLUMN failures integer NOT NULL DEFAULT 0, ADD COLUMN unended integer NOT NULL DEFAULT 0;
