import { LANGUAGES, type Language } from '../../app/appearance.ts';
import { useSpoken } from '../../texts/texts.tsx';

/** In their own words, because who looks for one may read no other. */
const NAMES: Readonly<Record<Language, string>> = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  fr: 'Français',
  ar: 'العربية',
};

export function LanguageChoice() {
  const { texts, language, speak } = useSpoken();
  return (
    <label className="block space-y-1">
      <span className="font-medium">{texts.language}</span>
      <select
        value={language}
        onChange={({ target }) => speak(target.value as Language)}
        className="block min-h-11 w-full rounded-control border border-control bg-surface px-3 text-ink"
      >
        {LANGUAGES.map((each) => (
          <option key={each} value={each} lang={each}>
            {NAMES[each]}
          </option>
        ))}
      </select>
    </label>
  );
}
