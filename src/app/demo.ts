/**
 * A small clinic to try the portal with: an administrator, the reception, three doctors with working hours at two locations
 * with rooms, and a patient with past and future appointments, of which one is a group session, one by video and one with
 * two doctors. Everything is created in chronological order, and each step first checks whether it was done already, so that
 * an interrupted start continues where it stopped.
 */

import type { User } from '../../domain/identity/user.ts';
import type { LocationId } from '../../domain/scheduling/location.ts';
import type { AppointmentRecord } from '../../domain/scheduling/ports.ts';
import type { UserActor } from '../../domain/shared/actor.ts';
import { toBase64Url } from '../../domain/shared/bytes.ts';
import type { AppointmentId, UserId } from '../../domain/shared/ids.ts';
import type { Role } from '../../domain/shared/permissions.ts';
import { addDays, type Instant, MILLISECONDS_PER_DAY } from '../../domain/shared/time.ts';
import { localDateAt, localTimeAt, type ZoneId } from '../../domain/shared/zone.ts';
import { execute } from './command.ts';
import { type Context, type Deps, newId } from './context.ts';
import { DEMO_IDS, DOCTORS, OPENED_ON_DAY, PATIENT, PEOPLE, RECEPTION, VISITS, type Visit } from './demo-clinic.ts';
import { ensureLocations, ensureResources, ensureTypes } from './demo-places.ts';
import { capture, required } from './demo-steps.ts';
import { provisionUser } from './identity/accounts.ts';
import { systemContext } from './identity/first-admin.ts';
import { LEAVE } from './scheduling/affected.ts';
import { bookAppointment, readAppointments } from './scheduling/appointments.ts';
import { shownDates, weeklyHoursCommand } from './scheduling/availability.ts';
import type { Booked } from './scheduling/booked.ts';
import { advanceStatus, cancelAppointment } from './scheduling/lifecycle.ts';
import { listSlots } from './scheduling/slots.ts';

export interface DemoLogin {
  readonly role: Role;
  readonly email: string;
  readonly password: string;
}

/** The state that a seeding keeps across an interruption. */
export interface DemoPlan {
  /**
   * The password of all accounts. It is generated per demo, so that nobody can guess it for a demo that is reachable.
   */
  readonly password: string;
  /** The dates of the appointments are relative to this time. */
  readonly startedAt: Instant;
}

const SLOTS_SEARCHED_DAYS = 7;
const SLOT_CHOSEN = 2;

export function newDemoPlan(deps: Pick<Deps, 'random' | 'clock'>): DemoPlan {
  return { password: `demo-${toBase64Url(deps.random.bytes(9))}`, startedAt: deps.clock.now() };
}

/** @param tell called before each step */
export async function seedDemo(deps: Deps, plan: DemoPlan, tell: (step: string) => void): Promise<DemoLogin[]> {
  const made = new Map<string, User>();
  for (const [index, person] of PEOPLE.entries()) {
    tell(`Creating the demo clinic: account ${index + 1} of ${PEOPLE.length}`);
    made.set(person.email, await ensurePerson(deps, plan, person));
  }
  const userOf = ({ email }: { readonly email: string }) => {
    const user = made.get(email);
    if (user === undefined) throw new Error(`the demo lacks ${email}`);
    return user;
  };
  tell('Creating the demo clinic: working hours and appointments');
  const opening = onDay(deps, plan, OPENED_ON_DAY);
  const locations = await ensureLocations(deps, opening);
  await ensureResources(deps, opening, locations);
  await ensureTypes(deps, opening);
  for (const doctor of Object.values(DOCTORS)) {
    await ensureHours(deps, plan, userOf(doctor).id, doctor, locations[doctor.location]);
  }
  const patient = userOf(PATIENT);
  const existing = await appointmentsOf(deps, patient);
  for (const [index, visit] of VISITS.entries()) {
    const doctor = userOf(DOCTORS[visit.doctor]);
    const id = DEMO_IDS.visits[index] as AppointmentId | undefined;
    const people = {
      patient,
      doctor,
      additional: visit.additional === undefined ? [] : [userOf(DOCTORS[visit.additional])],
      bookedBy: visit.additional === undefined ? patient : userOf(RECEPTION),
    };
    const found = existing.find(({ appointment }) => appointment.id === id);
    const record = found ?? (await bookVisit(deps, plan, visit, id, people));
    await settleVisit(deps, plan, visit, record, patient, doctor);
  }
  return PEOPLE.map(({ role, email }) => ({ role, email, password: plan.password }));
}

function onDay(deps: Deps, plan: DemoPlan, day: number): Context {
  return at(deps, plan.startedAt + day * MILLISECONDS_PER_DAY);
}

function at(deps: Deps, now: Instant): Context {
  return { ...systemContext(deps), now };
}

