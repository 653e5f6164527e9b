/** Examples of each message, for previews and tests. */
import type { Samples } from '../shared/messages.ts';
import type { NotificationVariables } from './messages.ts';

export const NOTIFICATION_SAMPLES: Samples<NotificationVariables> = {
  'clinic-message': [
    {
      subject: 'Flu vaccination from Monday',
      body: 'From Monday you can have the flu vaccination without an appointment.\n\nMonday to Friday, 8:00 to 10:00.\nPlease bring your vaccination card.',
    },
  ],
  'clinic-notice': [
    { notice: 'call_us' },
    { notice: 'documents_ready' },
    { notice: 'documents_missing' },
    { notice: 'book_check_up' },
  ],
  'emergency-alert': [{ body: 'The clinic is closed today because of a power cut. We call you for a new time.' }],
  'breach-notice': [
    {
      whatHappened: 'On 1 March a letter with your name and the date of your visit went to another patient.',
      consequences: 'That person knows when you were at the clinic. Nothing else was in the letter.',
      measures: 'The letter was given back. You need not do anything.',
      contact: 'Our data protection officer, privacy@clinic.example.',
    },
  ],
  'text-answer': [
    { answer: 'unread', phone: '+49 30 901820' },
    { answer: 'unread', phone: null },
    { answer: 'stopped', phone: null },
    { answer: 'started', phone: null },
    { answer: 'help', phone: '+49 30 901820' },
    { answer: 'nothing_to_confirm', phone: '+49 30 901820' },
    {
      answer: 'confirmed',
      phone: null,
      time: { date: '2026-03-03', startTime: '10:00', timezone: 'Europe/Berlin' },
    },
  ],
  'addresses-suppressed': [{ count: 3 }],
  'daily-cap-reached': [
    { channel: 'sms', share: 80, used: 400, cap: 500 },
    { channel: 'email', share: 100, used: 501, cap: 500 },
    { channel: 'push', share: 100, used: 500, cap: 500 },
  ],
};
