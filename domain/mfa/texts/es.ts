import { counted, ES } from '../../shared/wording/es.ts';
import { FACTOR_ACTIONS, type FactorChange, type MfaTexts } from '../messages.ts';

const CALL = 'Si no ha sido usted, restablezca ahora su contraseña y llame a la clínica.';

export const MFA: MfaTexts = {
  'mfa-changed': ({ what }) => ({
    subject: 'Su verificación en dos pasos ha cambiado',
    lines: [CHANGES[what], ...ES.lastingEnded(FACTOR_ACTIONS[what]), CALL],
    action: 'Restablecer la contraseña',
    brief: 'Su verificación en dos pasos ha cambiado. Si no ha sido usted, llame a la clínica.',
  }),
  'backup-code-used': ({ left }) => ({
    subject: 'Se ha usado un código de reserva',
    lines: [
      `Se ha usado un código de reserva de su cuenta. ${counted(left, { one: 'Le queda 1.', other: `Le quedan ${left}.` })}`,
      ...(left <= 2
        ? ['Cree códigos nuevos antes de que se agoten: sin ellos y sin su aplicación no podrá iniciar sesión.']
        : []),
      CALL,
    ],
    action: 'Crear códigos de reserva nuevos',
    brief: 'Se ha usado un código de reserva de su cuenta. Si no ha sido usted, llame a la clínica.',
  }),
  'sign-in-code': ({ code }) => ({
    subject: 'Su código',
    lines: [`${code} es su código para el portal del paciente. Vale 5 minutos. No lo comparta con nadie.`],
  }),
};

const CHANGES: Readonly<Record<FactorChange, string>> = {
  enabled: 'Se ha activado la verificación en dos pasos en su cuenta.',
  replaced:
    'Se ha configurado una nueva aplicación de autenticación en su cuenta. La anterior y sus códigos de reserva ya no valen.',
  disabled: 'Se ha desactivado la verificación en dos pasos en su cuenta.',
  backup_codes: 'Se han creado códigos de reserva nuevos en su cuenta. Los antiguos ya no valen.',
  phone_added: 'Se ha añadido un teléfono a su cuenta. Puede recibir sus códigos de inicio de sesión.',
  phone_removed: 'Su teléfono ya no recibe códigos de inicio de sesión.',
  reset:
    'La clínica ha quitado el segundo paso de su inicio de sesión. Configúrelo de nuevo la próxima vez que inicie sesión.',
};
