/** A small clinic to look around in: an administrator, two doctors with hours, a patient. */

import { toBase64Url } from '../../domain/shared/bytes.ts';
import type { UserId } from '../../domain/shared/ids.ts';
import type { Role } from '../../domain/shared/permissions.ts';
import type { Deps } from './context.ts';
import { provisionUser } from './identity/accounts.ts';
import { systemContext } from './identity/first-admin.ts';
import { replaceAvailability } from './scheduling/availability.ts';

export interface DemoLogin {
  readonly role: Role;
  readonly email: string;
  readonly password: string;
}

const PEOPLE = [
  { role: 'admin', email: 'admin@demo.example', firstName: 'Ada', lastName: 'Berg' },
  {
    role: 'doctor',
    email: 'dr.okafor@demo.example',
    firstName: 'Chidi',
    lastName: 'Okafor',
    specialty: 'General practice',
    timezone: 'Europe/Berlin',
    start: '09:00',
    end: '17:00',
  },
  {
    role: 'doctor',
    email: 'dr.sato@demo.example',
    firstName: 'Yuki',
    lastName: 'Sato',
    specialty: 'Dermatology',
    timezone: 'America/New_York',
    start: '08:00',
    end: '14:00',
  },
  { role: 'patient', email: 'patient@demo.example', firstName: 'Maria', lastName: 'Silva', dateOfBirth: '1988-02-29' },
] as const;

/** Every demo has passwords of its own: whoever finds one open cannot know them. */
export async function seedDemo(deps: Deps): Promise<DemoLogin[]> {
  const password = `demo-${toBase64Url(deps.random.bytes(9))}`;
  const people = await Promise.all(
    PEOPLE.map(async (person) => {
      const timezone = 'timezone' in person ? person.timezone : 'Europe/Berlin';
      const user = await provisionUser(deps, systemContext(deps), {
        email: person.email,
        password,
        firstName: person.firstName,
        lastName: person.lastName,
        dateOfBirth: 'dateOfBirth' in person ? person.dateOfBirth : null,
        phoneNumber: null,
        timezone,
        language: 'en',
        role: person.role,
        doctor: 'specialty' in person ? { specialty: person.specialty, languages: ['en'] } : null,
      });
      return { person, user, timezone };
    }),
  );
  for (const { person, user, timezone } of people) {
    if (!('start' in person)) continue;
    const weekly = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, start: person.start, end: person.end }));
    await setHours(deps, user.id, { timezone, weekly });
  }
  return people.map(({ person }) => ({ role: person.role, email: person.email, password }));
}

async function setHours(deps: Deps, doctorId: UserId, hours: Parameters<typeof replaceAvailability>[4]): Promise<void> {
  const result = await replaceAvailability(
    deps,
    systemContext(deps),
    { role: 'admin', userId: doctorId },
    doctorId,
    hours,
    null,
  );
  if (!result.ok) throw new Error(`the demo’s hours were refused: ${JSON.stringify(result.error)}`);
}
