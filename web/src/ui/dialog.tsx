import type { ReactNode } from 'react';
import { Dialog, DialogTrigger, Heading, Modal, ModalOverlay } from 'react-aria-components';

interface DialogProps {
  readonly title: string;
  readonly children: (close: () => void) => ReactNode;
}

interface AskingProps extends DialogProps {
  /** The button that opens it. */
  readonly trigger: ReactNode;
  /** Whether it is open at first: for links that lead to the question. */
  readonly isOpenAtFirst?: boolean;
}

/** Asks before something is done. Escape and a press outside leave everything as it is. */
export function Asking({ trigger, isOpenAtFirst = false, ...dialog }: AskingProps) {
  return (
    <DialogTrigger defaultOpen={isOpenAtFirst}>
      {trigger}
      <Asked {...dialog} />
    </DialogTrigger>
  );
}

interface AskedProps extends DialogProps {
  readonly isOpen?: boolean;
  readonly onOpenChange?: (isOpen: boolean) => void;
}

/** A dialog without a button of its own. */
export function Asked({ title, children, ...overlay }: AskedProps) {
  return (
    <ModalOverlay
      {...overlay}
      isDismissable
      className="fixed inset-0 z-20 grid place-items-center overflow-y-auto bg-black/50 p-4"
    >
      <Modal className="w-full max-w-md rounded-card bg-surface p-6 shadow-2xl">
        <Dialog className="space-y-4 outline-none">
          {({ close }) => (
            <>
              <Heading slot="title" className="text-[1.375rem] font-semibold">
                {title}
              </Heading>
              {children(close)}
            </>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
