import { withCopies } from '../../shared/wording/copies.ts';
import { ES } from '../../shared/wording/es.ts';
import { type NotificationTexts, TOLD_TO_PROXIES } from '../messages.ts';
import type { NoticeTexts } from '../notices.ts';

const NOTICES: NoticeTexts = {
  call_us: {
    subject: 'Llame a la clínica, por favor',
    lines: ['Llame a la clínica, por favor. Se trata de su tratamiento y nos gustaría hablar con usted.'],
    brief: 'Llame a la clínica, por favor.',
  },
  documents_ready: {
    subject: 'Tiene documentos listos',
    lines: ['Los documentos que pidió están listos. Puede recogerlos en la clínica.'],
    brief: 'Tiene documentos listos en la clínica.',
  },
  documents_missing: {
    subject: 'Nos faltan documentos suyos',
    lines: ['Nos faltan documentos suyos. Tráigalos a su próxima visita o llame a la clínica si no sabe cuáles son.'],
    brief: 'Nos faltan documentos suyos. Tráigalos o llame a la clínica.',
  },
  book_check_up: {
    subject: 'Es hora de una revisión',
    lines: ['Es hora de su próxima revisión. Puede reservarla en el portal del paciente o llamar a la clínica.'],
    brief: 'Reserve su próxima cita en el portal del paciente, por favor.',
  },
};

const TEXTS: NotificationTexts = {
  'clinic-message': ({ subject, body }) => ({
    subject,
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: 'Tiene un mensaje de la clínica. Inicie sesión en el portal del paciente para leerlo.',
  }),
  'clinic-notice': ({ notice }) => NOTICES[notice],
  'emergency-alert': ({ body }) => ({
    subject: 'Mensaje urgente de la clínica',
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: `Urgente: ${body.replace(/\s+/g, ' ')}`,
  }),
  'breach-notice': ({ whatHappened, consequences, measures, contact }) => ({
    subject: 'Aviso sobre la protección de sus datos',
    lines: [
      'Debemos informarle de una violación de la seguridad de sus datos personales (art. 34 del RGPD).',
      'Qué ha ocurrido:',
      { words: whatHappened },
      'Qué consecuencias puede tener:',
      { words: consequences },
      'Qué se ha hecho y qué puede hacer usted:',
      { words: measures },
      'A quién puede preguntar:',
      { words: contact },
    ],
    brief:
      'Hay un aviso importante sobre la protección de sus datos. Inicie sesión en el portal del paciente para leerlo.',
  }),
  'text-answer': (given, reader) => {
    const { answer, phone } = given;
    const call = phone === null ? 'Llame a la clínica.' : `Llame a la clínica: ${phone}.`;
    const words = {
      stopped: 'Ya no recibe mensajes de texto nuestros. Responda START para volver a recibirlos.',
      started: 'Vuelve a recibir mensajes de texto nuestros. Responda STOP para no recibirlos.',
      help: `Mensajes de texto del portal del paciente. Responda STOP para no recibirlos. ${call}`,
      unread: `Nadie lee este número. ${call}`,
      nothing_to_confirm: `No hay ninguna cita que confirmar con este número. ${call}`,
      confirmed: given.answer === 'confirmed' ? `Su cita está confirmada: ${ES.brief(given.time, reader)}.` : '',
    }[answer];
    return { subject: 'Su mensaje de texto', lines: [words], brief: words };
  },
  'daily-cap-reached': ({ channel, share, used, cap }) => {
    const kind = { email: 'correos', sms: 'mensajes de texto', push: 'mensajes push' }[channel];
    const subject = share === 100 ? `Hoy no se envían más ${kind}` : `Ya se envió la mayoría de los ${kind} de hoy`;
    return {
      subject,
      lines: [
        `Hoy se han enviado ${used} de los ${cap} ${kind} que permiten los ajustes de la clínica.`,
        share === 100
          ? 'Los demás esperan hasta mañana, van por otro medio o se omiten. Los códigos, las alertas y los avisos de seguridad se siguen enviando.'
          : 'Cuando se hayan enviado todos, los demás esperarán hasta mañana, irán por otro medio o se omitirán. Los códigos, las alertas y los avisos de seguridad se siguen enviando.',
      ],
      brief: `${subject}. Los ajustes de la clínica dicen cuántos se permiten al día.`,
    };
  },
  'addresses-suppressed': ({ count }) => ({
    subject: 'Algunas direcciones ya no reciben mensajes',
    lines: [
      `Direcciones que no reciben mensajes desde el último aviso: ${count}.`,
      'No existen, o quienes las leen no quieren nada más de la clínica. La lista de direcciones suprimidas dice de quién son. Pida a esas personas otra dirección, o levante lo que haya sido un error.',
    ],
    brief: 'Algunas direcciones ya no reciben mensajes. La lista de direcciones suprimidas dice de quién son.',
  }),
};

export const NOTIFICATIONS = withCopies(TEXTS, TOLD_TO_PROXIES, ES);
