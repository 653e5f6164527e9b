/** Tables of scheduling: appointments, the waitlist, and the hours of doctors. */
import {
  type AfterErasure,
  becomes,
  type Chapter,
  exported,
  FORMER,
  HISTORY_TELLS,
  type InCopy,
  type KeptTable,
  kept,
  SECRET,
  sealed,
  type TableFate,
  TECHNICAL,
  UNREADABLE,
  WHOSE,
  withheld,
} from './fates.ts';

const RECORD = kept('medical-record law asks the clinic to keep which appointments took place (GDPR Art. 17(3)(b))');
const PLANNING = withheld('how the clinic plans its time');
const IN_APPOINTMENTS = withheld('told in the chapter of the appointment');
const WORK = kept('the clinic’s working time, which appointments refer to; the doctor’s account is emptied');

const SPECIALTY_INDEX = withheld('a keyed hash of the specialty, by which it is found');

/** Columns that stay when the person is erased, all on the same ground. */
function stays(ground: AfterErasure, columns: Readonly<Record<string, InCopy>>): KeptTable['columns'] {
  return Object.fromEntries(Object.entries(columns).map(([name, copy]) => [name, [copy, ground]]));
}

/** A chapter of rows that have an id. */
function byId(chapter: Omit<Chapter, 'key' | 'keyType'>): Chapter {
  return { ...chapter, key: 'id', keyType: 'uuid' };
}

