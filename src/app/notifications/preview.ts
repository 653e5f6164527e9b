/** Shows administrators what a message says, with sample data and as their clinic sends it. */
import { toBase64 } from '../../../domain/audit/base64.ts';
import { isTemplateName, render } from '../../../domain/messages.ts';
import type { InlinePicture } from '../../../domain/notifications/ports.ts';
import { senderOf } from '../../../domain/scheduling/clinic-settings.ts';
import { isForCalendars } from '../../../domain/scheduling/messages.ts';
import { ok, type Result, refuse } from '../../../domain/shared/result.ts';
import type { Language } from '../../../domain/shared/wording/language.ts';
import type { Deps } from '../context.ts';
import { mailedCalendarFile } from '../scheduling/calendar-file.ts';
import { samples, textsIn } from './languages.ts';
import { mailLogo } from './logo.ts';

export const PREVIEW_FORMATS = ['html', 'text', 'ics', 'sms', 'push'] as const;
export type PreviewFormat = (typeof PREVIEW_FORMATS)[number];

export type PreviewNotFound = { readonly code: 'not_found' };

/** @returns refused for an unknown template, and for a format that the template has not */
export async function previewTemplate(
  deps: Deps,
  name: string,
  language: Language,
  format: PreviewFormat,
): Promise<Result<string, PreviewNotFound>> {
  if (!isTemplateName(name)) return refuse({ code: 'not_found' });
  const [clinic] = await deps.database.load(deps.loads.scheduling.clinic());
  const [variables] = (await samples())[name];
  const { publicUrl } = deps.settings;
  const logo = format === 'html' ? await mailLogo(deps, clinic) : null;
  const sender = senderOf(clinic, logo && { src: dataUri(logo.picture), size: logo.size });
  const context = { language, firstName: 'Ada', publicUrl, sender };
  const texts = await textsIn(language);
  const rendered = render(name, variables, context, texts);
  const calendar = isForCalendars(variables)
    ? mailedCalendarFile(variables.calendar, variables.doctorName, clinic, publicUrl, texts.words).text
    : null;
  const push = rendered?.push;
  const shown = {
    html: rendered?.html,
    text: rendered?.text,
    sms: rendered?.sms,
    push: push ? `${push.title}\n${push.body}` : null,
    ics: calendar,
  }[format];
  return typeof shown === 'string' ? ok(shown) : refuse({ code: 'not_found' });
}

/** The bytes in the page itself: it may load nothing, as the mail (RFC 2397). */
function dataUri({ type, bytes }: InlinePicture): string {
  return `data:${type};base64,${toBase64(bytes)}`;
}
