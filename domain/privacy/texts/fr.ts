import { FR } from '../../shared/wording/fr.ts';
import type { PrivacyTexts, PrivacyVariables } from '../messages.ts';

const { t } = FR;
const HISTORY = 'L’historique de votre dossier montre qui l’a fait.';

export const PRIVACY: PrivacyTexts = {
  'emergency-access': ({ doctorName, until, isPatient }, reader) => {
    const end = FR.moment(until, reader.sender.timezone, reader);
    return isPatient
      ? {
          subject: 'Votre dossier a été ouvert en urgence',
          lines: [
            t`${doctorName}, qui ne vous suit pas, a ouvert votre dossier et a indiqué une urgence comme motif. Fin de l’accès : ${end}.`,
            'La clinique examine chacun de ces accès. L’historique de votre dossier montre ce qui a été lu. Si vous n’avez connaissance d’aucune urgence, appelez la clinique.',
          ],
          brief:
            'Votre dossier a été ouvert en urgence. Si vous n’avez connaissance d’aucune urgence, appelez la clinique.',
        }
      : {
          subject: 'Un dossier a été ouvert en urgence',
          lines: [
            t`${doctorName} a ouvert le dossier d’une personne qui n’est pas de ses patients et a indiqué une urgence comme motif. Fin de l’accès : ${end}.`,
            'Veuillez l’examiner : la liste des accès d’urgence montre le motif, et le journal d’audit montre ce qui a été lu.',
          ],
          brief: 'Un dossier a été ouvert en urgence. Veuillez examiner cet accès.',
        };
  },
  'acted-on-behalf': ({ what }) => ({
    subject: 'La clinique a traité vos données pour vous',
    lines: [ON_BEHALF[what], `${HISTORY} Si vous ne l’avez pas demandé, appelez la clinique.`],
    brief: 'La clinique a traité vos données pour vous. Si vous ne l’avez pas demandé, appelez la clinique.',
  }),
  'processing-limit': ({ kind, isSet }) => ({
    subject: isSet ? 'L’utilisation de vos données est limitée' : 'L’utilisation de vos données n’est plus limitée',
    lines: [LIMITS[kind][isSet ? 'set' : 'lifted'], 'Si ce n’est pas ce que vous avez demandé, appelez la clinique.'],
    brief: isSet
      ? 'L’utilisation de vos données est désormais limitée.'
      : 'L’utilisation de vos données n’est plus limitée.',
  }),
  'records-merged': ({ undoUntil }, reader) => ({
    subject: 'Deux dossiers à votre nom ont été réunis',
    lines: [
      'La clinique avait deux dossiers à votre nom et les a réunis : celui de ce compte contient maintenant tout. Ce qui manquait à votre profil a été complété à partir de l’autre dossier.',
      t`${HISTORY} Si l’autre dossier n’est pas le vôtre, appelez la clinique. La réunion peut être annulée jusqu’à cette date : ${FR.moment(undoUntil, reader.sender.timezone, reader)}.`,
    ],
    brief: 'Deux dossiers à votre nom ont été réunis. Si l’autre n’est pas le vôtre, appelez la clinique.',
  }),
  'account-merged': () => ({
    subject: 'Votre compte a été réuni avec un autre',
    lines: [
      'La clinique avait deux dossiers à votre nom et les a réunis. Ce compte est fermé : connectez-vous à l’autre, qui contient maintenant tout.',
      'Si vous n’avez pas d’autre compte à la clinique, appelez-la : la réunion peut être annulée pendant un jour.',
    ],
    brief: 'Votre compte a été réuni avec votre autre compte. Si vous n’en avez pas d’autre, appelez la clinique.',
  }),
  'records-parted': ({ isAlias }) => ({
    subject: 'La réunion de deux dossiers a été annulée',
    lines: isAlias
      ? [
          'La clinique avait fermé ce compte et l’avait réuni avec un autre. Il est de nouveau ouvert, avec ce qu’il contenait avant. Vous pouvez vous y connecter.',
        ]
      : [
          'La clinique avait réuni un autre dossier avec celui de ce compte. Elle l’a annulé : ce qui était dans l’autre dossier n’est plus dans le vôtre.',
          HISTORY,
        ],
    brief: 'La réunion de deux dossiers a été annulée.',
  }),
};

const ON_BEHALF: Readonly<Record<PrivacyVariables['acted-on-behalf']['what'], string>> = {
  export_requested: 'L’administration a demandé une copie de toutes vos données, pour vous la remettre.',
  export_downloaded: 'L’administration a téléchargé la copie de vos données, pour vous la remettre.',
  rectified: 'L’administration a corrigé votre profil.',
};

const LIMITS: Readonly<
  Record<PrivacyVariables['processing-limit']['kind'], Readonly<Record<'set' | 'lifted', string>>>
> = {
  restriction: {
    set: 'La clinique conserve votre dossier mais ne l’utilise pas tant que la limitation n’est pas levée. Vous pouvez toujours le voir. Vos clés d’API et vos liens de calendrier ne fonctionnent plus ; vous pourrez en créer d’autres une fois la limitation levée. D’ici là, vos appareils ne reçoivent pas de notifications.',
    lifted:
      'La limitation de votre dossier est levée. La clinique peut de nouveau l’utiliser, et vous pouvez de nouveau créer des clés d’API et des liens de calendrier.',
  },
  objection: {
    set: 'Nous avons noté votre opposition. Vous ne recevrez ni rappels ni autres messages facultatifs.',
    lifted: 'Votre opposition est retirée. Vous recevrez de nouveau les rappels et les autres messages facultatifs.',
  },
};
