import { FR } from '../../shared/wording/fr.ts';
import { FACTOR_ACTIONS, type FactorChange, type MfaTexts } from '../messages.ts';

const CALL = 'Si ce n’était pas vous, réinitialisez tout de suite votre mot de passe et appelez la clinique.';

export const MFA: MfaTexts = {
  'mfa-changed': ({ what }) => ({
    subject: 'Votre connexion en deux étapes a été modifiée',
    lines: [CHANGES[what], ...FR.lastingEnded(FACTOR_ACTIONS[what]), CALL],
    action: 'Réinitialiser le mot de passe',
    brief: 'Votre connexion en deux étapes a été modifiée. Si ce n’était pas vous, appelez la clinique.',
  }),
  'backup-code-used': ({ left }) => ({
    subject: 'Un code de secours a été utilisé',
    lines: [
      `Un code de secours de votre compte a été utilisé. Il vous en reste ${left}.`,
      ...(left <= 2
        ? [
            'Créez-en de nouveaux avant de ne plus en avoir : sans codes de secours et sans votre application, vous ne pourrez pas vous connecter.',
          ]
        : []),
      CALL,
    ],
    action: 'Créer de nouveaux codes de secours',
    brief: 'Un code de secours de votre compte a été utilisé. Si ce n’était pas vous, appelez la clinique.',
  }),
  'sign-in-code': ({ code }) => ({
    subject: 'Votre code',
    lines: [`${code} est votre code pour le portail patient. Il est valable 5 minutes. Ne le communiquez à personne.`],
  }),
};

const CHANGES: Readonly<Record<FactorChange, string>> = {
  enabled: 'La connexion en deux étapes a été activée pour votre compte.',
  replaced:
    'Une nouvelle application d’authentification a été configurée pour votre compte. L’ancienne et ses codes de secours ne sont plus valables.',
  disabled: 'La connexion en deux étapes a été désactivée pour votre compte.',
  backup_codes: 'De nouveaux codes de secours ont été créés pour votre compte. Les anciens ne sont plus valables.',
  phone_added: 'Un téléphone a été ajouté à votre compte. Il peut recevoir vos codes de connexion.',
  phone_removed: 'Votre téléphone ne reçoit plus de codes de connexion.',
  reset:
    'La clinique a supprimé la deuxième étape de votre connexion. Configurez-la de nouveau à votre prochaine connexion.',
};
