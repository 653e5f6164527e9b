/** How a setting is declared, and the values that settings share. */
import { z } from 'zod';
import { ROLES, type Role } from '../domain/shared/permissions.ts';
import { canonicalNetwork, isTooWide } from './app/address.ts';

interface Setting<T extends z.ZodType> {
  readonly schema: T;
  readonly about: string;
  /** As shown in the README. */
  readonly default: string;
}

export function setting<T extends z.ZodType>(schema: T, defaultText: string, about: string): Setting<T> {
  return { schema, about, default: defaultText };
}

export const flag = z.enum(['0', '1'], { error: 'expected 0 or 1' }).transform((text) => text === '1');
export const url = (protocols: readonly string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `expected a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
export const whole = (least: number, most: number) =>
  z.coerce
    .number({ error: `expected a whole number from ${least} to ${most}` })
    .int({ error: `expected a whole number from ${least} to ${most}` })
    .min(least, { error: `expected ${least} or more` })
    .max(most, { error: `expected ${most} or less` });
export const secret = z.string().min(16, { error: 'expected at least 16 characters' });

export const roles = z
  .string()
  .default('admin,staff,doctor')
  .transform((text, context): Role[] => {
    const names = text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    for (const name of names) {
      if (!(ROLES as readonly string[]).includes(name)) {
        context.addIssue({ code: 'custom', message: `expected roles out of ${ROLES.join(', ')}, got ${name}` });
      }
    }
    return names as Role[];
  });

/** Networks in CIDR notation, separated by commas, in their canonical form. */
export const networks = z
  .string()
  .default('')
  .transform((text, context): string[] =>
    text
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '')
      .flatMap((each) => {
        const network = canonicalNetwork(each);
        if (network !== undefined && !isTooWide(network)) return [network];
        context.addIssue({
          code: 'custom',
          message: `expected networks such as 203.0.113.0/24 or 2001:db8::/48, separated by commas, got ${each}`,
        });
        return [];
      }),
  );
