-- How many offers in a row the patient of an entry has left unanswered: who does not answer comes after those who do. The version
-- before counts none, and serves by rank alone.
ALTER TABLE waitlist_entries ADD COLUMN missed integer NOT NULL DEFAULT 0;
ALTER TABLE waitlist_entries ADD CONSTRAINT waitlist_entries_missed CHECK (missed >= 0);

-- Time that fits a patient who has an open offer, until that is answered.
CREATE TABLE waitlist_deferred_times (
  patient_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  offer_id uuid NOT NULL REFERENCES waitlist_offers (id) ON DELETE CASCADE,
  doctor_id uuid NOT NULL REFERENCES doctors (user_id) ON DELETE CASCADE,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  opened_at timestamptz NOT NULL,
  PRIMARY KEY (offer_id, doctor_id, starts_at, ends_at)
);
CREATE INDEX waitlist_deferred_times_by_patient ON waitlist_deferred_times (patient_id);
CREATE INDEX waitlist_deferred_times_by_doctor ON waitlist_deferred_times (doctor_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON waitlist_deferred_times TO patient_portal_app;
