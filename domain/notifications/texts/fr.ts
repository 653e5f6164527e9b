import { withCopies } from '../../shared/wording/copies.ts';
import { FR } from '../../shared/wording/fr.ts';
import { type NotificationTexts, TOLD_TO_PROXIES } from '../messages.ts';
import type { NoticeTexts } from '../notices.ts';

const NOTICES: NoticeTexts = {
  call_us: {
    subject: 'Veuillez appeler la clinique',
    lines: ['Veuillez appeler la clinique. Il s’agit de votre traitement, et nous aimerions vous parler.'],
    brief: 'Veuillez appeler la clinique.',
  },
  documents_ready: {
    subject: 'Des documents sont prêts pour vous',
    lines: ['Les documents que vous avez demandés sont prêts. Vous pouvez les retirer à la clinique.'],
    brief: 'Des documents sont prêts pour vous à la clinique.',
  },
  documents_missing: {
    subject: 'Il nous manque des documents',
    lines: [
      'Il nous manque des documents de votre part. Apportez-les à votre prochaine visite, ou appelez la clinique si vous ne savez pas lesquels.',
    ],
    brief: 'Il nous manque des documents de votre part. Apportez-les ou appelez la clinique.',
  },
  book_check_up: {
    subject: 'Il est temps de faire un contrôle',
    lines: [
      'Il est temps de faire votre prochain contrôle. Vous pouvez le réserver dans le portail patient ou appeler la clinique.',
    ],
    brief: 'Veuillez réserver votre prochain rendez-vous dans le portail patient.',
  },
};

const TEXTS: NotificationTexts = {
  'clinic-message': ({ subject, body }) => ({
    subject,
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: 'Vous avez un message de la clinique. Connectez-vous au portail patient pour le lire.',
  }),
  'clinic-notice': ({ notice }) => NOTICES[notice],
  'emergency-alert': ({ body }) => ({
    subject: 'Message urgent de la clinique',
    lines: body.split(/\n{2,}/).map((words) => ({ words })),
    brief: `Urgent : ${body.replace(/\s+/g, ' ')}`,
  }),
  'breach-notice': ({ whatHappened, consequences, measures, contact }) => ({
    subject: 'Avis sur la protection de vos données',
    lines: [
      'Nous devons vous informer d’une violation de vos données personnelles (art. 34 du RGPD).',
      'Ce qui s’est passé :',
      { words: whatHappened },
      'Ce qui peut en résulter :',
      { words: consequences },
      'Ce qui a été fait, et ce que vous pouvez faire :',
      { words: measures },
      'À qui vous adresser :',
      { words: contact },
    ],
    brief: 'Il y a un avis important sur la protection de vos données. Connectez-vous au portail patient pour le lire.',
  }),
  'text-answer': (given, reader) => {
    const { answer, phone } = given;
    const call = phone === null ? 'Appelez le cabinet.' : `Appelez le cabinet: ${phone}.`;
    const words = {
      stopped: 'Vous ne recevez plus de SMS de notre part. Répondez START pour en recevoir à nouveau.',
      started: 'Vous recevez à nouveau nos SMS. Répondez STOP pour ne plus en recevoir.',
      help: `SMS du portail des patients. Répondez STOP pour ne plus en recevoir. ${call}`,
      unread: `Personne ne lit ce numéro. ${call}`,
      nothing_to_confirm: `Il n’y a pas de rendez-vous à confirmer avec ce numéro. ${call}`,
      confirmed: given.answer === 'confirmed' ? `Votre rendez-vous est confirmé: ${FR.brief(given.time, reader)}.` : '',
    }[answer];
    return { subject: 'Votre SMS', lines: [words], brief: words };
  },
  'daily-cap-reached': ({ channel, share, used, cap }) => {
    const kind = { email: 'e-mails', sms: 'SMS', push: 'messages push' }[channel];
    const subject = share === 100 ? `Plus de ${kind} aujourd’hui` : `La plupart des ${kind} du jour sont envoyés`;
    return {
      subject,
      lines: [
        `Aujourd’hui, ${used} des ${cap} ${kind} que permettent les réglages du cabinet ont été envoyés.`,
        share === 100
          ? 'Les suivants attendent demain, passent par une autre voie ou sont omis. Les codes, les alertes et les avis de sécurité sont toujours envoyés.'
          : 'Quand tous seront envoyés, les suivants attendront demain, passeront par une autre voie ou seront omis. Les codes, les alertes et les avis de sécurité sont toujours envoyés.',
      ],
      brief: `${subject}. Les réglages du cabinet disent combien sont permis par jour.`,
    };
  },
  'addresses-suppressed': ({ count }) => ({
    subject: 'Certaines adresses ne reçoivent plus de messages',
    lines: [
      `Adresses qui ne reçoivent plus de messages depuis le dernier avis : ${count}.`,
      'Elles n’existent pas, ou leurs lecteurs ne veulent plus rien du cabinet. La liste des adresses bloquées dit à qui elles sont. Demandez une autre adresse à ces personnes, ou levez ce qui était une erreur.',
    ],
    brief: 'Certaines adresses ne reçoivent plus de messages. La liste des adresses bloquées dit à qui elles sont.',
  }),
};

export const NOTIFICATIONS = withCopies(TEXTS, TOLD_TO_PROXIES, FR);
