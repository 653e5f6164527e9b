import { EN } from '../../shared/wording/en.ts';
import type { ProxyTexts } from '../messages.ts';

const { t } = EN;
const MAY = 'book, move, cancel and see';
const EXPECTED = 'If you did not expect this, call the clinic.';

export const PROXY: ProxyTexts = {
  requested: (_, name) => ({
    subject: t`${name} asks you to act for them`,
    lines: [
      t`If you accept, you may ${MAY} the appointments of ${name}. Sign in and look under the people for whom you act.`,
      'If you do not know this person, ignore this message: nothing happens.',
    ],
    brief: 'Somebody asks you to act for them at the clinic. Sign in to answer.',
  }),
  began: (isProxy, name) => ({
    subject: isProxy ? t`You may act for ${name}` : t`${name} may act for you`,
    lines: [
      isProxy
        ? t`You may now ${MAY} the appointments of ${name}. Each step is recorded with your name.`
        : t`${name} may now ${MAY} your appointments. You see each step in your history, and may end this at any time.`,
      EXPECTED,
    ],
    brief: isProxy
      ? 'You may now act for somebody at the clinic.'
      : `Somebody may now act for you at the clinic. ${EXPECTED}`,
  }),
  ended: (isProxy, name) => ({
    subject: isProxy ? t`You no longer act for ${name}` : t`${name} no longer acts for you`,
    lines: [
      isProxy
        ? t`You can no longer ${MAY} the appointments of ${name}.`
        : t`${name} can no longer ${MAY} your appointments.`,
    ],
    brief: isProxy ? 'You no longer act for somebody at the clinic.' : 'Somebody no longer acts for you at the clinic.',
  }),
};
