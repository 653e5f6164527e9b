import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

const KINDS = {
  bad: { colours: 'bg-bad-soft text-bad border-bad', Icon: CircleAlert },
  warn: { colours: 'bg-warn-soft text-warn border-warn', Icon: TriangleAlert },
  good: { colours: 'bg-good-soft text-good border-good', Icon: CircleCheck },
  info: { colours: 'bg-brand-soft text-brand border-brand', Icon: Info },
} as const;

export type NoticeKind = keyof typeof KINDS;

/**
 * A message that stays. What is wrong is announced at once, the rest when the reader pauses.
 */
export function Notice({ kind, children }: { readonly kind: NoticeKind; readonly children: ReactNode }) {
  const { colours, Icon } = KINDS[kind];
  return (
    <div role={kind === 'bad' ? 'alert' : 'status'} className={`flex gap-3 rounded-control border p-3 ${colours}`}>
      <Icon aria-hidden className="mt-0.5 size-5 shrink-0" />
      <div className="min-w-0 space-y-1">{children}</div>
    </div>
  );
}

/** A state in a word, an icon and a colour. */
export function Badge({ kind, children }: { readonly kind: NoticeKind; readonly children: ReactNode }) {
  const { colours, Icon } = KINDS[kind];
  return (
    <span
      className={`inline-flex items-center gap-1.5 rounded-full border px-2.5 py-0.5 text-sm font-medium ${colours}`}
    >
      <Icon aria-hidden className="size-4" />
      {children}
    </span>
  );
}
