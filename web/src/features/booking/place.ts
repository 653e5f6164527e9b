/** The step and what was chosen are in the address, so that Back works. */
import { useNavigate, useSearch } from '@tanstack/react-router';

export interface BookingPlace {
  readonly step?: string | undefined;
  readonly type?: string | undefined;
  readonly mode?: string | undefined;
  readonly doctor?: string | undefined;
  readonly specialty?: string | undefined;
  readonly view?: string | undefined;
  readonly day?: string | undefined;
  readonly month?: string | undefined;
  readonly id?: string | undefined;
}

export type Go = (change: BookingPlace, options?: { readonly replace?: boolean }) => void;

export function usePlace(): { readonly place: BookingPlace; readonly go: Go } {
  const search = useSearch({ strict: false }) as Readonly<Record<string, unknown>>;
  const navigate = useNavigate();
  const place = Object.fromEntries(Object.entries(search).map(([name, value]) => [name, String(value)]));
  const go: Go = (change, { replace = false } = {}) => {
    const next = Object.entries({ ...place, ...change }).filter(([, value]) => value !== undefined && value !== '');
    void navigate({ to: '.', search: Object.fromEntries(next) as never, replace, resetScroll: 'step' in change });
  };
  return { place, go };
}
