import { labelFault } from '../../shared/label.ts';
import { FR } from '../../shared/wording/fr.ts';
import { type IdentityTexts, type IdentityVariables, passwordAction } from '../messages.ts';

const { t } = FR;
const CALL = 'Si ce n’était pas vous, réinitialisez tout de suite votre mot de passe et appelez la clinique.';

export const IDENTITY: IdentityTexts = {
  'verify-email': () => ({
    subject: 'Confirmez votre adresse e-mail',
    lines: [
      'Veuillez confirmer que cette adresse e-mail est la vôtre. Le lien est valable 24 heures.',
      'Si quelqu’un d’autre s’est aussi inscrit avec cette adresse, nous vous demanderons de choisir un mot de passe, et lui seul sera valable.',
      'Si vous ne vous êtes pas inscrit, n’ouvrez pas le lien. Personne ne peut utiliser le compte sans lui.',
    ],
    action: 'Confirmer l’adresse',
  }),
  welcome: () => ({
    subject: 'Bienvenue sur le portail patient',
    lines: [
      'Votre adresse e-mail est confirmée et votre compte est prêt.',
      'Vous pouvez prendre, déplacer et annuler des rendez-vous, et choisir les messages que vous recevez.',
    ],
    action: 'Voir vos rendez-vous',
    brief: 'Votre compte sur le portail patient est prêt.',
  }),
  'account-exists': () => ({
    subject: 'Vous avez déjà un compte',
    lines: [
      'Quelqu’un a essayé de s’inscrire avec cette adresse e-mail, mais elle a déjà un compte.',
      'Si c’était vous, connectez-vous ou réinitialisez votre mot de passe. Sinon, vous n’avez rien à faire.',
    ],
    action: 'Se connecter',
    brief: 'Quelqu’un a essayé de s’inscrire avec votre adresse e-mail, qui a déjà un compte.',
  }),
  invitation: ({ role }) => ({
    subject: 'Invitation au portail patient',
    lines: [
      t`La clinique a créé un compte pour vous (${ROLES[role] ?? role}). Choisissez un mot de passe pour commencer à l’utiliser. Le lien est valable 7 jours.`,
      'Si vous n’attendiez pas cette invitation, n’ouvrez pas le lien et appelez la clinique.',
    ],
    action: 'Accepter l’invitation',
  }),
  'password-reset': () => ({
    subject: 'Réinitialisez votre mot de passe',
    lines: [
      'Quelqu’un a demandé à réinitialiser le mot de passe de votre compte. Le lien est valable une seule fois, pendant une heure.',
      'Si ce n’était pas vous, vous n’avez rien à faire : votre mot de passe reste le même.',
    ],
    action: 'Choisir un nouveau mot de passe',
  }),
  'password-changed': ({ how }) => ({
    subject: 'Votre mot de passe a été changé',
    lines: [
      how === 'reset'
        ? 'Votre mot de passe a été réinitialisé avec un lien que nous vous avons envoyé par e-mail. Vous êtes déconnecté partout.'
        : 'Votre mot de passe a été changé. Vous êtes déconnecté de tous les autres appareils.',
      ...FR.lastingEnded(passwordAction(how)),
      CALL,
    ],
    action: 'Réinitialiser le mot de passe',
    brief: 'Votre mot de passe a été changé. Si ce n’était pas vous, appelez la clinique.',
  }),
  'confirm-email-change': () => ({
    subject: 'Confirmez votre nouvelle adresse e-mail',
    lines: [
      'Quelqu’un a demandé à utiliser cette adresse e-mail pour un compte sur le portail patient. Le lien est valable 24 heures.',
      'Si ce n’était pas vous, vous n’avez rien à faire : sans le lien, rien ne change.',
    ],
    action: 'Utiliser cette adresse',
  }),
  'email-change-requested': () => ({
    subject: 'Votre adresse e-mail va être changée',
    lines: [
      'Quelqu’un a demandé à changer l’adresse e-mail de votre compte. Elle changera dès que la nouvelle adresse sera confirmée.',
      'Si ce n’était pas vous, annulez le changement avec le lien de cet e-mail. Il est valable jusqu’à 7 jours après le changement, déconnecte tous les appareils et vous demande un nouveau mot de passe. Gardez cet e-mail jusque-là.',
    ],
    action: 'Annuler le changement',
  }),
  'email-changed': () => ({
    subject: 'Votre adresse e-mail a été changée',
    lines: [
      'L’adresse e-mail de votre compte a été changée. Vous êtes déconnecté de tous les autres appareils.',
      ...FR.lastingEnded('email_changed'),
      'Si ce n’était pas vous, utilisez le lien de l’e-mail que nous avons envoyé à votre ancienne adresse lors de la demande. Il est valable 7 jours.',
    ],
    brief: 'L’adresse e-mail de votre compte a été changée. Si ce n’était pas vous, appelez la clinique.',
  }),
  'email-restored': () => ({
    subject: 'Votre ancienne adresse e-mail est rétablie',
    lines: [
      'Le changement de votre adresse e-mail a été annulé et tous les appareils sont déconnectés. Votre ancien mot de passe n’est plus valable : choisissez-en un nouveau. Le lien est valable une heure ; ensuite, demandez-en un autre.',
      ...FR.lastingEnded('email_restored'),
    ],
    action: 'Choisir un nouveau mot de passe',
  }),
  'signed-out-everywhere': () => ({
    subject: 'Vous êtes déconnecté partout',
    lines: ['Toutes les sessions de votre compte ont été fermées.', ...FR.lastingEnded('signed_out_everywhere'), CALL],
    action: 'Réinitialiser le mot de passe',
    brief: 'Vous êtes déconnecté partout. Si ce n’était pas vous, appelez la clinique.',
  }),
  'credential-made': ({ what }) => MADE[what],
  'new-sign-in': ({ deviceName, place, at }, reader) => ({
    subject: 'Nouvelle connexion à votre compte',
    lines: [
      place === null
        ? t`Quelqu’un s’est connecté à votre compte : ${FR.moment(at, reader.sender.timezone, reader)}.`
        : t`Quelqu’un s’est connecté à votre compte : ${FR.moment(at, reader.sender.timezone, reader)}, depuis ${place}.`,
      labelFault(deviceName) === undefined
        ? t`L’appareil dit s’appeler « ${deviceName} ». Nous n’avons pas vérifié ce nom.`
        : 'L’appareil n’a donné aucun nom que nous puissions afficher ici.',
      'Si ce n’était pas vous, changez votre mot de passe et déconnectez-vous partout.',
    ],
    action: 'Voir où vous êtes connecté',
    brief: `Nouvelle connexion à votre compte : ${FR.briefMoment(at, reader.sender.timezone, reader)}. Si ce n’était pas vous, changez votre mot de passe.`,
  }),
  'account-closed': () => ({
    subject: 'Votre compte est fermé',
    lines: [
      'Votre compte sur le portail patient est fermé et les données personnelles qu’il contenait sont effacées.',
      'La clinique ne garde que ce que la loi exige au sujet de vos rendez-vous. Si vous ne l’avez pas demandé, appelez la clinique.',
    ],
    brief: 'Votre compte sur le portail patient est fermé.',
  }),
};

