-- Messages that carry a secret are a category of their own: they travel to one address, whatever their receiver prefers.
ALTER TABLE notifications DROP CONSTRAINT notifications_category_check;
ALTER TABLE notifications ADD CONSTRAINT notifications_category_check
  CHECK (category IN ('account', 'security', 'code', 'appointment', 'reminder', 'message')) NOT VALID;
ALTER TABLE notifications VALIDATE CONSTRAINT notifications_category_check;
