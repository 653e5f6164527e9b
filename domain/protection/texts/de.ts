import { counted, DE } from '../../shared/wording/de.ts';
import type { ProtectionTexts } from '../messages.ts';

const { t } = DE;

const SEVERITY = { low: 'niedrig', medium: 'mittel', high: 'hoch' } as const;

export const PROTECTION: ProtectionTexts = {
  'security-findings': ({ findings, rule, severity }) => ({
    subject: 'Im Portal ist etwas Ungewöhnliches aufgefallen',
    lines: [
      t`Die Erkennung hat ${counted(findings, { one: '1 neuen Befund', other: `${findings} neue Befunde` })}. Der schwerste hat den Schweregrad ${SEVERITY[severity]}, nach der Regel ${rule}.`,
      'Lesen Sie /api/v1/admin/security-findings, entscheiden Sie, ob es Missbrauch ist, und schließen Sie jeden Befund mit einer Notiz.',
    ],
    brief: 'Im Portal ist etwas Ungewöhnliches aufgefallen. Lesen Sie die Befunde der Erkennung.',
  }),
};
