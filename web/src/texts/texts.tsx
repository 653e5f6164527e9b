/** The words of the pages, by language: a text that one of them lacks does not compile. */
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { I18nProvider } from 'react-aria-components';
import { type Language, showLanguage, startLanguage } from '../app/appearance.ts';
import type { english } from './en.ts';

export type Texts = typeof english;

const LOADED: Readonly<Record<Language, () => Promise<Texts>>> = {
  en: async () => (await import('./en.ts')).english,
  de: async () => (await import('./de.ts')).german,
  es: async () => (await import('./es.ts')).spanish,
  fr: async () => (await import('./fr.ts')).french,
  ar: async () => (await import('./ar.ts')).arabic,
};

interface Spoken {
  readonly texts: Texts;
  readonly language: Language;
  readonly speak: (language: Language) => void;
}

const SpokenContext = createContext<Spoken | null>(null);

export function TextsProvider({ children }: { readonly children: ReactNode }) {
  const [language, speak] = useState(startLanguage);
  const [spoken, setSpoken] = useState<{ readonly texts: Texts; readonly language: Language } | null>(null);
  useEffect(() => {
    let isWanted = true;
    void LOADED[language]().then((texts) => {
      if (!isWanted) return;
      showLanguage(language);
      setSpoken({ texts, language });
    });
    return () => {
      isWanted = false;
    };
  }, [language]);
  if (spoken === null) return null;
  return (
    <SpokenContext value={{ ...spoken, speak }}>
      <I18nProvider locale={spoken.language}>{children}</I18nProvider>
    </SpokenContext>
  );
}

export function useSpoken(): Spoken {
  const spoken = useContext(SpokenContext);
  if (spoken === null) throw new Error('there are no texts outside of TextsProvider');
  return spoken;
}

export const useTexts = (): Texts => useSpoken().texts;

/** Replaces `{name}` in a text. */
export function filled(text: string, values: Readonly<Record<string, string | number>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
