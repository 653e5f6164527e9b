-- A series on several weekdays, and one until a date.
ALTER TABLE appointment_series
  ADD COLUMN weekdays smallint[],
  ADD COLUMN last_date date;
