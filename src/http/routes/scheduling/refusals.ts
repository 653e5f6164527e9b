/** What a problem says of a refusal of scheduling, besides its code. */
import type { Slot } from '../../../../domain/scheduling/slots.ts';
import { formatInstant } from '../../../../domain/shared/time.ts';
import { pathTo } from '../../links.ts';
import type { ProblemDetails } from '../../problems.ts';

interface Described {
  readonly code?: unknown;
  readonly errors?: ProblemDetails['errors'];
  readonly alternatives?: readonly Slot[];
}

/** The members of a refusal as they are sent. */
export function detailsOf(refusal: object): Omit<ProblemDetails, 'code'> {
  const { code: _code, errors, alternatives, ...rest } = refusal as Described;
  const slots = alternatives?.map(({ doctorId, start, end, date }) => ({ doctorId, start, end, date }));
  const members = { ...rest, ...(slots === undefined ? {} : { alternatives: slots }) };
  return { ...(errors === undefined ? {} : { errors }), members: formatted(members) as typeof members };
}

/** {@link detailsOf} where the body names an appointment type: an unknown one is an invalid value (422), not a missing resource. */
export function detailsAt(pointer: string) {
  return (error: { readonly code: string }): Partial<ProblemDetails> => {
    if (error.code !== 'appointment_type_not_found') return detailsOf(error);
    const message = `expected the code of a type, as ${pathTo('listAppointmentTypes')} lists them`;
    return { code: 'validation_failed', errors: [{ pointer, code: error.code, message }] };
  };
}

const INSTANTS = ['earliest', 'opensAt', 'resumesAt', 'expiredAt', 'until', 'from', 'start', 'end'];

/** Formats instants as RFC 3339, at any depth. */
function formatted(value: unknown, name = ''): unknown {
  if (typeof value === 'number' && INSTANTS.includes(name)) return formatInstant(value);
  if (Array.isArray(value)) return value.map((item) => formatted(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, formatted(member, key)]));
}
