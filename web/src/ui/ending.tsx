import { useCommand } from '../app/commands.ts';
import { useTexts } from '../texts/texts.tsx';
import { Button } from './button.tsx';
import { Asking } from './dialog.tsx';
import { FailureNotice } from './form.tsx';

/** Commands that end one thing, named by its id. */
type EndingCommand = 'deleteFile' | 'leaveWaitlist' | 'revokeApiKey' | 'revokeCalendarFeed';

interface EndingProps {
  readonly command: EndingCommand;
  readonly id: string;
  /** The verb, on the button that asks and on the one that does it. */
  readonly verb: string;
  readonly title: string;
  /** What ends, and what that means. */
  readonly about: string;
  /** On the button that changes nothing. Default: Back. */
  readonly keep?: string;
  readonly onEnded: () => void;
}

/** A button that ends something after asking once. A refusal is shown where it was asked. */
export function Ending({ command, id, verb, title, about, keep, onEnded }: EndingProps) {
  const { actions } = useTexts();
  const { mutate, error, isPending } = useCommand(command);
  return (
    <Asking trigger={<Button kind="danger">{verb}</Button>} title={title}>
      {(close) => (
        <>
          <p dir="auto">{about}</p>
          {error !== null && <FailureNotice failure={error} takesFocus />}
          <div className="flex flex-wrap gap-3">
            <Button
              kind="danger"
              isPending={isPending}
              onPress={() => mutate({ path: { id } }, { onSuccess: onEnded })}
            >
              {verb}
            </Button>
            <Button onPress={close}>{keep ?? actions.back}</Button>
          </div>
        </>
      )}
    </Asking>
  );
}
