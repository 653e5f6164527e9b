import { labelFault } from '../../shared/label.ts';
import { ES } from '../../shared/wording/es.ts';
import { type IdentityTexts, type IdentityVariables, passwordAction } from '../messages.ts';

const { t } = ES;
const CALL = 'Si no ha sido usted, restablezca ahora su contraseña y llame a la clínica.';

export const IDENTITY: IdentityTexts = {
  'verify-email': () => ({
    subject: 'Confirme su dirección de correo',
    lines: [
      'Por favor, confirme que esta es su dirección de correo. El enlace vale 24 horas.',
      'Si otra persona también se ha registrado con esta dirección, le pediremos que elija una contraseña, y solo esa valdrá.',
      'Si usted no se ha registrado, no abra el enlace. Nadie puede usar la cuenta sin él.',
    ],
    action: 'Confirmar la dirección',
  }),
  welcome: () => ({
    subject: 'Le damos la bienvenida al portal del paciente',
    lines: [
      'Su dirección de correo está confirmada y su cuenta está lista.',
      'Puede pedir, cambiar y anular citas, y elegir qué mensajes recibe.',
    ],
    action: 'Ver sus citas',
    brief: 'Su cuenta en el portal del paciente está lista.',
  }),
  'account-exists': () => ({
    subject: 'Ya tiene una cuenta',
    lines: [
      'Alguien intentó registrarse con esta dirección de correo, pero ya tiene una cuenta.',
      'Si ha sido usted, inicie sesión o restablezca su contraseña. Si no, no tiene que hacer nada.',
    ],
    action: 'Iniciar sesión',
    brief: 'Alguien intentó registrarse con su dirección de correo, que ya tiene una cuenta.',
  }),
  invitation: ({ role }) => ({
    subject: 'Invitación al portal del paciente',
    lines: [
      t`La clínica ha creado una cuenta para usted (${ROLES[role] ?? role}). Elija una contraseña para empezar a usarla. El enlace vale 7 días.`,
      'Si no esperaba esta invitación, no abra el enlace y llame a la clínica.',
    ],
    action: 'Aceptar la invitación',
  }),
  'password-reset': () => ({
    subject: 'Restablezca su contraseña',
    lines: [
      'Alguien ha pedido restablecer la contraseña de su cuenta. El enlace vale una sola vez, durante una hora.',
      'Si no ha sido usted, no tiene que hacer nada: su contraseña sigue igual.',
    ],
    action: 'Elegir una contraseña nueva',
  }),
  'password-changed': ({ how }) => ({
    subject: 'Su contraseña ha cambiado',
    lines: [
      how === 'reset'
        ? 'Su contraseña se restableció con un enlace que le enviamos por correo. Se han cerrado todas sus sesiones.'
        : 'Su contraseña ha cambiado. Se han cerrado sus sesiones en los demás dispositivos.',
      ...ES.lastingEnded(passwordAction(how)),
      CALL,
    ],
    action: 'Restablecer la contraseña',
    brief: 'Su contraseña ha cambiado. Si no ha sido usted, llame a la clínica.',
  }),
  'confirm-email-change': () => ({
    subject: 'Confirme su nueva dirección de correo',
    lines: [
      'Alguien ha pedido usar esta dirección de correo para una cuenta en el portal del paciente. El enlace vale 24 horas.',
      'Si no ha sido usted, no tiene que hacer nada: sin el enlace no cambia nada.',
    ],
    action: 'Usar esta dirección',
  }),
  'email-change-requested': () => ({
    subject: 'Su dirección de correo va a cambiar',
    lines: [
      'Alguien ha pedido cambiar la dirección de correo de su cuenta. Cambiará en cuanto se confirme la nueva dirección.',
      'Si no ha sido usted, deshaga el cambio con el enlace de este correo. Vale hasta 7 días después del cambio, cierra la sesión en todos los dispositivos y le pide una contraseña nueva. Guarde este correo hasta entonces.',
    ],
    action: 'Deshacer el cambio',
  }),
  'email-changed': () => ({
    subject: 'Su dirección de correo ha cambiado',
    lines: [
      'La dirección de correo de su cuenta ha cambiado. Se han cerrado sus sesiones en los demás dispositivos.',
      ...ES.lastingEnded('email_changed'),
      'Si no ha sido usted, use el enlace del correo que enviamos a su dirección anterior cuando se pidió el cambio. Vale 7 días.',
    ],
    brief: 'La dirección de correo de su cuenta ha cambiado. Si no ha sido usted, llame a la clínica.',
  }),
  'email-restored': () => ({
    subject: 'Vuelve a tener su dirección de correo anterior',
    lines: [
      'El cambio de su dirección de correo se ha deshecho y se han cerrado todas las sesiones. Su contraseña antigua ya no vale: elija una nueva. El enlace vale una hora; después, pida otro.',
      ...ES.lastingEnded('email_restored'),
    ],
    action: 'Elegir una contraseña nueva',
  }),
  'signed-out-everywhere': () => ({
    subject: 'Se han cerrado todas sus sesiones',
    lines: ['Se han cerrado todas las sesiones de su cuenta.', ...ES.lastingEnded('signed_out_everywhere'), CALL],
    action: 'Restablecer la contraseña',
    brief: 'Se han cerrado todas sus sesiones. Si no ha sido usted, llame a la clínica.',
  }),
  'credential-made': ({ what }) => MADE[what],
  'new-sign-in': ({ deviceName, place, at }, reader) => ({
    subject: 'Nuevo inicio de sesión en su cuenta',
    lines: [
      place === null
        ? t`Alguien inició sesión en su cuenta: ${ES.moment(at, reader.sender.timezone, reader)}.`
        : t`Alguien inició sesión en su cuenta: ${ES.moment(at, reader.sender.timezone, reader)}, desde ${place}.`,
      labelFault(deviceName) === undefined
        ? t`El dispositivo dice llamarse «${deviceName}». No hemos comprobado ese nombre.`
        : 'El dispositivo no dio ningún nombre que podamos mostrar aquí.',
      'Si no ha sido usted, cambie su contraseña y cierre todas las sesiones.',
    ],
    action: 'Ver dónde tiene sesiones abiertas',
    brief: `Nuevo inicio de sesión en su cuenta: ${ES.briefMoment(at, reader.sender.timezone, reader)}. Si no ha sido usted, cambie su contraseña.`,
  }),
  'account-closed': () => ({
    subject: 'Su cuenta está cerrada',
    lines: [
      'Su cuenta en el portal del paciente está cerrada y sus datos personales se han borrado.',
      'La clínica conserva solo lo que exige la ley sobre sus citas. Si no lo ha pedido usted, llame a la clínica.',
    ],
    brief: 'Su cuenta en el portal del paciente está cerrada.',
  }),
};

