import { FR } from '../../shared/wording/fr.ts';
import type { FileTexts } from '../messages.ts';

const { t } = FR;

export const FILES: FileTexts = {
  'file-infected': (message) => ({
    subject: 'Un logiciel malveillant a été trouvé dans un fichier',
    lines:
      message.receiver === 'owner'
        ? [
            'L’antivirus a trouvé un logiciel malveillant dans un fichier ajouté à vos documents. Personne ne peut ouvrir ce fichier, et rien d’autre chez vous n’est touché.',
            'Si vous avez ce fichier sur l’un de vos appareils, ne l’y ouvrez pas et faites contrôler l’appareil. Vous pouvez supprimer le fichier de vos documents.',
          ]
        : [
            t`L’antivirus a trouvé un logiciel malveillant dans le fichier ${message.fileId}. Personne ne peut l’ouvrir.`,
            'Il figure dans la liste des fichiers en quarantaine. Si c’est une erreur, il peut être analysé de nouveau.',
          ],
    brief: 'Un logiciel malveillant a été trouvé dans un fichier. Personne ne peut l’ouvrir.',
  }),
  'file-shared': ({ by, isOwn }) => ({
    subject: 'Un fichier a été partagé avec vous',
    lines: [
      by === 'patient'
        ? 'Un patient, ou quelqu’un qui agit pour lui, a partagé un fichier avec vous.'
        : isOwn
          ? 'La clinique a partagé avec vous un document à votre sujet.'
          : 'La clinique a partagé avec vous un document d’un patient.',
      'Connectez-vous au portail patient pour le voir.',
    ],
    action: 'Voir le fichier',
    brief: 'Un fichier a été partagé avec vous. Connectez-vous au portail patient pour le voir.',
  }),
};
