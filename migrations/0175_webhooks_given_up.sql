-- A delivery is given up as well when the portal itself fails too many times. Validated by a later file.
ALTER TABLE webhook_deliveries
  DROP CONSTRAINT webhook_deliveries_given_up_because_check,
  ADD CONSTRAINT webhook_deliveries_given_up_because_check
    CHECK (given_up_because IN ('endpoint_disabled', 'secret_unreadable', 'internal_error')) NOT VALID;
