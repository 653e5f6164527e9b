import { DE } from '../../shared/wording/de.ts';
import type { ProxyTexts } from '../messages.ts';

const { t } = DE;
const EXPECTED = 'Wenn Sie das nicht erwartet haben, rufen Sie bitte die Praxis an.';

export const PROXY: ProxyTexts = {
  requested: (_, name) => ({
    subject: t`${name} bittet Sie um Vertretung`,
    lines: [
      t`Wenn Sie annehmen, dürfen Sie die Termine von ${name} buchen, verschieben, absagen und sehen. Melden Sie sich an und sehen Sie bei den Personen nach, für die Sie handeln.`,
      'Wenn Sie diese Person nicht kennen, beachten Sie diese Nachricht bitte nicht: Es geschieht nichts.',
    ],
    brief: 'Jemand bittet Sie um Vertretung in der Praxis. Melden Sie sich an, um zu antworten.',
  }),
  began: (isProxy, name) => ({
    subject: isProxy ? t`Sie dürfen für ${name} handeln` : t`${name} darf für Sie handeln`,
    lines: [
      isProxy
        ? t`Sie dürfen jetzt die Termine von ${name} buchen, verschieben, absagen und sehen. Jeder Schritt wird mit Ihrem Namen aufgezeichnet.`
        : t`${name} darf jetzt Ihre Termine buchen, verschieben, absagen und sehen. Sie sehen jeden Schritt in Ihrem Verlauf und können das jederzeit beenden.`,
      EXPECTED,
    ],
    brief: isProxy
      ? 'Sie dürfen jetzt in der Praxis für jemanden handeln.'
      : `Jemand darf jetzt in der Praxis für Sie handeln. ${EXPECTED}`,
  }),
  ended: (isProxy, name) => ({
    subject: isProxy ? t`Sie handeln nicht mehr für ${name}` : t`${name} handelt nicht mehr für Sie`,
    lines: [
      isProxy
        ? t`Sie können die Termine von ${name} nicht mehr buchen, verschieben, absagen und sehen.`
        : t`${name} kann Ihre Termine nicht mehr buchen, verschieben, absagen und sehen.`,
    ],
    brief: isProxy
      ? 'Sie handeln in der Praxis nicht mehr für jemanden.'
      : 'Jemand handelt in der Praxis nicht mehr für Sie.',
  }),
};
