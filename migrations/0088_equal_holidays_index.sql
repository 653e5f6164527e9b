-- Outside a transaction
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS clinic_holidays_equal_key ON clinic_holidays (equal_key);
