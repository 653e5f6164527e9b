-- Digests are messages of a category of their own, which their receivers can switch off. The version before treats it as `message`.
ALTER TABLE notifications DROP CONSTRAINT notifications_category_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_category_check
  CHECK (category IN ('account', 'security', 'code', 'alert', 'appointment', 'reminder', 'message', 'digest')) NOT VALID;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_category_check;