const ROLES: Readonly<Record<string, string>> = {
  patient: 'patient',
  doctor: 'médecin',
  staff: 'équipe de la clinique',
  admin: 'administration',
};

const MADE: Readonly<
  Record<IdentityVariables['credential-made']['what'], ReturnType<IdentityTexts['credential-made']>>
> = {
  api_key: {
    subject: 'Une clé d’API a été créée pour votre compte',
    lines: [
      'Une clé d’API a été créée. Quiconque l’a peut faire ce que ses droits permettent, sans se connecter.',
      'Si ce n’était pas vous, changez tout de suite votre mot de passe : la clé ne fonctionnera plus.',
    ],
    action: 'Voir vos clés d’API',
    brief: 'Une clé d’API a été créée pour votre compte. Si ce n’était pas vous, changez votre mot de passe.',
  },
  calendar_feed: {
    subject: 'Un lien de calendrier a été créé pour votre compte',
    lines: [
      'Un lien de calendrier a été créé. Quiconque l’a peut voir les rendez-vous qu’il contient, sans se connecter.',
      'Si ce n’était pas vous, changez tout de suite votre mot de passe : le lien ne fonctionnera plus.',
    ],
    action: 'Voir vos liens de calendrier',
    brief: 'Un lien de calendrier a été créé pour votre compte. Si ce n’était pas vous, changez votre mot de passe.',
  },
  export: {
    subject: 'Une copie de vos données a été demandée',
    lines: [
      'Nous préparons une copie de tout ce que le portail conserve à votre sujet. Elle pourra être téléchargée une seule fois, pendant une semaine.',
      'Si ce n’était pas vous, changez tout de suite votre mot de passe : la copie ne pourra plus être téléchargée.',
    ],
    action: 'Voir les copies de vos données',
    brief: 'Une copie de vos données a été demandée. Si ce n’était pas vous, changez votre mot de passe.',
  },
  file_link: {
    subject: 'Un lien vers un fichier a été créé pour votre compte',
    lines: [
      'Un lien vers un fichier a été créé. Quiconque l’a, avec le code s’il y en a un, peut ouvrir le fichier sans se connecter.',
      'Si ce n’était pas vous, changez tout de suite votre mot de passe : le lien ne fonctionnera plus.',
    ],
    action: 'Voir vos documents',
    brief: 'Un lien vers un fichier a été créé pour votre compte. Si ce n’était pas vous, changez votre mot de passe.',
  },
  push_subscription: {
    subject: 'Un appareil reçoit désormais les notifications de votre compte',
    lines: [
      'Un appareil a été enregistré pour les notifications : il affiche en bref ce que la clinique vous communique, même sur son écran verrouillé.',
      'Si ce n’était pas vous, changez tout de suite votre mot de passe : l’appareil n’en recevra plus.',
    ],
    action: 'Voir vos messages et vos appareils',
    brief:
      'Un appareil reçoit désormais les notifications de votre compte. Si ce n’était pas vous, changez votre mot de passe.',
  },
};
