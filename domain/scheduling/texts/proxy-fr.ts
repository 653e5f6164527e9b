import { FR } from '../../shared/wording/fr.ts';
import type { ProxyTexts } from '../messages.ts';

const { t } = FR;
const EXPECTED = 'Si vous ne vous y attendiez pas, appelez la clinique.';

export const PROXY: ProxyTexts = {
  requested: (_, name) => ({
    subject: t`${name} vous demande d’agir en son nom`,
    lines: [
      t`Si vous acceptez, vous pourrez prendre, déplacer, annuler et voir ses rendez-vous (${name}). Connectez-vous et regardez parmi les personnes pour qui vous agissez.`,
      'Si vous ne connaissez pas cette personne, ignorez ce message : il ne se passera rien.',
    ],
    brief: 'Quelqu’un vous demande d’agir en son nom à la clinique. Connectez-vous pour répondre.',
  }),
  began: (isProxy, name) => ({
    subject: isProxy ? t`Vous pouvez agir pour ${name}` : t`${name} peut agir pour vous`,
    lines: [
      isProxy
        ? t`Vous pouvez maintenant prendre, déplacer, annuler et voir les rendez-vous de cette personne : ${name}. Chaque étape est enregistrée avec votre nom.`
        : t`${name} peut maintenant prendre, déplacer, annuler et voir vos rendez-vous. Vous voyez chaque étape dans votre historique et pouvez y mettre fin à tout moment.`,
      EXPECTED,
    ],
    brief: isProxy
      ? 'Vous pouvez maintenant agir pour quelqu’un à la clinique.'
      : `Quelqu’un peut maintenant agir pour vous à la clinique. ${EXPECTED}`,
  }),
  ended: (isProxy, name) => ({
    subject: isProxy ? t`Vous n’agissez plus pour ${name}` : t`${name} n’agit plus pour vous`,
    lines: [
      isProxy
        ? t`Vous ne pouvez plus prendre, déplacer, annuler et voir les rendez-vous de cette personne : ${name}.`
        : t`${name} ne peut plus prendre, déplacer, annuler et voir vos rendez-vous.`,
    ],
    brief: isProxy
      ? 'Vous n’agissez plus pour quelqu’un à la clinique.'
      : 'Quelqu’un n’agit plus pour vous à la clinique.',
  }),
};
