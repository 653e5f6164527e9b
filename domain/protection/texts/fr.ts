import { counted, FR } from '../../shared/wording/fr.ts';
import type { ProtectionTexts } from '../messages.ts';

const { t } = FR;

const SEVERITY = { low: 'faible', medium: 'moyenne', high: 'élevée' } as const;

export const PROTECTION: ProtectionTexts = {
  'security-findings': ({ findings, rule, severity }) => ({
    subject: 'Quelque chose d’inhabituel a été remarqué sur le portail',
    lines: [
      t`La détection a fait ${counted(findings, { one: `${findings} nouveau constat`, other: `${findings} nouveaux constats` })}. Le plus sérieux est de gravité ${SEVERITY[severity]}, selon la règle ${rule}.`,
      'Lisez /api/v1/admin/security-findings, décidez s’il s’agit d’un abus et clôturez chaque constat avec une note.',
    ],
    brief: 'Quelque chose d’inhabituel a été remarqué sur le portail. Lisez les constats de la détection.',
  }),
};
