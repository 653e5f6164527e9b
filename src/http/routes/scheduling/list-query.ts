/** Query parameters that hold several values, separated by commas. */
import { APPOINTMENT_STATUSES, type AppointmentStatus } from '../../../../domain/scheduling/appointment.ts';
import { isId } from '../../../../domain/shared/ids.ts';
import { parsedText } from '../../bounds.ts';

const MAXIMUM_DOCTOR_IDS = 50;

interface Members<T extends string> {
  /** How many at most. */
  readonly maximum: number;
  /** Longest member, in UTF-16 code units. */
  readonly length: number;
  /** In the plural, as the client is told. */
  readonly what: string;
  readonly isMember: (text: string) => text is T;
}

function separated<T extends string>(members: Members<T>, shown: { description: string; example?: string }) {
  const { maximum, length, what, isMember } = members;
  const maxLength = (length + 1) * maximum;
  const parse = (value: string): readonly T[] | undefined => {
    const parts = value.split(',').filter((part) => part !== '');
    return parts.length <= maximum && parts.every(isMember) ? parts : undefined;
  };
  const expected = `expected up to ${maximum} ${what}, separated by commas`;
  return parsedText(maxLength, parse, expected).openapi({ type: 'string', maxLength, ...shown });
}

export const doctorIdList = separated(
  { maximum: MAXIMUM_DOCTOR_IDS, length: 36, what: 'ids', isMember: isId<'user'> },
  { description: 'Ids of doctors, separated by commas' },
);

function isStatus(text: string): text is AppointmentStatus {
  return APPOINTMENT_STATUSES.some((status) => status === text);
}

export const statusList = separated(
  { maximum: APPOINTMENT_STATUSES.length, length: 30, what: 'statuses', isMember: isStatus },
  {
    description: `Statuses, separated by commas: ${APPOINTMENT_STATUSES.join(', ')}`,
    example: 'scheduled,confirmed',
  },
);
