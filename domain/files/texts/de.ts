import { DE } from '../../shared/wording/de.ts';
import type { FileTexts } from '../messages.ts';

const { t } = DE;

export const FILES: FileTexts = {
  'file-infected': (message) => ({
    subject: 'In einer Datei wurde Schadsoftware gefunden',
    lines:
      message.receiver === 'owner'
        ? [
            'Der Virenscanner hat in einer Datei, die zu Ihren Dokumenten hinzugefügt wurde, Schadsoftware gefunden. Niemand kann die Datei öffnen, und sonst ist nichts von Ihnen betroffen.',
            'Wenn Sie die Datei auf einem Ihrer Geräte haben, öffnen Sie sie dort nicht und lassen Sie das Gerät prüfen. Sie können die Datei aus Ihren Dokumenten löschen.',
          ]
        : [
            t`Der Virenscanner hat in der Datei ${message.fileId} Schadsoftware gefunden. Niemand kann sie öffnen.`,
            'Sie steht in der Liste der Dateien in Quarantäne. Ist der Fund ein Irrtum, kann sie erneut geprüft werden.',
          ],
    brief: 'In einer Datei wurde Schadsoftware gefunden. Niemand kann sie öffnen.',
  }),
  'file-shared': ({ by, isOwn }) => ({
    subject: 'Eine Datei wurde mit Ihnen geteilt',
    lines: [
      by === 'patient'
        ? 'Eine Patientin oder ein Patient, oder jemand in Vertretung, hat ein Dokument mit Ihnen geteilt.'
        : isOwn
          ? 'Die Praxis hat ein Dokument über Sie mit Ihnen geteilt.'
          : 'Die Praxis hat ein Dokument eines Patienten oder einer Patientin mit Ihnen geteilt.',
      'Melden Sie sich im Patientenportal an, um es anzusehen.',
    ],
    action: 'Datei ansehen',
    brief: 'Eine Datei wurde mit Ihnen geteilt. Melden Sie sich im Patientenportal an, um sie zu sehen.',
  }),
};
