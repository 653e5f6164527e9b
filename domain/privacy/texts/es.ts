import { ES } from '../../shared/wording/es.ts';
import type { PrivacyTexts, PrivacyVariables } from '../messages.ts';

const { t } = ES;
const HISTORY = 'El historial de su expediente muestra quién lo hizo.';

export const PRIVACY: PrivacyTexts = {
  'emergency-access': ({ doctorName, until, isPatient }, reader) => {
    const end = ES.moment(until, reader.sender.timezone, reader);
    return isPatient
      ? {
          subject: 'Su expediente se abrió por una emergencia',
          lines: [
            t`${doctorName}, que no le atiende habitualmente, abrió su expediente e indicó una emergencia como motivo. El acceso termina: ${end}.`,
            'La clínica revisa todos estos accesos. El historial de su expediente muestra lo que se leyó. Si no le consta ninguna emergencia, llame a la clínica.',
          ],
          brief: 'Su expediente se abrió por una emergencia. Si no le consta ninguna, llame a la clínica.',
        }
      : {
          subject: 'Se abrió un expediente por una emergencia',
          lines: [
            t`${doctorName} abrió el expediente de una persona que no es su paciente e indicó una emergencia como motivo. El acceso termina: ${end}.`,
            'Por favor, revíselo: la lista de accesos de emergencia muestra el motivo y el registro de auditoría, lo que se leyó.',
          ],
          brief: 'Se abrió un expediente por una emergencia. Por favor, revíselo.',
        };
  },
  'acted-on-behalf': ({ what }) => ({
    subject: 'La clínica gestionó sus datos en su nombre',
    lines: [ON_BEHALF[what], `${HISTORY} Si no lo ha pedido usted, llame a la clínica.`],
    brief: 'La clínica gestionó sus datos en su nombre. Si no lo ha pedido usted, llame a la clínica.',
  }),
  'processing-limit': ({ kind, isSet }) => ({
    subject: isSet ? 'El uso de sus datos está limitado' : 'El uso de sus datos ya no está limitado',
    lines: [LIMITS[kind][isSet ? 'set' : 'lifted'], 'Si no es lo que pidió, llame a la clínica.'],
    brief: isSet ? 'El uso de sus datos está limitado desde ahora.' : 'El uso de sus datos ya no está limitado.',
  }),
  'records-merged': ({ undoUntil }, reader) => ({
    subject: 'Se han unido dos expedientes suyos',
    lines: [
      'La clínica tenía dos expedientes suyos y los ha unido: el de esta cuenta lo contiene ahora todo. Lo que faltaba en su perfil se completó con el otro expediente.',
      t`${HISTORY} Si el otro expediente no es suyo, llame a la clínica. La unión se puede deshacer hasta: ${ES.moment(undoUntil, reader.sender.timezone, reader)}.`,
    ],
    brief: 'Se han unido dos expedientes suyos. Si el otro no es suyo, llame a la clínica.',
  }),
  'account-merged': () => ({
    subject: 'Su cuenta se ha unido a otra',
    lines: [
      'La clínica tenía dos expedientes suyos y los ha unido. Esta cuenta está cerrada: inicie sesión en la otra, que ahora lo contiene todo.',
      'Si no tiene otra cuenta en la clínica, llame a la clínica: la unión se puede deshacer durante un día.',
    ],
    brief: 'Su cuenta se ha unido a su otra cuenta. Si no tiene otra, llame a la clínica.',
  }),
  'records-parted': ({ isAlias }) => ({
    subject: 'Se ha deshecho la unión de dos expedientes',
    lines: isAlias
      ? [
          'La clínica había cerrado esta cuenta y la había unido a otra. Vuelve a estar abierta, con lo que tenía antes. Puede iniciar sesión en ella.',
        ]
      : [
          'La clínica había unido otro expediente al de esta cuenta y lo ha deshecho: lo que había en el otro expediente ya no está en el suyo.',
          HISTORY,
        ],
    brief: 'Se ha deshecho la unión de dos expedientes.',
  }),
};

const ON_BEHALF: Readonly<Record<PrivacyVariables['acted-on-behalf']['what'], string>> = {
  export_requested: 'La administración pidió una copia de todos sus datos para entregársela.',
  export_downloaded: 'La administración descargó la copia de sus datos para entregársela.',
  rectified: 'La administración corrigió su perfil.',
};

const LIMITS: Readonly<
  Record<PrivacyVariables['processing-limit']['kind'], Readonly<Record<'set' | 'lifted', string>>>
> = {
  restriction: {
    set: 'La clínica guarda su expediente, pero no lo usa hasta que se levante la limitación. Usted puede seguir viéndolo. Sus claves de API y sus enlaces de calendario ya no funcionan; podrá crear otros cuando se levante la limitación. Hasta entonces, sus dispositivos no recibirán notificaciones.',
    lifted:
      'Se ha levantado la limitación de su expediente. La clínica puede volver a usarlo, y usted puede volver a crear claves de API y enlaces de calendario.',
  },
  objection: {
    set: 'Hemos anotado su oposición. No recibirá recordatorios ni otros mensajes opcionales.',
    lifted: 'Se ha retirado su oposición. Volverá a recibir recordatorios y otros mensajes opcionales.',
  },
};
