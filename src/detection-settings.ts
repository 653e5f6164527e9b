/** The setting of the detection. */
import { z } from 'zod';
import { DEFAULT_THRESHOLDS, parseThresholds, RULE_NAMES } from '../domain/protection/detection.ts';
import { setting } from './setting.ts';

export const DETECTION_SETTINGS = {
  DETECTION: setting(
    z
      .string()
      .default('')
      .transform((text, context) => {
        const thresholds = parseThresholds(text);
        if (thresholds !== undefined) return thresholds;
        context.addIssue({
          code: 'custom',
          message: `expected rule=number, separated by commas; the rules are ${RULE_NAMES.join(', ')}`,
        });
        return z.NEVER;
      }),
    RULE_NAMES.map((name) => `${name}=${DEFAULT_THRESHOLDS[name]}`).join(','),
    'How many sightings each rule of the detection takes for a finding; 0 switches a rule off, rules that are not named keep their default',
  ),
} as const;