export const SCHEDULING_TABLES = {
  appointments: {
    rows: 'kept',
    owners: [{ column: 'patient_id' }],
    except: { owners: [{ column: 'held_by' }, { column: 'patient_id' }], where: { column: 'status', is: 'held' } },
    chapter: byId({
      name: 'appointments',
      title: 'Your appointments',
      about: 'Each appointment, with what you told the doctor and what the clinic noted.',
    }),
    columns: {
      ...stays(RECORD, {
        id: exported('id'),
        patient_id: WHOSE,
        doctor_id: exported('doctor'),
        appointment_type_id: exported('appointmentType', { as: 'type' }),
        starts_at: exported('instant', { as: 'start' }),
        ends_at: exported('instant', { as: 'end' }),
        timezone: exported('text'),
        busy: PLANNING,
        status: exported('text'),
        hold_expires_at: withheld('only of times that are held for minutes'),
        held_by: HISTORY_TELLS,
        occupancy: PLANNING,
        lane: PLANNING,
        outside_rules: PLANNING,
      }),
      reason: [sealed('text'), UNREADABLE],
      symptoms: [sealed('text'), UNREADABLE],
      notes: [
        sealed('text'),
        kept('clinical text under the clinical key, for the clinic’s retention (GDPR Art. 17(3)(b), (c); ADR 0108)'),
      ],
      ...stays(RECORD, {
        series_id: exported('id'),
        reschedule_count: exported('integer'),
        cancelled_by: HISTORY_TELLS,
        cancelled_by_kind: exported('text', { as: 'cancelledBy' }),
        cancelled_at: exported('instant'),
      }),
      cancellation_reason: [sealed('text'), UNREADABLE],
      exception_reason: [withheld('how the clinic plans its time, in its own words'), UNREADABLE],
      ...stays(RECORD, {
        created_by: HISTORY_TELLS,
        version: TECHNICAL,
        created_at: exported('instant'),
        updated_at: exported('instant'),
      }),
    },
  },
  appointment_participants: {
    rows: 'kept',
    owners: [{ column: 'user_id' }],
    columns: stays(RECORD, {
      appointment_id: IN_APPOINTMENTS,
      role: IN_APPOINTMENTS,
      user_id: WHOSE,
      resource_id: PLANNING,
      participant_id: IN_APPOINTMENTS,
      busy: PLANNING,
      active: IN_APPOINTMENTS,
      occupancy: PLANNING,
      lane: PLANNING,
    }),
  },
  appointment_series: {
    rows: 'kept',
    owners: [{ column: 'patient_id' }],
    chapter: byId({
      name: 'series',
      title: 'Series of appointments',
      about: 'Appointments that were booked together.',
    }),
    columns: {
      ...stays(RECORD, {
        id: exported('id'),
        patient_id: WHOSE,
        doctor_id: exported('doctor'),
        appointment_type_id: exported('appointmentType', { as: 'type' }),
        frequency: exported('text'),
        every: exported('integer'),
        occurrences: exported('integer'),
        first_date: exported('date'),
        start_time: exported('text'),
        created_at: exported('instant'),
      }),
    },
  },
  waitlist_offers: {
    rows: 'deleted',
    owners: [{ column: 'patient_id' }],
    chapter: byId({
      name: 'waitlistOffers',
      title: 'Times offered to you',
      about: 'Free times that the waitlist offered you.',
    }),
    columns: {
      id: exported('id'),
      entry_id: exported('id'),
      patient_id: WHOSE,
      hold_id: TECHNICAL,
      doctor_id: exported('doctor'),
      starts_at: exported('instant', { as: 'start' }),
      ends_at: exported('instant', { as: 'end' }),
      state: exported('text'),
      created_at: exported('instant'),
      expires_at: exported('instant'),
      version: TECHNICAL,
    },
  },
  waitlist_entries: {
    rows: 'deleted',
    owners: [{ column: 'patient_id' }],
    chapter: byId({
      name: 'waitlist',
      title: 'Your place on the waitlist',
      about: 'What you waited for, and what came of it.',
    }),
    columns: {
      id: exported('id'),
      patient_id: WHOSE,
      appointment_type_id: exported('appointmentType', { as: 'type' }),
      doctor_id: exported('doctor'),
      specialty: sealed('text'),
      specialty_index: SPECIALTY_INDEX,
      first_date: exported('date'),
      last_date: exported('date'),
      window_start: exported('text'),
      window_end: exported('text'),
      rank: exported('integer'),
      state: exported('text'),
      created_at: exported('instant'),
      updated_at: exported('instant'),
      version: TECHNICAL,
      unsealed_specialty: FORMER,
    },
  },
  calendar_feeds: {
    rows: 'deleted',
    owners: [{ column: 'user_id' }],
    chapter: byId({
      name: 'calendarFeeds',
      title: 'Calendar links',
      about: 'Links by which a calendar program fetches your appointments, without their secrets.',
    }),
    columns: {
      id: exported('id'),
      user_id: WHOSE,
      secret_hash: SECRET,
      created_at: exported('instant'),
      revoked_at: exported('instant'),
    },
  },
  doctors: {
    rows: 'kept',
    owners: [{ column: 'user_id' }],
    version: 'version',
    chapter: {
      name: 'doctorEntry',
      title: 'Your entry in the directory',
      about: 'What patients see of you, if you are a doctor here.',
      key: 'user_id',
      keyType: 'uuid',
    },
    columns: {
      ...stays(WORK, {
        user_id: WHOSE,
      }),
      first_name: [exported('text'), becomes('')],
      last_name: [exported('text'), becomes('')],
      specialty: [exported('text'), becomes(null)],
      specialty_index: [SPECIALTY_INDEX, becomes(null)],
      languages: [exported('texts'), becomes('{}')],
      ...stays(WORK, {
        timezone: exported('text'),
      }),
      accepting_patients: [exported('flag'), becomes(false)],
      bio: [exported('text'), becomes(null)],
      ...stays(WORK, {
        version: TECHNICAL,
        availability_version: TECHNICAL,
      }),
    },
  },
  availability_rules: {
    rows: 'kept',
    owners: [{ column: 'doctor_id' }],
    chapter: {
      name: 'workingHours',
      title: 'Your working hours',
      about: 'The hours in which patients can book you, if you are a doctor here.',
      key: 'position',
      keyType: 'integer',
    },
    columns: {
      ...stays(WORK, {
        doctor_id: WHOSE,
        position: TECHNICAL,
        weekday: exported('integer'),
        start_time: exported('text'),
        end_time: exported('text'),
        appointment_type_ids: withheld('which types of appointment: the clinic’s planning'),
        valid_from: exported('date'),
        valid_until: exported('date'),
      }),
    },
  },
  availability_overrides: {
    rows: 'kept',
    owners: [{ column: 'doctor_id' }],
    chapter: byId({
      name: 'workingHoursOnDates',
      title: 'Your hours on single days',
      about: 'Days on which your hours differ, if you are a doctor here.',
    }),
    columns: {
      ...stays(WORK, {
        id: exported('id'),
        doctor_id: WHOSE,
        date: exported('date'),
        available: exported('objects'),
        created_at: exported('instant'),
      }),
    },
  },
  time_off: {
    rows: 'kept',
    owners: [{ column: 'doctor_id' }],
    chapter: byId({
      name: 'timeOff',
      title: 'Your time off',
      about: 'When you were away, and why, if you are a doctor here.',
    }),
    columns: {
      ...stays(WORK, {
        id: exported('id'),
        doctor_id: WHOSE,
        first_date: exported('date'),
        last_date: exported('date'),
      }),
      reason: [sealed('text'), becomes(null)],
      ...stays(WORK, {
        created_at: exported('instant'),
      }),
      unsealed_reason: [FORMER, becomes(null)],
    },
  },
  appointment_types: {
    rows: 'impersonal',
    why: 'What the clinic offers',
    columns: [
      'id',
      'code',
      'name',
      'duration_minutes',
      'buffer_before_minutes',
      'buffer_after_minutes',
      'minimum_notice_minutes',
      'horizon_days',
      'slot_interval_minutes',
      'capacity',
      'daily_limit',
      'active',
      'created_at',
      'updated_at',
      'version',
    ],
  },
  locations: {
    rows: 'impersonal',
    why: 'Where the clinic is',
    columns: [
      'id',
      'name',
      'timezone',
      'street',
      'city',
      'state',
      'postal_code',
      'country',
      'phone',
      'directions',
      'active',
      'created_at',
      'updated_at',
      'version',
    ],
  },
  resources: {
    rows: 'impersonal',
    why: 'Rooms and devices',
    columns: ['id', 'kind', 'name', 'location_id', 'active', 'created_at', 'updated_at', 'version'],
  },
  clinic_holidays: {
    rows: 'impersonal',
    why: 'When the clinic is closed',
    columns: ['id', 'first_date', 'last_date', 'name', 'created_at'],
  },
} as const satisfies Readonly<Record<string, TableFate>>;
