import { QueryErrorResetBoundary } from '@tanstack/react-query';
import { Component, type ReactNode } from 'react';
import { useTexts } from '../texts/texts.tsx';
import { Button } from './button.tsx';
import { FailureNotice } from './form.tsx';

interface BoundaryProps {
  readonly children: ReactNode;
  readonly shown: (error: unknown, retry: () => void) => ReactNode;
  readonly onRetry: () => void;
}

class Boundary extends Component<BoundaryProps, { readonly error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return this.props.shown(error, () => {
      this.props.onRetry();
      this.setState({ error: null });
    });
  }
}

/** Shows what failed in place of a part of the page; the rest goes on working. */
export function Failing({ children }: { readonly children: ReactNode }) {
  const { states } = useTexts();
  return (
    <QueryErrorResetBoundary>
      {({ reset }) => (
        <Boundary
          onRetry={reset}
          shown={(error, retry) => (
            <div className="space-y-3">
              <h2>{states.failed}</h2>
              <FailureNotice failure={error} />
              <p>{states.failedHelp}</p>
              <Button onPress={retry}>{states.retry}</Button>
            </div>
          )}
        >
          {children}
        </Boundary>
      )}
    </QueryErrorResetBoundary>
  );
}
