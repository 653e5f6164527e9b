import { type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { useTexts } from '../texts/texts.tsx';
import { Failing } from './failing.tsx';

interface PageProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Narrow pages are forms. */
  readonly width?: 'narrow' | 'wide';
  readonly actions?: ReactNode;
}

/** A page: its title takes the focus when it is opened, so that screen readers begin there. */
export function Page({ title, children, width = 'wide', actions }: PageProps) {
  const { portal } = useTexts();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} – ${portal}`;
    heading.current?.focus({ preventScroll: true });
  }, [title, portal]);
  return (
    <div className={`mx-auto space-y-6 px-4 py-6 ${width === 'narrow' ? 'max-w-md' : 'max-w-3xl'}`}>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 ref={heading} tabIndex={-1} className="shadow-none outline-none">
          {title}
        </h1>
        {actions}
      </div>
      <Part>{children}</Part>
    </div>
  );
}

/** A part of a page that loads and fails by itself. */
export function Part({ children }: { readonly children: ReactNode }) {
  return (
    <Failing>
      <Suspense fallback={<Skeleton />}>{children}</Suspense>
    </Failing>
  );
}

export function Card({ children }: { readonly children: ReactNode }) {
  return <section className="space-y-3 rounded-card border border-line bg-surface p-4 sm:p-6">{children}</section>;
}

/** Nothing for 300 ms, then the place of what is loading; after 8 s it says that it takes long. */
export function Skeleton({ lines = 3 }: { readonly lines?: number }) {
  const { states } = useTexts();
  const [stage, setStage] = useState<'nothing' | 'shape' | 'slow'>('nothing');
  useEffect(() => {
    const timers = [setTimeout(() => setStage('shape'), 300), setTimeout(() => setStage('slow'), 8_000)];
    return () => timers.forEach(clearTimeout);
  }, []);
  return (
    <div role="status" aria-label={states.loading} className={`space-y-3 ${stage === 'nothing' ? 'invisible' : ''}`}>
      {Array.from({ length: lines }, (_, n) => n).map((n) => (
        <div key={n} className="h-12 animate-pulse rounded-control bg-line" />
      ))}
      {stage === 'slow' && <p>{states.slow}</p>}
    </div>
  );
}

export function Empty({
  title,
  help,
  action,
}: {
  readonly title: string;
  readonly help?: string;
  readonly action?: ReactNode;
}) {
  return (
    <div className="space-y-3 rounded-card border border-dashed border-control p-6 text-center">
      <p className="font-medium">{title}</p>
      {help && <p className="text-mute">{help}</p>}
      {action}
    </div>
  );
}
