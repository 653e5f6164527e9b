import { ES } from '../../shared/wording/es.ts';
import type { ProxyTexts } from '../messages.ts';

const { t } = ES;
const MAY = 'pedir, cambiar, anular y ver las citas';
const EXPECTED = 'Si no lo esperaba, llame a la clínica.';

export const PROXY: ProxyTexts = {
  requested: (_, name) => ({
    subject: t`${name} le pide que actúe en su nombre`,
    lines: [
      t`Si acepta, podrá ${MAY} de ${name}. Inicie sesión y mire entre las personas en cuyo nombre actúa.`,
      'Si no conoce a esta persona, no haga caso de este mensaje: no pasará nada.',
    ],
    brief: 'Alguien le pide que actúe en su nombre en la clínica. Inicie sesión para responder.',
  }),
  began: (isProxy, name) => ({
    subject: isProxy ? t`Puede actuar en nombre de ${name}` : t`${name} puede actuar en su nombre`,
    lines: [
      isProxy
        ? t`Desde ahora puede ${MAY} de ${name}. Cada paso queda registrado con su nombre.`
        : t`Desde ahora ${name} puede ${MAY} de usted. Usted ve cada paso en su historial y puede ponerle fin en cualquier momento.`,
      EXPECTED,
    ],
    brief: isProxy
      ? 'Desde ahora puede actuar en nombre de alguien en la clínica.'
      : `Alguien puede actuar ahora en su nombre en la clínica. ${EXPECTED}`,
  }),
  ended: (isProxy, name) => ({
    subject: isProxy ? t`Ya no actúa en nombre de ${name}` : t`${name} ya no actúa en su nombre`,
    lines: [isProxy ? t`Ya no puede ${MAY} de ${name}.` : t`${name} ya no puede ${MAY} de usted.`],
    brief: isProxy
      ? 'Ya no actúa en nombre de alguien en la clínica.'
      : 'Alguien ya no actúa en su nombre en la clínica.',
  }),
};
