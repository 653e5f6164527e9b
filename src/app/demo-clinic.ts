/** The people of the demo clinic and their appointments. */

const demoId = (end: string) => `01900000-0000-7000-8000-0000000000${end}`;

/**
 * The same in every demo clinic, so that the examples of the OpenAPI document work there. No secret depends on an id, and a
 * demo clinic is made in an empty database alone.
 */
export const DEMO_IDS = {
  admin: demoId('a1'),
  okafor: demoId('a2'),
  sato: demoId('a3'),
  patient: demoId('a4'),
  staff: demoId('a5'),
  yilmaz: demoId('a6'),
  /** As in `VISITS`. */
  visits: [
    demoId('b1'),
    demoId('b2'),
    demoId('b3'),
    demoId('b4'),
    demoId('b5'),
    demoId('b6'),
    demoId('b7'),
    demoId('b8'),
    demoId('b9'),
  ],
  /** The type of appointment, which every clinic has. */
  consultation: demoId('01'),
} as const;

const NO_ADDRESS = { state: null, phone: null, active: true } as const;

export const LOCATIONS = {
  river: {
    ...NO_ADDRESS,
    name: 'Practice by the river',
    timezone: 'Europe/Berlin',
    street: 'Uferstraße 8',
    city: 'Berlin',
    postalCode: '13357',
    country: 'DE',
    directions: 'Second floor, lift on the left',
  },
  downtown: {
    ...NO_ADDRESS,
    name: 'Downtown office',
    timezone: 'America/New_York',
    street: '40 Rector Street',
    city: 'New York',
    postalCode: '10006',
    country: 'US',
    directions: null,
  },
} as const;

export const RESOURCES = [
  { location: 'river', kind: 'room', name: 'Room 1' },
  { location: 'river', kind: 'room', name: 'Gymnastics room' },
  { location: 'river', kind: 'device', name: 'Ultrasound' },
  { location: 'downtown', kind: 'room', name: 'Room A' },
] as const;

export const DOCTORS = {
  okafor: {
    id: DEMO_IDS.okafor,
    role: 'doctor',
    email: 'dr.okafor@demo.example',
    firstName: 'Chidi',
    lastName: 'Okafor',
    specialty: 'General practice',
    location: 'river',
    timezone: 'Europe/Berlin',
    start: '09:00',
    end: '17:00',
  },
  sato: {
    id: DEMO_IDS.sato,
    role: 'doctor',
    email: 'dr.sato@demo.example',
    firstName: 'Yuki',
    lastName: 'Sato',
    specialty: 'Dermatology',
    location: 'downtown',
    timezone: 'America/New_York',
    start: '08:00',
    end: '14:00',
  },
  yilmaz: {
    id: DEMO_IDS.yilmaz,
    role: 'doctor',
    email: 'dr.yilmaz@demo.example',
    firstName: 'Elif',
    lastName: 'Yilmaz',
    specialty: 'Cardiology',
    location: 'river',
    timezone: 'Europe/Berlin',
    start: '09:00',
    end: '15:00',
  },
} as const;
export const PATIENT = {
  id: DEMO_IDS.patient,
  role: 'patient',
  email: 'patient@demo.example',
  firstName: 'Maria',
  lastName: 'Silva',
  dateOfBirth: '1988-02-29',
} as const;
export const RECEPTION = {
  id: DEMO_IDS.staff,
  role: 'staff',
  email: 'reception@demo.example',
  firstName: 'Rosa',
  lastName: 'Lindqvist',
} as const;
export const PEOPLE = [
  { id: DEMO_IDS.admin, role: 'admin', email: 'admin@demo.example', firstName: 'Ada', lastName: 'Berg' },
  RECEPTION,
  DOCTORS.okafor,
  DOCTORS.sato,
  DOCTORS.yilmaz,
  PATIENT,
] as const;

/** Patients may answer it until the visit. */
export const DEMO_QUESTION = {
  id: 'first_opinion',
  text: 'What did the first doctor advise?',
  kind: 'text',
  required: false,
  choices: [],
} as const;

/** What a clinic may want besides the types that every clinic has. */
export const TYPES = {
  /** The clinic approves what patients book. */
  second_opinion: {
    name: 'Second opinion',
    durationMinutes: 45,
    minimumNoticeMinutes: 1440,
    requiresApproval: true,
    questions: [DEMO_QUESTION],
  },
  /** A group session in a room. */
  back_school: { name: 'Back school', durationMinutes: 60, capacity: 6, requires: ['room'] },
  video_call: { name: 'Video call', durationMinutes: 20, visitModes: ['video', 'phone'] },
} as const;

/** Days are relative to the start of the seeding; an appointment takes the third free time from its day on. */
export interface Visit {
  readonly doctor: keyof typeof DOCTORS;
  /** Who takes part besides: then the reception books. */
  readonly additional?: keyof typeof DOCTORS;
  readonly typeCode: 'consultation' | 'follow_up' | 'routine_checkup' | keyof typeof TYPES;
  readonly reason: string;
  readonly bookedOnDay: number;
  readonly day: number;
  readonly outcome: 'completed' | 'cancelled' | 'confirmed' | 'scheduled' | 'requested';
  /** The day of the outcome. Default for a completed appointment: when it ended. */
  readonly settledOnDay?: number;
}

export const OPENED_ON_DAY = -28;
/** In the order in which they are booked and settled. */
export const VISITS: readonly Visit[] = [
  {
    doctor: 'okafor',
    typeCode: 'consultation',
    reason: 'A cough that does not go away',
    bookedOnDay: -21,
    day: -17,
    outcome: 'completed',
  },
  {
    doctor: 'sato',
    typeCode: 'consultation',
    reason: 'A rash on the left arm',
    bookedOnDay: -10,
    day: -5,
    outcome: 'cancelled',
    settledOnDay: -7,
  },
  {
    doctor: 'okafor',
    typeCode: 'follow_up',
    reason: 'The cough, after two weeks',
    bookedOnDay: -2,
    day: 3,
    outcome: 'confirmed',
    settledOnDay: -1,
  },
  { doctor: 'sato', typeCode: 'routine_checkup', reason: 'Skin check', bookedOnDay: 0, day: 10, outcome: 'scheduled' },
  {
    doctor: 'sato',
    typeCode: 'second_opinion',
    reason: 'Whether the mole has to be removed',
    bookedOnDay: 0,
    day: 20,
    outcome: 'requested',
  },
  {
    doctor: 'okafor',
    typeCode: 'second_opinion',
    reason: 'The pills against high blood pressure',
    bookedOnDay: 0,
    day: 25,
    outcome: 'requested',
  },
  {
    doctor: 'okafor',
    typeCode: 'back_school',
    reason: 'Back pain after long days at the desk',
    bookedOnDay: 0,
    day: 27,
    outcome: 'scheduled',
  },
  {
    doctor: 'sato',
    typeCode: 'video_call',
    reason: 'The result of the skin check',
    bookedOnDay: 0,
    day: 29,
    outcome: 'scheduled',
  },
  {
    doctor: 'okafor',
    additional: 'yilmaz',
    typeCode: 'consultation',
    reason: 'Whether the heart bears an operation',
    bookedOnDay: 0,
    day: 31,
    outcome: 'scheduled',
  },
];
