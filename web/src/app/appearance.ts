/** Theme, contrast, motion and language: of the account, remembered on this device for the first paint. */
import type { Answer } from './api.ts';

interface Appearance {
  readonly theme: 'system' | 'light' | 'dark';
  readonly contrast: boolean;
  readonly motion: boolean;
  readonly language: Language;
}

export const LANGUAGES = ['en', 'de', 'es', 'fr', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];

const PLACE = 'portal-appearance';

export const isLanguage = (text: string): text is Language => (LANGUAGES as readonly string[]).includes(text);

/** The language that was chosen here, or the first that the browser names. */
export function startLanguage(): Language {
  const named = [document.documentElement.lang, ...navigator.languages].map((tag) => tag.slice(0, 2));
  const chosen = localStorage.getItem(PLACE) === null ? named.slice(1) : named;
  return chosen.find(isLanguage) ?? 'en';
}

export function showLanguage(language: Language): void {
  document.documentElement.lang = language;
  document.documentElement.dir = language === 'ar' ? 'rtl' : 'ltr';
  remember({ language });
}

export function showPreferences({
  theme,
  highContrast,
  reducedMotion,
}: Pick<Answer<'getPreferences'>, 'theme' | 'highContrast' | 'reducedMotion'>): void {
  const { dataset } = document.documentElement;
  if (theme === 'system') delete dataset.theme;
  else dataset.theme = theme;
  if (highContrast) dataset.contrast = 'more';
  else delete dataset.contrast;
  if (reducedMotion) dataset.motion = 'reduced';
  else delete dataset.motion;
  remember({ theme, contrast: highContrast, motion: !reducedMotion });
}

function remember(change: Partial<Appearance>): void {
  const before = JSON.parse(localStorage.getItem(PLACE) ?? '{}') as Partial<Appearance>;
  localStorage.setItem(PLACE, JSON.stringify({ ...before, ...change }));
}
