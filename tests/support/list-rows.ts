/**
 * A clinic of many years, for tests of what its lists read: 100 thousand rows in each table that a list reads page by page, spread
 * over as many people. A few rows have each rare value. Values that are stored encrypted are absent or cannot be opened.
 */

import { FILL_DOCTOR_PATIENTS } from './doctor-patients.ts';

export const ROWS = 100_000;
/** Each of the people who call has so many rows of their own: more than a few pages, few beside all. */
export const OWN_ROWS = 300;
/** Every so many rows have a rare value, which makes more than a page. */
const RARE = 2_000;
const DOCTORS = 1_000;
export const APPOINTMENTS_A_DAY = 288;

export interface Callers {
  readonly patient: string;
  readonly doctor: string;
  readonly admin: string;
}

const KINDS = ['doctor', 'patient', 'appointment', 'entry', 'rebooking', 'location', 'feed', 'other'] as const;

/** The id of the n-th row of a kind. */
export const idOf = (kind: (typeof KINDS)[number], n: number) =>
  `0000000${KINDS.indexOf(kind) + 1}-0000-7000-8000-${String(n).padStart(12, '0')}`;
const id = (kind: (typeof KINDS)[number], n: string) =>
  `('0000000${KINDS.indexOf(kind) + 1}-0000-7000-8000-' || lpad((${n})::text, 12, '0'))::uuid`;

const CONSULTATION = `'01900000-0000-7000-8000-000000000001'::uuid`;
const RARE_TYPE = `'01900000-0000-7000-8000-000000000002'::uuid`;
/** An encrypted value that no key opens. */
const BOX = `'\\x02'::bytea || decode(repeat('00', 60), 'hex')`;
const EACH = `generate_series(0, ${ROWS - 1}) n`;
/** When the newest row was made. */
export const FILLED_UNTIL = '2026-03-02 11:00+00';
/** Recent rows come first: the n-th was made n minutes before. */
const AT = `(timestamptz '${FILLED_UNTIL}' - n * interval '1 minute')`;
/** Appointments lie on both sides of today. */
const STARTS = `(timestamptz '2026-06-01 08:00+00' - n * interval '1 day' / ${APPOINTMENTS_A_DAY})`;
/** 32 bytes that no other row has. */
const hash = (name: string) => `sha256(('${name}' || n)::bytea)`;

function people({ patient, doctor }: Callers): string {
  return `
  INSERT INTO users (id, role, status, timezone, registered_by, created_at, updated_at)
    SELECT ${id('patient', 'n')}, 'patient', 'active', 'UTC', CASE WHEN n % ${RARE} = 1 THEN '${doctor}'::uuid END, ${AT}, ${AT} FROM ${EACH}
    UNION ALL SELECT ${id('doctor', 'n')}, 'doctor', 'active', 'UTC', NULL, ${AT}, ${AT} FROM generate_series(0, ${DOCTORS - 1}) n;
  INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
    SELECT id, 'test', '\\x00', now() FROM users WHERE NOT EXISTS (SELECT 1 FROM data_keys WHERE owner_id = id);
  INSERT INTO doctors (user_id, first_name, last_name, specialty, timezone)
    SELECT ${id('doctor', 'n')}, 'Ada', 'Doctor ' || n, CASE WHEN n % 200 = 0 THEN 'rare' ELSE 'common' END, 'UTC'
    FROM generate_series(0, ${DOCTORS - 1}) n;
  INSERT INTO person_search (token, user_id)
    SELECT substr(${hash('token ')}, 1, 12), ${id('patient', 'n')} FROM ${EACH}
    UNION ALL SELECT token, ${id('patient', 'n')} FROM person_search, generate_series(0, 9) n WHERE user_id = '${patient}';
  INSERT INTO proxies (id, patient_id, person_id, ground, origin, proof, made_by, created_at, accepted_at)
    SELECT ${id('other', 'n')}, ${id('patient', 'n')}, CASE WHEN n < ${OWN_ROWS} THEN '${patient}'::uuid ELSE ${id('patient', `(n + 1) % ${ROWS}`)} END,
      'carer', 'clinic', ${BOX}, '${doctor}', ${AT}, ${AT} FROM ${EACH};
  INSERT INTO patient_merges (id, survivor_id, alias_id, alias_status, merged_by, merged_at, undo_until)
    SELECT ${id('other', 'n')}, ${owned('patient', patient)}, ${id('patient', `(n + 7) % ${ROWS}`)}, 'no_account', '${doctor}', ${AT}, ${AT} FROM ${EACH};
  INSERT INTO processing_limits (id, user_id, kind, ground, set_at, set_by, lifted_at, lifted_by)
    SELECT ${id('other', 'n')}, ${id('patient', 'n')}, 'restriction', 'unlawful', ${AT}, '${doctor}',
      CASE WHEN n % ${RARE} <> 3 THEN now() END, CASE WHEN n % ${RARE} <> 3 THEN '${doctor}'::uuid END FROM ${EACH};
  INSERT INTO clinical_keys (patient_id, key_id, created_at, erased_at)
    SELECT ${id('patient', 'n')}, ${id('other', 'n')}, ${AT}, CASE WHEN n % ${RARE} = 0 THEN now() END FROM ${EACH};
  UPDATE clinical_keys SET held_at = now(), held_by = patient_id, hold_reason = ${BOX} WHERE right(patient_id::text, 4) = '1501';
  INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at) SELECT key_id, 'test', '\\x00', now() FROM clinical_keys;`;
}

