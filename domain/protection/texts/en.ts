import { counted, EN } from '../../shared/wording/en.ts';
import type { ProtectionTexts } from '../messages.ts';

const { t } = EN;

const SEVERITY = { low: 'low', medium: 'medium', high: 'high' } as const;

export const PROTECTION: ProtectionTexts = {
  'security-findings': ({ findings, rule, severity }) => ({
    subject: 'Something unusual was noticed in the portal',
    lines: [
      t`The detection has ${counted(findings, { one: '1 new finding', other: `${findings} new findings` })}. The gravest is of severity ${SEVERITY[severity]}, by the rule ${rule}.`,
      'Read /api/v1/admin/security-findings, decide whether it is misuse, and close each finding with a note.',
    ],
    brief: 'Something unusual was noticed in the portal. Read the findings of the detection.',
  }),
};
