-- Outside a transaction
ALTER TABLE appointments VALIDATE CONSTRAINT appointments_status_known;
