-- A column that is sealed holds nothing else: a portal of an earlier version, which would write words there as they are,
-- fails instead. A box is version 1, a nonce, the ciphertext and a tag; no text that anybody can type begins with that byte.
CREATE FUNCTION is_sealed(box bytea) RETURNS boolean
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT octet_length(box) >= 29 AND get_byte(box, 0) = 1';

ALTER TABLE users ADD CONSTRAINT users_sealed CHECK (
  is_sealed(email) AND is_sealed(first_name) AND is_sealed(last_name) AND is_sealed(bio) AND is_sealed(language)
  AND is_sealed(date_of_birth) AND is_sealed(phone_number) AND is_sealed(address) AND is_sealed(last_login_ip));
ALTER TABLE sessions ADD CONSTRAINT sessions_sealed CHECK (
  is_sealed(ip) AND is_sealed(user_agent) AND is_sealed(device_name) AND is_sealed(location));
ALTER TABLE trusted_devices ADD CONSTRAINT trusted_devices_sealed CHECK (is_sealed(name));
ALTER TABLE api_keys ADD CONSTRAINT api_keys_sealed CHECK (is_sealed(name));
ALTER TABLE mfa_enrolments ADD CONSTRAINT mfa_enrolments_sealed CHECK (
  is_sealed(secret) AND is_sealed(pending_secret) AND is_sealed(phone) AND is_sealed(pending_phone));
ALTER TABLE appointments ADD CONSTRAINT appointments_sealed CHECK (
  is_sealed(reason) AND is_sealed(symptoms) AND is_sealed(notes) AND is_sealed(cancellation_reason));
ALTER TABLE time_off ADD CONSTRAINT time_off_sealed CHECK (is_sealed(reason));
ALTER TABLE waitlist_entries ADD CONSTRAINT waitlist_entries_sealed CHECK (is_sealed(specialty));
ALTER TABLE notifications ADD CONSTRAINT notifications_sealed CHECK (is_sealed(variables));
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_sealed CHECK (is_sealed(body));
ALTER TABLE dev_mailbox ADD CONSTRAINT dev_mailbox_sealed CHECK (is_sealed(message));
