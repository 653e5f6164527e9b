/** Messages of the detection, to administrators. They name nobody. */
import type { Categories, Links, Texts } from '../shared/messages.ts';
import type { Severity } from './detection.ts';

/** The variables of each template, apart from the receiver. */
export interface ProtectionVariables {
  /** How many findings there are since the last mail, and the rule and severity of the gravest. */
  'security-findings': { readonly findings: number; readonly rule: string; readonly severity: Severity };
}

export const PROTECTION_CATEGORIES = {
  'security-findings': 'security',
} as const satisfies Categories<ProtectionVariables>;

export type ProtectionTexts = Texts<ProtectionVariables, typeof PROTECTION_CATEGORIES, Links<Record<never, never>>>;
