-- Which entry of the waitlist stands for an appointment that was moved: by it a rebooking tells who has not answered yet. The version before
-- writes none; what it settles counts as ended.
ALTER TABLE rebooked_appointments ADD COLUMN entry_id uuid;
ALTER TABLE rebooked_appointments
  ADD CONSTRAINT rebooked_appointments_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES waitlist_entries (id) ON DELETE SET NULL NOT VALID;
