import { counted, DE } from '../../shared/wording/de.ts';
import type { AuditTexts } from '../messages.ts';

const { t } = DE;

export const AUDIT: AuditTexts = {
  'audit-alert': ({ problems, first }) => ({
    subject: 'Im Audit-Protokoll wurde ein Fehler gefunden',
    lines: [
      t`Eine Prüfung des Audit-Protokolls hat ${counted(problems, { one: '1 Fehler', other: `${problems} Fehler` })} gefunden. Die Art des ersten ist ${first}.`,
      'Lassen Sie die Datenbank und den Dateispeicher, wie sie sind, und lesen Sie /api/v1/audit/verifications, bevor Sie etwas ändern.',
    ],
    brief: 'Im Audit-Protokoll wurde ein Fehler gefunden. Ändern Sie nichts, bevor Sie die Prüfung gelesen haben.',
  }),
};
