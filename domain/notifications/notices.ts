/** What clinics often say to a patient, in the language of the patient. */

/** They name neither a finding nor a doctor: they may be read on a locked screen. */
export const CLINIC_NOTICES = ['call_us', 'documents_ready', 'documents_missing', 'book_check_up'] as const;
export type ClinicNotice = (typeof CLINIC_NOTICES)[number];

/** The notices in one language. */
export type NoticeTexts = Readonly<
  Record<ClinicNotice, { readonly subject: string; readonly lines: readonly string[]; readonly brief: string }>
>;
