import { counted, FR } from '../../shared/wording/fr.ts';
import type { AuditTexts } from '../messages.ts';

const { t } = FR;

export const AUDIT: AuditTexts = {
  'audit-alert': ({ problems, first }) => ({
    subject: 'Une anomalie a été trouvée dans le journal d’audit',
    lines: [
      t`Une vérification du journal d’audit a trouvé ${counted(problems, { one: `${problems} anomalie`, other: `${problems} anomalies` })}. Le type de la première est ${first}.`,
      'Laissez la base de données et le stockage de fichiers en l’état et lisez /api/v1/audit/verifications avant de modifier quoi que ce soit.',
    ],
    brief: 'Une anomalie a été trouvée dans le journal d’audit. Ne modifiez rien avant d’avoir lu la vérification.',
  }),
};