/** Of the caller, as far as the caller has rows. */
const owned = (kind: 'patient' | 'doctor', caller: string) =>
  `CASE WHEN n < ${OWN_ROWS} THEN '${caller}'::uuid ELSE ${kind === 'patient' ? id(kind, 'n') : id(kind, `n % ${DOCTORS}`)} END`;

function appointments({ patient, doctor }: Callers): string {
  return `
  INSERT INTO locations (id, name, timezone, created_at, updated_at)
    SELECT ${id('location', 'n')}, 'Location ' || n, 'UTC', now(), now() FROM generate_series(0, 19) n;
  INSERT INTO resources (id, kind, name, location_id, created_at, updated_at)
    SELECT ${id('other', 'n')}, CASE n % 10 WHEN 0 THEN 'device' ELSE 'room' END, 'Place ' || n, ${id('location', 'n % 20')}, now(), now()
    FROM generate_series(0, 199) n;
  INSERT INTO appointments (id, patient_id, doctor_id, appointment_type_id, starts_at, ends_at, timezone, busy, status, cancelled_at, cancelled_by_kind,
      location_id, created_at, updated_at, local_date, local_time, local_version)
    SELECT ${id('appointment', 'n')}, CASE WHEN n % 337 = 0 THEN '${patient}'::uuid ELSE ${id('patient', 'n')} END,
      CASE WHEN n % 331 = 0 THEN '${doctor}'::uuid ELSE ${id('doctor', `n % ${DOCTORS}`)} END,
      CASE WHEN n % ${RARE} = 5 THEN ${RARE_TYPE} ELSE ${CONSULTATION} END, s, s + interval '30 minutes', 'UTC',
      tstzrange(s, s + interval '30 minutes'), status, CASE status WHEN 'cancelled' THEN s END, CASE status WHEN 'cancelled' THEN 'staff' END,
      CASE WHEN n % ${RARE} = 9 THEN ${id('location', '1')} WHEN n % 3 = 0 THEN ${id('location', '0')} END,
      s - interval '9 days', s, s::date, to_char(s, 'HH24:MI'), 1
    FROM (SELECT n, ${STARTS} AS s, CASE WHEN n % ${RARE} = 7 THEN 'requested' WHEN n % 9 = 0 THEN 'cancelled'
        WHEN n < 26000 THEN 'scheduled' ELSE 'completed' END AS status FROM ${EACH}) a;
  INSERT INTO appointment_participants (appointment_id, role, user_id, busy, active, occupancy, lane, additional)
    SELECT id, 'doctor', doctor_id, busy, false, id, 0, false FROM appointments WHERE starts_at > '2026-03-01'
    UNION ALL SELECT id, 'doctor', '${doctor}', busy, false, id, 0, true FROM appointments
      WHERE doctor_id <> '${doctor}' AND right(id::text, 4) = '7777';
  INSERT INTO appointment_steps (appointment_id, version, status, at, by_kind, channel)
    SELECT CASE WHEN n < ${OWN_ROWS} THEN ${id('appointment', '337')} ELSE ${id('appointment', 'n')} END, 1 + n, 'scheduled', ${AT}, 'staff', 'phone'
    FROM ${EACH};
  INSERT INTO waitlist_entries (id, patient_id, appointment_type_id, doctor_id, first_date, last_date, state, rank, created_at, updated_at, version)
    SELECT ${id('entry', 'n')}, ${owned('patient', patient)}, CASE WHEN n % ${RARE} = 5 THEN ${RARE_TYPE} ELSE ${CONSULTATION} END,
      CASE WHEN n % ${RARE} = 6 THEN '${doctor}'::uuid WHEN n % 2 = 0 THEN ${id('doctor', `n % ${DOCTORS}`)} END,
      '2026-03-01', '2026-12-20', CASE WHEN n % ${RARE} = 8 THEN 'offered' WHEN n % 4 = 0 THEN 'booked'
        WHEN n % ${RARE} = 11 THEN 'withdrawn' WHEN n % 4 = 1 THEN 'expired' ELSE 'waiting' END, n % 3, ${AT}, ${AT}, 1 FROM ${EACH};
  INSERT INTO rebookings (id, doctor_id, action, by_kind, created_at)
    SELECT ${id('rebooking', 'n')}, ${owned('doctor', doctor)}, 'cancel', 'admin', ${AT} FROM ${EACH};
  INSERT INTO rebooked_appointments (rebooking_id, appointment_id, state, entry_id)
    SELECT CASE WHEN n < ${OWN_ROWS} THEN ${id('rebooking', '0')} ELSE ${id('rebooking', 'n')} END, ${id('appointment', 'n')},
      CASE WHEN n % ${RARE} = 1 THEN 'pending' WHEN n % 5 = 0 THEN 'waiting' ELSE 'cancelled' END,
      CASE WHEN n % ${RARE} = 10 THEN ${id('entry', 'n')} WHEN n % 5 = 0 THEN ${id('entry', 'n / 20 * 20')} END FROM ${EACH};
  UPDATE rebooked_appointments b SET open = true FROM waitlist_entries e WHERE e.id = b.entry_id AND e.state IN ('waiting', 'offered');
  INSERT INTO availability_overrides (id, doctor_id, date, available, created_at)
    SELECT ${id('other', 'n')}, ${owned('doctor', doctor)}, date '2026-03-03' + n, '[]', ${AT} FROM ${EACH};
  INSERT INTO time_off (id, doctor_id, first_date, last_date, created_at)
    SELECT ${id('other', 'n')}, ${owned('doctor', doctor)}, date '2026-03-03' + n % 900, date '2026-03-05' + n % 900, ${AT} FROM ${EACH};
  INSERT INTO clinic_holidays (id, first_date, last_date, name, created_at)
    SELECT ${id('other', 'n')}, date '2026-03-03' + n * 9, date '2026-03-03' + n * 9, 'Holiday', now() FROM generate_series(0, 59) n;`;
}

