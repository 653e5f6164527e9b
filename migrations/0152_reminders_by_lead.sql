-- Of a reminder: when its appointment is to begin, and how long before it reminds. So a reminder that was sent is not sent again at another
-- time, when quiet hours or the appointment's version change. NULL: written by the version before, whose reminders are those of their version.
ALTER TABLE notifications ADD COLUMN reminds_of timestamptz, ADD COLUMN lead_minutes integer;
