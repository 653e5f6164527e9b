import { counted, ES } from '../../shared/wording/es.ts';
import type { AuditTexts } from '../messages.ts';

const { t } = ES;

export const AUDIT: AuditTexts = {
  'audit-alert': ({ problems, first }) => ({
    subject: 'Se ha encontrado un fallo en el registro de auditoría',
    lines: [
      t`Una verificación del registro de auditoría ha encontrado ${counted(problems, { one: '1 fallo', other: `${problems} fallos` })}. El tipo del primero es ${first}.`,
      'Deje la base de datos y el almacén de archivos como están y lea /api/v1/audit/verifications antes de cambiar nada.',
    ],
    brief: 'Se ha encontrado un fallo en el registro de auditoría. No cambie nada antes de leer la verificación.',
  }),
};