function accounts({ patient, doctor }: Callers): string {
  const lives = `now() + interval '1 year'`;
  return `
  INSERT INTO sessions (id, user_id, amr, authenticated_at, transport, device_type, created_at, last_activity_at, expires_at)
    SELECT ${id('other', 'n')}, ${owned('patient', patient)}, '{pwd}', ${AT}, 'bearer', 'desktop', ${AT}, ${AT}, ${lives} FROM ${EACH};
  INSERT INTO trusted_devices (id, user_id, token_hash, created_at, last_used_at, expires_at)
    SELECT ${id('other', 'n')}, ${owned('patient', patient)}, ${hash('device ')}, ${AT}, ${AT}, ${lives} FROM ${EACH};
  INSERT INTO api_keys (id, user_id, prefix, key_hash, scopes, created_at, expires_at)
    SELECT ${id('other', 'n')}, ${owned('patient', patient)}, 'pp_00000000', ${hash('key ')}, '{read:own_profile}', ${AT}, ${lives} FROM ${EACH};
  INSERT INTO calendar_feeds (id, user_id, secret_hash, created_at)
    SELECT ${id('feed', 'n')}, ${owned('patient', patient)}, ${hash('feed ')}, ${AT} FROM ${EACH};
  INSERT INTO data_exports (id, user_id, status, requested_at, completed_at, fetched_at)
    SELECT ${id('other', 'n')}, ${owned('patient', patient)}, 'fetched', ${AT}, ${AT}, ${AT} FROM ${EACH};
  INSERT INTO legal_texts (kind, version, acceptance, valid_from, texts, published_at)
    SELECT 'terms', v::text, 'optional', timestamptz '2020-01-01' + v * interval '1 year', '[{"language": "en", "title": "Terms", "text": "Terms"}]', now()
    FROM generate_series(1, 3) v ON CONFLICT DO NOTHING;
  INSERT INTO consents (id, user_id, kind, version, given, at)
    SELECT ${id('other', 'n')}, ${owned('patient', patient)}, CASE WHEN n % 4 = 3 THEN 'cookies' ELSE 'terms' END,
      CASE WHEN n % ${RARE} = 1 THEN '1' ELSE '2' END, true, ${AT} FROM ${EACH};
  INSERT INTO alerts (id, kind, words, created_by, created_at, version)
    SELECT ${id('other', 'n')}, 'emergency', ${BOX}, '${doctor}', ${AT}, 1 FROM ${EACH};
  INSERT INTO emergency_accesses (id, doctor_id, patient_id, reason, opened_at, expires_at, reviewed_at, reviewed_by, verdict)
    SELECT ${id('other', 'n')}, '${doctor}', ${id('patient', 'n')}, ${BOX}, ${AT}, ${AT} + interval '1 hour',
      CASE WHEN n % ${RARE} <> 2 THEN now() END, CASE WHEN n % ${RARE} <> 2 THEN '${doctor}'::uuid END,
      CASE WHEN n % ${RARE} <> 2 THEN 'justified' END FROM ${EACH};`;
}

