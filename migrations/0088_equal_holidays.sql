-- Two requests that enter the same holiday at once: the key of its dates, recurrence and name is unique. Holidays that the version before
-- has entered, or enters, have none; the decision compares them with the new one.
ALTER TABLE clinic_holidays ADD COLUMN equal_key text;
