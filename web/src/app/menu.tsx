import { useLocation } from '@tanstack/react-router';
import { CalendarDays, House, LogOut, Mail, UserRound } from 'lucide-react';
import type { ComponentType } from 'react';
import { Link } from 'react-aria-components';
import { useTexts } from '../texts/texts.tsx';
import { Button } from '../ui/button.tsx';
import { useRead } from './queries.ts';
import { signOut } from './session.tsx';

interface Place {
  readonly to: string;
  readonly label: string;
  readonly Icon: ComponentType<{ className: string; 'aria-hidden': true }>;
}

/** A bar below on telephones, a rail beside on wider screens. */
export default function Menu() {
  const { menu, portal } = useTexts();
  const { data: clinic } = useRead('getClinic');
  const places: readonly Place[] = [
    { to: '/', label: menu.home, Icon: House },
    { to: '/appointments', label: menu.appointments, Icon: CalendarDays },
    { to: '/notifications', label: menu.messages, Icon: Mail },
    { to: '/me', label: menu.me, Icon: UserRound },
  ];
  return (
    <nav
      aria-label={menu.main}
      className="fixed inset-x-0 bottom-0 z-10 flex border-t border-line bg-surface md:inset-y-0 md:end-auto md:start-0 md:w-56 md:flex-col md:gap-1 md:border-e md:border-t-0 md:p-4"
    >
      <p className="hidden px-2 pb-4 text-lg font-semibold text-brand md:block">{clinic?.name ?? portal}</p>
      {places.map((place) => (
        <MenuLink key={place.to} {...place} />
      ))}
      <div className="hidden pt-4 md:mt-auto md:block">
        <Button kind="quiet" onPress={() => void signOut()}>
          <LogOut aria-hidden className="size-5" />
          {menu.signOut}
        </Button>
      </div>
    </nav>
  );
}

function MenuLink({ to, label, Icon }: Place) {
  const { pathname } = useLocation();
  const isHere = to === '/' ? pathname === '/' : pathname.startsWith(to);
  return (
    <Link
      href={to}
      {...(isHere && { 'aria-current': 'page' as const })}
      className={`flex min-h-14 flex-1 cursor-pointer flex-col items-center justify-center gap-0.5 px-1 text-xs no-underline md:min-h-11 md:flex-none md:flex-row md:justify-start md:gap-3 md:rounded-control md:px-2 md:text-base ${isHere ? 'font-semibold text-brand md:bg-brand-soft' : 'text-mute hover:text-ink'}`}
    >
      <Icon aria-hidden className="size-5" />
      {label}
    </Link>
  );
}