/** Every other message is unread, and every fifth delivery was given up. A few messages went out by no channel. */
function messages({ patient }: Callers): string {
  return `
  INSERT INTO notifications (id, user_id, channel, category, template, variables, status, send_at, routed_at, is_listed, read_at, created_at, last_error)
    SELECT ${id('other', 'n')}, ${owned('patient', patient)}, 'email', CASE WHEN n % 50 = 3 THEN 'message' ELSE 'appointment' END,
      'appointment-confirmation', ${BOX}, CASE n % ${RARE} WHEN 1 THEN 'dead' WHEN 2 THEN 'skipped' ELSE 'sent' END, ${AT}, ${AT}, n % 10 <> 7,
      CASE WHEN n % 2 = 0 OR n % 100 > 5 THEN ${AT} END, ${AT}, CASE n % ${RARE} WHEN 2 THEN 'suppressed' END FROM ${EACH};
  INSERT INTO deliveries (id, notification_id, channel, state, send_at, created_at)
    SELECT id, id, CASE WHEN n % 50 = 21 THEN 'push' WHEN n % 25 = 6 THEN 'sms' ELSE 'email' END,
      CASE WHEN n % 5 = 1 THEN 'dead' ELSE status END, send_at, created_at
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM notifications) m;
  INSERT INTO suppressions (id, user_id, channel, address, address_index, reason, provider, since)
    SELECT ${id('other', 'n')}, ${owned('patient', patient)}, CASE WHEN n % 50 = 21 THEN 'sms' ELSE 'email' END, ${BOX}, ${hash('address ')},
      'complained', 'sendgrid', ${AT} FROM ${EACH};
  INSERT INTO push_subscriptions (id, user_id, session_id, kind, target, target_index, label, created_at, registered_at)
    SELECT ${id('other', 'n')}, ${owned('patient', patient)}, ${id('other', 'n')}, 'web', ${BOX}, ${hash('push ')}, ${BOX}, ${AT}, ${AT} FROM ${EACH};`;
}

