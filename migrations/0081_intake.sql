-- Questions that a type asks before the visit, as a list of objects, and the answers: with the questions as they were asked, sealed
-- under the patient's key. The version before asks nothing and leaves the answers as they are.
ALTER TABLE appointment_types ADD COLUMN questions jsonb NOT NULL DEFAULT '[]';
ALTER TABLE appointment_types ADD CONSTRAINT appointment_types_questions_list
  CHECK (jsonb_typeof(questions) = 'array' AND jsonb_array_length(questions) <= 20) NOT VALID;

ALTER TABLE appointments ADD COLUMN intake bytea;
ALTER TABLE appointments ADD CONSTRAINT appointments_intake_sealed CHECK (is_sealed(intake)) NOT VALID;