async function ensurePerson(deps: Deps, plan: DemoPlan, person: (typeof PEOPLE)[number]): Promise<User> {
  const [existing] = await deps.database.load(deps.loads.identity.userByEmail(person.email));
  if (existing !== undefined) return existing;
  return provisionUser(deps, onDay(deps, plan, OPENED_ON_DAY), {
    id: person.id as UserId,
    email: person.email,
    password: plan.password,
    firstName: person.firstName,
    lastName: person.lastName,
    dateOfBirth: 'dateOfBirth' in person ? person.dateOfBirth : null,
    phoneNumber: null,
    timezone: 'timezone' in person ? person.timezone : 'Europe/Berlin',
    language: 'en',
    role: person.role,
    doctor: 'specialty' in person ? { specialty: person.specialty, languages: ['en'] } : null,
  });
}

async function ensureHours(
  deps: Deps,
  plan: DemoPlan,
  doctorId: UserId,
  { timezone, start, end }: (typeof DOCTORS)[keyof typeof DOCTORS],
  locationId: LocationId,
): Promise<void> {
  const context = onDay(deps, plan, OPENED_ON_DAY);
  const [current] = await deps.database.load(deps.loads.scheduling.availability(doctorId, shownDates(context.now)));
  if (current !== undefined && current.weekly.rules.length > 0) return;
  const weekly = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start, end, locationId }));
  const admin = { role: 'admin', userId: doctorId } as const;
  required(
    await execute(deps, context, weeklyHoursCommand(deps, context, admin, doctorId, { timezone, weekly }, LEAVE, null)),
  );
}

async function appointmentsOf(deps: Deps, patient: User): Promise<AppointmentRecord[]> {
  const everything = {
    patientId: patient.id,
    doctorIds: null,
    typeCode: null,
    locationId: null,
    from: null,
    to: null,
    statuses: null,
  };
  const page = { after: null, limit: VISITS.length };
  return readAppointments(deps, systemContext(deps), actingAs(deps, patient), everything, page);
}

interface VisitPeople {
  readonly patient: User;
  readonly doctor: User;
  readonly additional: readonly User[];
  readonly bookedBy: User;
}

async function bookVisit(
  deps: Deps,
  plan: DemoPlan,
  visit: Visit,
  id: AppointmentId | undefined,
  { patient, doctor, additional, bookedBy }: VisitPeople,
): Promise<AppointmentRecord> {
  const context = onDay(deps, plan, visit.bookedOnDay);
  const from = localDateAt(doctor.timezone as ZoneId, plan.startedAt + visit.day * MILLISECONDS_PER_DAY);
  const { typeCode, reason } = visit;
  const query = { doctorId: doctor.id, typeCode, from, to: addDays(from, SLOTS_SEARCHED_DAYS), viewer: null };
  const { slots, timezone } = required(await listSlots(deps, context, query));
  const slot = slots[SLOT_CHOSEN];
  if (slot === undefined) throw new Error(`the demo’s ${visit.doctor} has no free time from ${from}`);
  const request = {
    doctorId: doctor.id,
    typeCode,
    date: localDateAt(timezone, slot.start),
    startTime: localTimeAt(timezone, slot.start),
    endTime: null,
    patientId: patient.id,
    additionalDoctorIds: additional.map((each) => each.id),
    reason,
    symptoms: null,
    notes: null,
    holdId: null,
    giveBack: null,
    answers: [],
    visitMode: null,
    exception: null,
  };
  const by = actingAs(deps, bookedBy);
  const { record } = await capture<Booked>((represent) => bookAppointment(deps, context, by, request, represent, id));
  return record;
}

/** Brings an appointment to its outcome from any status. */
async function settleVisit(
  deps: Deps,
  plan: DemoPlan,
  visit: Visit,
  record: AppointmentRecord,
  patient: User,
  doctor: User,
): Promise<void> {
  const { id, end, status } = record.appointment;
  if (status === visit.outcome) return;
  const byDoctor = actingAs(deps, doctor);
  const when = visit.settledOnDay === undefined ? at(deps, end) : onDay(deps, plan, visit.settledOnDay);
  const change = { expectedVersion: null, following: false };
  const run = (context: Context, action: Parameters<typeof advanceStatus>[4]) =>
    capture((represent) => advanceStatus(deps, context, byDoctor, id, action, null, represent));
  switch (visit.outcome) {
    case 'completed':
      if (status === 'scheduled') await run(onDay(deps, plan, visit.bookedOnDay), 'confirm');
      if (status !== 'in_progress') await run(at(deps, record.appointment.start), 'check_in');
      await run(when, 'complete');
      return;
    case 'confirmed':
      await run(when, 'confirm');
      return;
    case 'cancelled': {
      const reason = 'It went away by itself';
      const byPatient = actingAs(deps, patient);
      await capture((represent) => cancelAppointment(deps, when, byPatient, id, { ...change, reason }, represent));
      return;
    }
    case 'scheduled':
    case 'requested':
      return;
  }
}

/** A demo user as if signed in. The audit log records the real actor, the system. */
function actingAs(deps: Deps, user: User): UserActor {
  const now = deps.clock.now();
  return {
    kind: 'user',
    userId: user.id,
    role: user.role,
    sessionId: newId<'session'>(deps, now),
    authenticatedAt: now,
    amr: ['pwd'],
    mfaEnabled: false,
    mfaEnrolmentRequired: false,
    lacksFactor: false,
    remembered: true,
    dataKey: user.dataKey,
  };
}