/** Every fourth event is the platform's. */
function auditLog({ patient, doctor }: Callers): string {
  return `
  INSERT INTO audit_events (stream, sequence, id, event_type, event_category, severity, action, outcome, actor_kind, actor_id, request_id,
      resource_type, resource_id, phi_accessed, data_exported, details, salt, occurred_at, previous_hash, current_hash)
    SELECT CASE WHEN n < ${OWN_ROWS} THEN '${patient}' WHEN n % 4 = 0 THEN 'system/' || n / 4 % 16 ELSE ${id('patient', 'n')}::text END, 10000 + n, ${id('other', 'n')},
      CASE WHEN n % ${RARE} = 1 THEN 'rare.type' WHEN n % 200 = 5 THEN 'file.read' ELSE 'appointment.read' END, CASE WHEN n % ${RARE} = 1 THEN 'admin' ELSE 'data_access' END,
      CASE WHEN n % ${RARE} = 2 THEN 'high' ELSE 'low' END, 'read', CASE WHEN n % ${RARE} = 3 THEN 'failure' ELSE 'success' END, 'user',
      ${owned('doctor', doctor)}, 'request-' || n, CASE WHEN n % ${RARE} = 1 THEN 'rare' WHEN n % 200 = 5 THEN 'file' ELSE 'appointment' END,
      CASE n % 200 WHEN 5 THEN ${id('other', '0')}::text ELSE 'resource-' || n / 30 END,
      true, false, '{}', '\\x00', ${AT}, sha256('\\x00'), sha256('\\x00') FROM ${EACH};
  INSERT INTO audit_addresses (event_id, person_id, address_index, occurred_at)
    SELECT id, actor_id, ${hash('address ').replace('|| n', '|| sequence % 5000')}, occurred_at FROM audit_events
    WHERE NOT EXISTS (SELECT 1 FROM audit_addresses a WHERE a.event_id = audit_events.id);
  INSERT INTO audit_verifications (id, is_scheduled, status, state, version, requested_at, updated_at, finished_at)
    SELECT ${id('other', 'n')}, true, 'sound', v.state, 1, ${AT}, ${AT}, ${AT} FROM ${EACH}, (SELECT state FROM audit_verifications LIMIT 1) v;`;
}

/** Most are lab results; a few are in quarantine, and a few were deleted. */
function files({ patient, doctor }: Callers): string {
  return `
  INSERT INTO files (id, patient_id, uploaded_by, origin, kind, state, mime_type, size_bytes, details, file_key, created_at, completed_at,
      deleted_at, upload_expires_at, version)
    SELECT ${id('other', 'n')}, ${owned('patient', patient)}, '${patient}', 'own', CASE n % 50 WHEN 3 THEN 'insurance' ELSE 'lab_result' END,
      CASE n % ${RARE} WHEN 5 THEN 'infected' ELSE 'clean' END, 'text/plain', 10, ${BOX}, ${BOX}, ${AT}, ${AT},
      CASE n % 40 WHEN 7 THEN ${AT} END, ${AT}, 3 FROM ${EACH};
  INSERT INTO file_shares (id, file_id, origin, shared_by, receiver_id, created_at, expires_at, revoked_at, version)
    SELECT ${id('other', 'n')}, CASE WHEN n < ${OWN_ROWS} THEN ${id('other', '0')} ELSE ${id('other', 'n')} END, 'own', '${patient}',
      CASE WHEN n < ${2 * OWN_ROWS} THEN '${doctor}'::uuid ELSE ${id('doctor', `n % ${DOCTORS}`)} END, ${AT}, now() + interval '1 year',
      CASE WHEN n < ${OWN_ROWS} THEN ${AT} END, 1 FROM ${EACH};`;
}

