-- Several doctors in one visit: who takes part besides the doctor who leads it. The version before makes no such rows, and its changes of a
-- visit keep them: the trigger moves, frees and takes their time with the appointment's.
ALTER TABLE appointment_participants ADD COLUMN additional boolean NOT NULL DEFAULT false;
ALTER TABLE appointment_participants
  ADD CONSTRAINT participants_additional CHECK (NOT additional OR role = 'doctor') NOT VALID;
