/** Query parameters that hold several values, separated by commas. */
import { z } from '@hono/zod-openapi';
import { APPOINTMENT_STATUSES, type AppointmentStatus } from '../../../../domain/scheduling/appointment.ts';
import { isId } from '../../../../domain/shared/ids.ts';
import { rawText } from '../../bounds.ts';

const MAXIMUM_DOCTOR_IDS = 50;

function separated<T extends string>(
  maximum: number,
  length: number,
  what: string,
  isMember: (text: string) => text is T,
) {
  return rawText((length + 1) * maximum).transform((value, context): readonly T[] => {
    const members = value.split(',').filter((member) => member !== '');
    if (members.length <= maximum && members.every(isMember)) return members;
    context.addIssue({ code: 'custom', message: `expected up to ${maximum} ${what}, separated by commas` });
    return z.NEVER;
  });
}

export const doctorIdList = separated(MAXIMUM_DOCTOR_IDS, 36, 'ids', isId<'user'>).openapi({
  type: 'string',
  description: 'Ids of doctors, separated by commas',
});

function isStatus(text: string): text is AppointmentStatus {
  return APPOINTMENT_STATUSES.some((status) => status === text);
}

export const statusList = separated(APPOINTMENT_STATUSES.length, 30, 'statuses', isStatus).openapi({
  type: 'string',
  description: `Statuses, separated by commas: ${APPOINTMENT_STATUSES.join(', ')}`,
  example: 'scheduled,confirmed',
});
