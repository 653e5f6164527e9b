-- Doctors, what they offer and when, and the appointments.

CREATE TABLE doctors (
  user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  specialty text,
  languages text[] NOT NULL DEFAULT '{}',
  timezone text NOT NULL,
  accepting_patients boolean NOT NULL DEFAULT true,
  bio text,
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  -- Of rules, overrides and time off together.
  availability_version integer NOT NULL DEFAULT 0
);
CREATE INDEX doctors_by_specialty ON doctors (lower(specialty), user_id);

CREATE TABLE appointment_types (
  id uuid PRIMARY KEY,
  code text NOT NULL,
  name text NOT NULL,
  duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 1 AND 480),
  buffer_before_minutes integer NOT NULL CHECK (buffer_before_minutes BETWEEN 0 AND 240),
  buffer_after_minutes integer NOT NULL CHECK (buffer_after_minutes BETWEEN 0 AND 240),
  minimum_notice_minutes integer NOT NULL CHECK (minimum_notice_minutes >= 0),
  horizon_days integer NOT NULL CHECK (horizon_days BETWEEN 1 AND 730),
  slot_interval_minutes integer NOT NULL CHECK (slot_interval_minutes BETWEEN 1 AND 480),
  daily_limit integer CHECK (daily_limit > 0),
  active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  CONSTRAINT appointment_types_code_key UNIQUE (code)
);

INSERT INTO appointment_types (id, code, name, duration_minutes, buffer_before_minutes, buffer_after_minutes,
  minimum_notice_minutes, horizon_days, slot_interval_minutes, daily_limit, created_at, updated_at)
VALUES
  ('01900000-0000-7000-8000-000000000001', 'consultation', 'Consultation', 30, 0, 0, 60, 90, 30, NULL, 'epoch', 'epoch'),
  ('01900000-0000-7000-8000-000000000002', 'follow_up', 'Follow-up', 15, 0, 0, 60, 90, 15, NULL, 'epoch', 'epoch'),
  ('01900000-0000-7000-8000-000000000003', 'emergency', 'Emergency', 30, 0, 0, 0, 7, 15, NULL, 'epoch', 'epoch'),
  ('01900000-0000-7000-8000-000000000004', 'routine_checkup', 'Routine check-up', 45, 0, 0, 120, 180, 15, NULL, 'epoch', 'epoch');

-- Wall-clock rules keep their zone (the doctor's); they become instants only when slots are computed.
CREATE TABLE availability_rules (
  doctor_id uuid NOT NULL REFERENCES doctors (user_id) ON DELETE CASCADE,
  position integer NOT NULL,
  weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
  start_time text NOT NULL CHECK (start_time ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'),
  end_time text NOT NULL CHECK (end_time ~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$'),
  appointment_type_ids uuid[],
  valid_from date,
  valid_until date,
  PRIMARY KEY (doctor_id, position),
  CHECK (valid_from IS NULL OR valid_until IS NULL OR valid_from <= valid_until)
);

CREATE TABLE availability_overrides (
  id uuid PRIMARY KEY,
  doctor_id uuid NOT NULL REFERENCES doctors (user_id) ON DELETE CASCADE,
  date date NOT NULL,
  available jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT availability_overrides_doctor_date_key UNIQUE (doctor_id, date)
);

CREATE TABLE time_off (
  id uuid PRIMARY KEY,
  doctor_id uuid NOT NULL REFERENCES doctors (user_id) ON DELETE CASCADE,
  first_date date NOT NULL,
  last_date date NOT NULL,
  reason text,
  created_at timestamptz NOT NULL,
  CHECK (first_date <= last_date)
);
CREATE INDEX time_off_by_doctor ON time_off (doctor_id, last_date);

-- Dates on which the whole clinic is closed.
CREATE TABLE clinic_holidays (
  id uuid PRIMARY KEY,
  first_date date NOT NULL,
  last_date date NOT NULL,
  name text NOT NULL,
  created_at timestamptz NOT NULL,
  CHECK (first_date <= last_date)
);
CREATE INDEX clinic_holidays_by_date ON clinic_holidays (last_date);

-- A hold is an appointment that is not made yet: it sits under the same constraints, with an expiry, and booking it
-- replaces it in one batch. An expired hold counts for nothing: whoever needs its time removes it in the same batch.
CREATE TABLE appointments (
  id uuid PRIMARY KEY,
  patient_id uuid REFERENCES users (id),
  doctor_id uuid NOT NULL REFERENCES doctors (user_id),
  appointment_type_id uuid NOT NULL REFERENCES appointment_types (id),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  timezone text NOT NULL,
  -- The doctor's time, buffers included.
  busy tstzrange NOT NULL,
  status text NOT NULL
    CHECK (status IN ('held', 'scheduled', 'confirmed', 'in_progress', 'completed', 'cancelled', 'no_show')),
  hold_expires_at timestamptz,
  held_by uuid,
  -- Placed by the clinic where its rules would not have allowed it.
  outside_rules boolean NOT NULL DEFAULT false,
  reason bytea,
  symptoms bytea,
  notes bytea,
  series_id uuid,
  reschedule_count integer NOT NULL DEFAULT 0,
  cancelled_by uuid,
  cancelled_by_kind text,
  cancelled_at timestamptz,
  cancellation_reason bytea,
  created_by uuid,
  version integer NOT NULL DEFAULT 1 CHECK (version > 0),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK (ends_at - starts_at BETWEEN interval '1 minute' AND interval '480 minutes'),
  CHECK (NOT isempty(busy) AND busy @> tstzrange(starts_at, ends_at)),
  CHECK ((status = 'held') = (hold_expires_at IS NOT NULL)),
  CHECK ((status = 'held') = (held_by IS NOT NULL)),
  CHECK (status = 'held' OR patient_id IS NOT NULL),
  CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
  CONSTRAINT appointments_doctor_overlap
    EXCLUDE USING gist (doctor_id WITH =, busy WITH &&) WHERE (status NOT IN ('cancelled', 'no_show')),
  CONSTRAINT appointments_patient_overlap
    EXCLUDE USING gist (patient_id WITH =, tstzrange(starts_at, ends_at) WITH &&)
    WHERE (status NOT IN ('cancelled', 'no_show'))
);
CREATE INDEX appointments_by_patient ON appointments (patient_id, starts_at, id) WHERE status <> 'held';
CREATE INDEX appointments_by_doctor ON appointments (doctor_id, starts_at, id) WHERE status <> 'held';
CREATE INDEX appointments_by_series ON appointments (series_id, starts_at) WHERE series_id IS NOT NULL;
CREATE INDEX appointments_expiring_holds ON appointments (hold_expires_at) WHERE status = 'held';

GRANT SELECT, INSERT, UPDATE, DELETE ON doctors, appointment_types, availability_rules, availability_overrides,
  time_off, clinic_holidays, appointments TO patient_portal_app;
