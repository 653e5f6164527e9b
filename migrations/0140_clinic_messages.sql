-- Messages that somebody of the clinic writes to one person. The version before leaves both columns empty: it sends no such messages,
-- and routes one that it finds by what its receiver takes.
-- `channels`: those that were asked for; NULL: all that the receiver takes. `written_by`: NULL for what the portal writes itself.
ALTER TABLE notifications
  ADD COLUMN channels text[],
  ADD COLUMN written_by uuid,
  ADD CONSTRAINT notifications_channels_known CHECK (channels <@ ARRAY['email', 'sms', 'push']) NOT VALID;