const ROLES: Readonly<Record<string, string>> = {
  patient: 'paciente',
  doctor: 'personal médico',
  staff: 'personal de la clínica',
  admin: 'administración',
};

const MADE: Readonly<
  Record<IdentityVariables['credential-made']['what'], ReturnType<IdentityTexts['credential-made']>>
> = {
  api_key: {
    subject: 'Se ha creado una clave de API en su cuenta',
    lines: [
      'Se ha creado una clave de API. Quien la tenga puede hacer lo que permiten sus permisos, sin iniciar sesión.',
      'Si no ha sido usted, cambie ahora su contraseña: la clave dejará de funcionar.',
    ],
    action: 'Ver sus claves de API',
    brief: 'Se ha creado una clave de API en su cuenta. Si no ha sido usted, cambie su contraseña.',
  },
  calendar_feed: {
    subject: 'Se ha creado un enlace de calendario en su cuenta',
    lines: [
      'Se ha creado un enlace de calendario. Quien lo tenga puede ver las citas que contiene, sin iniciar sesión.',
      'Si no ha sido usted, cambie ahora su contraseña: el enlace dejará de funcionar.',
    ],
    action: 'Ver sus enlaces de calendario',
    brief: 'Se ha creado un enlace de calendario en su cuenta. Si no ha sido usted, cambie su contraseña.',
  },
  export: {
    subject: 'Se ha pedido una copia de sus datos',
    lines: [
      'Estamos preparando una copia de todo lo que el portal guarda sobre usted. Se puede descargar una sola vez, en el plazo de una semana.',
      'Si no ha sido usted, cambie ahora su contraseña: la copia ya no se podrá descargar.',
    ],
    action: 'Ver las copias de sus datos',
    brief: 'Se ha pedido una copia de sus datos. Si no ha sido usted, cambie su contraseña.',
  },
  file_link: {
    subject: 'Se ha creado un enlace a un archivo en su cuenta',
    lines: [
      'Se ha creado un enlace a un archivo. Quien lo tenga, y la clave si la hay, puede abrir el archivo sin iniciar sesión.',
      'Si no ha sido usted, cambie ahora su contraseña: el enlace dejará de funcionar.',
    ],
    action: 'Ver sus documentos',
    brief: 'Se ha creado un enlace a un archivo en su cuenta. Si no ha sido usted, cambie su contraseña.',
  },
  push_subscription: {
    subject: 'Un dispositivo recibe ahora notificaciones de su cuenta',
    lines: [
      'Se ha registrado un dispositivo para recibir notificaciones: muestra brevemente lo que la clínica le comunica, también en la pantalla bloqueada.',
      'Si no ha sido usted, cambie ahora su contraseña: el dispositivo dejará de recibirlas.',
    ],
    action: 'Ver sus mensajes y dispositivos',
    brief: 'Un dispositivo recibe ahora notificaciones de su cuenta. Si no ha sido usted, cambie su contraseña.',
  },
};
