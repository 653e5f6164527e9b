-- Whether subjects, text messages and push messages about appointments name the doctor: they can be read on a locked screen.
ALTER TABLE clinic_settings ADD COLUMN names_doctor_in_reminders boolean NOT NULL DEFAULT true;
