/** What the GET routes of scheduling show. */
import { TUESDAY, WEDNESDAY } from '../scheduling/clinic.ts';
import { ABSENT, FORBIDDEN, OWN, type Rule } from './reading-rules.ts';

const directory = (path?: string): Rule => ({
  ...(path === undefined ? {} : { path }),
  persons: OWN,
  keys: { 'read:directory': OWN },
});

/** For the clinic, and doctors of their own patients; to other doctors the answer `otherwise`. */
const clinic = (otherwise: 'own' | 'absent', path?: string): Rule => {
  const shown = { herDoctor: 'shown', otherDoctor: otherwise, staff: 'shown', admin: 'shown' } as const;
  return {
    ...(path === undefined ? {} : { path }),
    persons: { maria: 'forbidden', paul: 'forbidden', ...shown },
    keys: { 'read:patient_records': shown },
  };
};

const OF_PATIENTS = { herDoctor: 'shown', otherDoctor: 'absent', staff: 'shown', admin: 'shown' } as const;
/** For the patient, the clinic and doctors of their own patients. */
const HERS = { maria: 'shown', paul: 'absent', ...OF_PATIENTS } as const;
const ONLY_SHE = { ...ABSENT, maria: 'shown' } as const;

export const SCHEDULING_READING: Readonly<Record<string, Rule>> = {
  'GET /api/v1/doctors': directory(),
  'GET /api/v1/doctors/{id}': directory('/doctors/{doctor}'),
  'GET /api/v1/doctors/{id}/delay': directory('/doctors/{doctor}/delay'),
  'GET /api/v1/appointment-types': directory(),
  'GET /api/v1/appointment-types/{id}': directory('/appointment-types/{type}'),
  'GET /api/v1/doctors/{id}/availability': directory('/doctors/{doctor}/availability'),
  'GET /api/v1/doctors/{id}/availability/overrides': directory('/doctors/{doctor}/availability/overrides'),
  'GET /api/v1/doctors/{id}/availability/overrides/{overrideId}': directory(
    '/doctors/{doctor}/availability/overrides/{override}',
  ),
  'GET /api/v1/locations': directory(),
  'GET /api/v1/locations/{id}': directory('/locations/{location}'),
  'GET /api/v1/resources': directory(),
  'GET /api/v1/resources/{id}': directory('/resources/{room}'),
  'GET /api/v1/clinic/holidays': directory(),
  'GET /api/v1/rebookings': {
    persons: { ...OWN, maria: 'forbidden', paul: 'forbidden' },
    keys: { 'manage:availability': { herDoctor: 'own', otherDoctor: 'own', staff: 'own', admin: 'own' } },
  },
  'GET /api/v1/rebookings/{id}/appointments': clinic('absent', '/rebookings/{rebooking}/appointments'),
  'GET /api/v1/rebookings/{id}': {
    path: '/rebookings/{rebooking}',
    persons: { ...OWN, maria: 'forbidden', paul: 'forbidden', otherDoctor: 'absent' },
    keys: { 'manage:availability': { herDoctor: 'own', otherDoctor: 'absent', staff: 'own', admin: 'own' } },
  },
  'GET /api/v1/doctors/{id}/time-off': {
    path: '/doctors/{doctor}/time-off',
    persons: { ...OWN, maria: 'forbidden', paul: 'forbidden', otherDoctor: 'absent' },
    keys: { 'manage:availability': { herDoctor: 'own', otherDoctor: 'absent', staff: 'own', admin: 'own' } },
  },
  'GET /api/v1/appointments/available-slots': {
    path: `/appointments/available-slots?doctorId={doctor}&date=${WEDNESDAY}`,
    persons: OWN,
    keys: { 'read:slots': OWN },
  },
  'GET /api/v1/appointments/next-available': { persons: OWN, keys: { 'read:slots': OWN } },
  'GET /api/v1/appointments': clinic('own'),
  'GET /api/v1/clinic/settings': {
    persons: { ...OWN, maria: 'forbidden', paul: 'forbidden' },
    keys: { 'manage:availability': { herDoctor: 'own', otherDoctor: 'own', staff: 'own', admin: 'own' } },
  },
  'GET /api/v1/clinic/day': clinic('own', `/clinic/day?date=${TUESDAY}`),
  'GET /api/v1/appointments/my': {
    persons: { ...OWN, maria: 'shown', herDoctor: 'shown' },
    keys: { 'read:own_appointments': { ...OWN, maria: 'shown', herDoctor: 'shown' } },
  },
  'GET /api/v1/appointments/upcoming': {
    persons: { ...OWN, maria: 'shown', herDoctor: 'shown' },
    keys: { 'read:own_appointments': { ...OWN, maria: 'shown', herDoctor: 'shown' } },
  },
  'GET /api/v1/appointments/user/{userId}': {
    persons: HERS,
    keys: { 'read:patient_records': OF_PATIENTS, 'read:own_appointments': ONLY_SHE },
  },
  'GET /api/v1/patients/{id}/proxies': { persons: HERS, keys: { 'read:own_appointments': ONLY_SHE } },
  'GET /api/v1/users/me/dependants': {
    persons: { ...FORBIDDEN, maria: 'own', paul: 'own' },
    keys: { 'manage:own_proxies': { maria: 'own', paul: 'own' } },
  },
  'GET /api/v1/appointments/{id}': {
    path: '/appointments/{appointment}',
    persons: {
      maria: 'shown',
      paul: 'absent',
      herDoctor: 'shown',
      otherDoctor: 'absent',
      staff: 'shown',
      admin: 'shown',
    },
    keys: { 'read:own_appointments': { ...ABSENT, maria: 'shown', herDoctor: 'shown' } },
  },
  'GET /api/v1/appointments/{id}/steps': {
    path: '/appointments/{appointment}/steps',
    persons: {
      maria: 'shown',
      paul: 'absent',
      herDoctor: 'shown',
      otherDoctor: 'absent',
      staff: 'shown',
      admin: 'shown',
    },
    keys: { 'read:own_appointments': { ...ABSENT, maria: 'shown', herDoctor: 'shown' } },
  },
  'GET /api/v1/appointments/{id}/intake': {
    path: '/appointments/{appointment}/intake',
    persons: {
      maria: 'shown',
      paul: 'absent',
      herDoctor: 'shown',
      otherDoctor: 'absent',
      staff: 'shown',
      admin: 'shown',
    },
    keys: { 'read:own_appointments': { ...ABSENT, maria: 'shown', herDoctor: 'shown' } },
  },
  'GET /api/v1/appointments/{id}.ics': {
    path: '/appointments/{appointment}.ics',
    persons: {
      maria: 'shown',
      paul: 'absent',
      herDoctor: 'shown',
      otherDoctor: 'absent',
      staff: 'shown',
      admin: 'shown',
    },
    keys: { 'read:own_appointments': { ...ABSENT, maria: 'shown', herDoctor: 'shown' } },
  },
  'GET /api/v1/waitlist': {
    path: '/waitlist?patientId={id}',
    persons: {
      maria: 'shown',
      paul: 'absent',
      herDoctor: 'shown',
      otherDoctor: 'absent',
      staff: 'shown',
      admin: 'shown',
    },
    keys: { 'read:own_appointments': { ...FORBIDDEN, maria: 'shown', paul: 'absent' } },
  },
  'GET /api/v1/calendar/feeds': {
    persons: { ...OWN, maria: 'shown' },
    keys: {
      'manage:own_calendar_feeds': { maria: 'shown', paul: 'own', herDoctor: 'own', otherDoctor: 'own' },
      'manage:clinic_calendar_feeds': { staff: 'own', admin: 'own' },
    },
  },
};
