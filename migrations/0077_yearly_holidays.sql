-- Holidays that recur on the same dates of every year, up to a last date. The version before closes the clinic in the first year only.
ALTER TABLE clinic_holidays ADD COLUMN yearly boolean NOT NULL DEFAULT false;
ALTER TABLE clinic_holidays ADD COLUMN yearly_until date;
ALTER TABLE clinic_holidays ADD CONSTRAINT clinic_holidays_yearly
  CHECK (CASE WHEN yearly THEN last_date - first_date < 31 ELSE yearly_until IS NULL END) NOT VALID;
