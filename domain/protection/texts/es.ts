import { counted, ES } from '../../shared/wording/es.ts';
import type { ProtectionTexts } from '../messages.ts';

const { t } = ES;

const SEVERITY = { low: 'baja', medium: 'media', high: 'alta' } as const;

export const PROTECTION: ProtectionTexts = {
  'security-findings': ({ findings, rule, severity }) => ({
    subject: 'Se ha observado algo inusual en el portal',
    lines: [
      t`La detección tiene ${counted(findings, { one: '1 hallazgo nuevo', other: `${findings} hallazgos nuevos` })}. El más grave es de gravedad ${SEVERITY[severity]}, según la regla ${rule}.`,
      'Lea /api/v1/admin/security-findings, decida si se trata de un uso indebido y cierre cada hallazgo con una nota.',
    ],
    brief: 'Se ha observado algo inusual en el portal. Lea los hallazgos de la detección.',
  }),
};