/** Half of the deliveries are those of the first endpoint. */
function webhooks(): string {
  const endpoint = (n: string) => id('other', `(${n}) % 20`);
  return `
  INSERT INTO webhook_endpoints (id, url, description, event_types, secrets, created_at, updated_at, version)
    SELECT ${id('other', 'n')}, 'https://example.org/' || n, '', '{appointment.booked}', ${BOX}, ${AT}, ${AT}, 1 FROM generate_series(0, 19) n;
  INSERT INTO webhook_events (id, type, data, occurred_at) SELECT ${id('other', 'n')}, 'appointment.booked', '{}', ${AT} FROM ${EACH};
  INSERT INTO webhook_deliveries (id, endpoint_id, event_id, status, next_attempt_at, created_at)
    SELECT ${id('other', 'n')}, CASE n % 2 WHEN 0 THEN ${endpoint('0')} ELSE ${endpoint('n')} END, ${id('other', 'n')}, status,
      CASE status WHEN 'pending' THEN ${AT} END, ${AT}
    FROM (SELECT n, CASE n % ${RARE} WHEN 2 THEN 'failed' WHEN 4 THEN 'pending' ELSE 'delivered' END AS status FROM ${EACH}) d;
  INSERT INTO webhook_attempts (delivery_id, number, at, status_code, duration_ms) SELECT ${id('other', 'n')}, 1, ${AT}, 200, 90 FROM ${EACH};`;
}

/** A few blocks are in force. */
function blocks(): string {
  return `
  INSERT INTO data_keys (owner_id, ring_key_id, wrapped, created_at)
    SELECT ${id('other', 'n')}, 'test', '\\x00', now() FROM ${EACH} ON CONFLICT DO NOTHING;
  INSERT INTO ip_blocks (id, range_index, range, prefix, reason, level, created_at, ends_at, lifted_at)
    SELECT ${id('other', 'n')}, ${hash('range ')}, ${BOX}, 32, 'flooding', 1, ${AT},
      CASE WHEN n % ${RARE} < 2 THEN now() + interval '1 day' ELSE ${AT} + interval '1 hour' END,
      CASE WHEN n % ${RARE} = 1 THEN now() END FROM ${EACH};`;
}

/** Few are open, and few are of a rare rule or severity. */
function findings(): string {
  return `
  INSERT INTO security_findings (id, rule, severity, subject_kind, person_id, count, first_seen_at, last_seen_at, raised_at, reaction,
      closed_at, closed_by, note, version)
    SELECT ${id('other', 'n')}, CASE WHEN n % ${RARE} = 3 THEN 'records_without_appointment' ELSE 'many_accounts_from_address' END,
      CASE WHEN n % ${RARE} = 4 THEN 'low' ELSE 'high' END, 'account', ${id('patient', 'n')}, 10, ${AT}, ${AT}, ${AT}, 'none',
      CASE WHEN n % ${RARE} <> 5 THEN ${AT} END, CASE WHEN n % ${RARE} <> 5 THEN ${id('patient', 'n')} END,
      CASE WHEN n % ${RARE} <> 5 THEN ${BOX} END, 2 FROM ${EACH};`;
}

interface Client {
  query(statement: string): Promise<unknown>;
}

/** @param client of the owner of a database that has the callers and a verification of the log, and otherwise nothing */
export async function fillLists(client: Client, callers: Callers): Promise<void> {
  await client.query(`SET session_replication_role = replica; SET TIME ZONE 'UTC'; SET synchronous_commit = off`);
  for (const rows of [people, appointments, accounts, messages, auditLog, webhooks, files, blocks, findings])
    await client.query(rows(callers));
  await client.query(FILL_DOCTOR_PATIENTS);
  await client.query('RESET session_replication_role');
  await client.query('VACUUM (ANALYZE)');
}
