-- Whether the patient of an appointment that was moved has not answered yet or waits for a time, which the entry of the waitlist tells:
-- kept here, so that the few open rebookings are found among all. Triggers keep it, also for what the version before writes.
ALTER TABLE rebooked_appointments ADD COLUMN open boolean NOT NULL DEFAULT false;

CREATE FUNCTION keep_rebooked_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.open := EXISTS (SELECT FROM waitlist_entries e WHERE e.id = NEW.entry_id AND e.state IN ('waiting', 'offered'));
  RETURN NEW;
END $$;
CREATE TRIGGER rebooked_appointments_open BEFORE INSERT OR UPDATE OF entry_id ON rebooked_appointments
  FOR EACH ROW EXECUTE FUNCTION keep_rebooked_open();

CREATE FUNCTION keep_rebookings_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE rebooked_appointments SET open = NEW.state IN ('waiting', 'offered') WHERE entry_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER waitlist_entries_rebooked AFTER UPDATE OF state ON waitlist_entries
  FOR EACH ROW WHEN ((NEW.state IN ('waiting', 'offered')) <> (OLD.state IN ('waiting', 'offered')))
  EXECUTE FUNCTION keep_rebookings_open();

UPDATE rebooked_appointments b SET open = true FROM waitlist_entries e
WHERE e.id = b.entry_id AND e.state IN ('waiting', 'offered');
