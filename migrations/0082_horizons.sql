-- The local date up to which a doctor's bookable days were offered to the waitlist, and when the next day begins. Doctors without a date
-- are due at once; the first time only notes the date. The version before leaves both alone.
ALTER TABLE doctors ADD COLUMN horizon_day date;
ALTER TABLE doctors ADD COLUMN horizon_next_at timestamptz NOT NULL DEFAULT '2000-01-01T00:00:00Z';
