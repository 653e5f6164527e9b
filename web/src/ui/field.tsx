import { Eye, EyeOff } from 'lucide-react';
import { type HTMLInputAutoCompleteAttribute, type HTMLInputTypeAttribute, useState } from 'react';
import { Button, Checkbox, FieldError, Input, Label, Text, TextArea, TextField } from 'react-aria-components';
import { useTexts } from '../texts/texts.tsx';

const BOX =
  'w-full min-h-11 rounded-control border border-control bg-surface px-3 py-2 text-ink invalid:border-bad data-[invalid]:border-bad data-[invalid]:border-2';

export interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly help?: string;
  readonly type?: HTMLInputTypeAttribute;
  readonly autoComplete?: HTMLInputAutoCompleteAttribute;
  readonly inputMode?: 'text' | 'numeric' | 'email' | 'tel';
  readonly isRequired?: boolean;
  readonly defaultValue?: string;
  readonly maxLength?: number;
  readonly autoFocus?: boolean;
  /** Several lines. */
  readonly isLong?: boolean;
}

/** A labelled field of a `Form`, which shows what the API said about it. */
export function Field({ name, label, help, isLong = false, type = 'text', isRequired = true, ...input }: FieldProps) {
  const { states } = useTexts();
  const { autoComplete, inputMode, maxLength, autoFocus, defaultValue } = input;
  const attributes = {
    ...(autoComplete && { autoComplete }),
    ...(inputMode && { inputMode }),
    ...(maxLength && { maxLength }),
  };
  return (
    <TextField
      name={name}
      type={type}
      isRequired={isRequired}
      {...(defaultValue !== undefined && { defaultValue })}
      {...(autoFocus && { autoFocus })}
      className="space-y-1"
    >
      <Label className="block font-medium">{label}</Label>
      {isLong ? (
        <TextArea rows={3} className={BOX} {...attributes} />
      ) : (
        <Input dir="auto" className={BOX} {...attributes} />
      )}
      {help && (
        <Text slot="description" className="block text-sm text-mute">
          {help}
        </Text>
      )}
      <FieldError className="block text-sm text-bad">
        {({ validationDetails, validationErrors }) =>
          validationDetails.valueMissing ? states.required : validationErrors.join(' ')
        }
      </FieldError>
    </TextField>
  );
}

/** A password that can be shown. */
export function PasswordField({ name, label, help, autoComplete }: FieldProps) {
  const { signIn, states } = useTexts();
  const [isShown, show] = useState(false);
  return (
    <TextField name={name} type={isShown ? 'text' : 'password'} isRequired className="space-y-1">
      <Label className="block font-medium">{label}</Label>
      <div className="flex gap-2">
        <Input
          dir="ltr"
          className={BOX}
          {...(autoComplete && { autoComplete })}
          spellCheck="false"
          autoCapitalize="none"
        />
        <Button
          aria-label={isShown ? signIn.hidePassword : signIn.showPassword}
          onPress={() => show(!isShown)}
          className="grid size-11 shrink-0 cursor-pointer place-items-center rounded-control border border-control bg-surface"
        >
          {isShown ? <EyeOff aria-hidden className="size-5" /> : <Eye aria-hidden className="size-5" />}
        </Button>
      </div>
      {help && (
        <Text slot="description" className="block text-sm text-mute">
          {help}
        </Text>
      )}
      <FieldError className="block text-sm text-bad">
        {({ validationDetails, validationErrors }) =>
          validationDetails.valueMissing ? states.required : validationErrors.join(' ')
        }
      </FieldError>
    </TextField>
  );
}

interface TickProps {
  readonly name?: string;
  readonly label: string;
  readonly help?: string;
  readonly isSelected?: boolean;
  readonly onChange?: (isSelected: boolean) => void;
}

export function Tick({ label, help, ...props }: TickProps) {
  return (
    <div>
      <Checkbox {...props} value="yes" className="group flex min-h-11 cursor-pointer items-center gap-3">
        <span
          aria-hidden
          className="grid size-6 shrink-0 place-items-center rounded border-2 border-control bg-surface text-on-brand group-selected:border-brand group-selected:bg-brand"
        >
          <svg
            viewBox="0 0 18 18"
            className="hidden size-4 fill-none stroke-current stroke-3 group-selected:block"
            aria-hidden="true"
          >
            <polyline points="2 9 7 14 16 4" />
          </svg>
        </span>
        {label}
      </Checkbox>
      {help && <p className="ps-9 text-sm text-mute">{help}</p>}
    </div>
  );
}
