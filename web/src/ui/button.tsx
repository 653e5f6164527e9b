import { Button as AriaButton, type ButtonProps as AriaButtonProps, Link, type LinkProps } from 'react-aria-components';

const KINDS = {
  primary: 'bg-brand text-on-brand border-brand pressed:opacity-80',
  secondary: 'bg-surface text-ink border-control hover:bg-brand-soft pressed:bg-brand-soft',
  danger: 'bg-surface text-bad border-bad hover:bg-bad-soft pressed:bg-bad-soft',
  quiet: 'bg-transparent text-brand border-transparent underline underline-offset-4 hover:bg-brand-soft',
} as const;

export type ButtonKind = keyof typeof KINDS;

const SHAPE =
  'inline-flex min-h-11 items-center justify-center gap-2 rounded-control border px-4 py-2 text-center font-semibold cursor-pointer transition-opacity duration-100 disabled:cursor-default disabled:opacity-60';

interface ButtonProps extends Omit<AriaButtonProps, 'className'> {
  readonly kind?: ButtonKind;
  readonly isWide?: boolean;
}

/** While `isPending` it keeps the focus and its name, and cannot be pressed. */
export function Button({ kind = 'secondary', isWide = false, ...props }: ButtonProps) {
  return <AriaButton {...props} className={`${SHAPE} ${KINDS[kind]} ${isWide ? 'w-full' : ''}`} />;
}

/** Looks like a button and leads to another page. */
export function ButtonLink({
  kind = 'secondary',
  ...props
}: Omit<LinkProps, 'className'> & { readonly kind?: ButtonKind }) {
  return <Link {...props} className={`${SHAPE} ${KINDS[kind]} no-underline`} />;
}

export function TextLink(props: Omit<LinkProps, 'className'>) {
  return (
    <Link
      {...props}
      className="inline-flex min-h-11 cursor-pointer items-center font-medium text-brand underline underline-offset-4 hover:decoration-2"
    />
  );
}
