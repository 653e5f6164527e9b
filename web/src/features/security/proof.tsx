import { lazy, Suspense, useEffect, useState } from 'react';
import { onProofNeeded, type ProofMethod } from '../../app/api.ts';

/** Loaded when it is needed: the first page does not pay for a dialog. */
const ProofDialog = lazy(() => import('./proof-dialog.tsx'));

interface Wanted {
  readonly methods: readonly ProofMethod[];
  readonly answer: (isProven: boolean) => void;
}

/** Asks who is there when the API wants to know it again. What was being done goes on afterwards. */
export function IdentityProof() {
  const [wanted, want] = useState<Wanted | null>(null);
  useEffect(() => onProofNeeded((methods) => new Promise((answer) => want({ methods, answer }))), []);
  if (wanted === null) return null;
  const end = (isProven: boolean) => {
    wanted.answer(isProven);
    want(null);
  };
  return (
    <Suspense>
      <ProofDialog methods={wanted.methods} onEnd={end} />
    </Suspense>
  );
}
