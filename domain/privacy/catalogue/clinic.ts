/** Tables of the clinic: doctors and their hours, types of appointment, locations, resources and holidays. */
import {
  becomes,
  byId,
  exported,
  FORMER,
  kept,
  SPECIALTY_INDEX,
  sealed,
  stays,
  type TableFate,
  TECHNICAL,
  WHOSE,
  withheld,
} from './fates.ts';

const WORK = kept('the clinic’s working time, which appointments refer to; the doctor’s account is emptied');

export const CLINIC_TABLES = {
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
      video_link: [exported('text', { as: 'videoLink' }), becomes(null)],
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
        location_id: withheld('where: the clinic’s planning'),
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
      'requires',
      'visit_modes',
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
  timezone_rules: {
    rows: 'impersonal',
    why: 'How far appointments were compared with the rules of the time zones',
    columns: ['only_row', 'version', 'comparing', 'after_doctor', 'moved', 'updated_at'],
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
