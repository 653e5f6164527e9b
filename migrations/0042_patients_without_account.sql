-- Patients whom the clinic registers without an e-mail address: nobody can sign in, and no mail is sent to them.
ALTER TABLE users
  DROP CONSTRAINT users_status_check,
  ADD CONSTRAINT users_status_check CHECK (status IN ('no_account', 'invited', 'active', 'closed')) NOT VALID,
  ADD CONSTRAINT users_no_account_check
    CHECK (status <> 'no_account' OR (role = 'patient' AND num_nonnulls(email, password_hash) = 0)) NOT VALID,
  -- Who of the clinic registered the patient: a doctor's own patients are also those whom the doctor registered.
  ADD COLUMN registered_by uuid;
