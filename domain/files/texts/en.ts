import { EN } from '../../shared/wording/en.ts';
import type { FileTexts } from '../messages.ts';

const { t } = EN;

export const FILES: FileTexts = {
  'file-infected': (message) => ({
    subject: 'Malware was found in a file',
    lines:
      message.receiver === 'owner'
        ? [
            'The virus scanner found malware in a file that was added to your documents. Nobody can open the file, and nothing else of yours is affected.',
            'If you have the file on a device of yours, do not open it there, and have the device checked. You can delete the file from your documents.',
          ]
        : [
            t`The virus scanner found malware in the file ${message.fileId}. Nobody can open it.`,
            'The list of files in quarantine shows it. It can be scanned again if the finding is a mistake.',
          ],
    brief: 'Malware was found in a file. Nobody can open it.',
  }),
  'file-shared': ({ by, isOwn }) => ({
    subject: 'A file was shared with you',
    lines: [
      by === 'patient'
        ? 'A patient, or somebody who acts for one, has shared a file with you.'
        : isOwn
          ? 'The clinic has shared a document about you with you.'
          : 'The clinic has shared a document of a patient with you.',
      'Sign in to the patient portal to see it.',
    ],
    action: 'See the file',
    brief: 'A file was shared with you. Sign in to the patient portal to see it.',
  }),
};
