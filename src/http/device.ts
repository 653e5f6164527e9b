/** Describes the device that a request comes from. */
import Bowser from 'bowser';
import type { Context as HonoContext } from 'hono';
import type { Device, DeviceType } from '../../domain/identity/session.ts';
import { labelFault } from '../../domain/shared/label.ts';
import type { AppEnv } from './env.ts';

const TYPES: Readonly<Record<string, DeviceType>> = { mobile: 'mobile', tablet: 'tablet', desktop: 'desktop' };

export function describeDevice(c: HonoContext<AppEnv>, name?: string): Omit<Device, 'transport' | 'remembered'> {
  const userAgent = c.req.header('user-agent')?.slice(0, 512) ?? null;
  const parsed = userAgent === null ? undefined : Bowser.parse(userAgent);
  const described = [parsed?.browser.name, parsed?.os.name]
    .filter((part) => part !== undefined && part !== '')
    .join(' on ')
    .slice(0, 100);
  return {
    ip: c.env.clientAddress,
    userAgent,
    name: name ?? (labelFault(described) === undefined ? described : 'Unknown device'),
    type: TYPES[parsed?.platform.type ?? ''] ?? 'unknown',
    location: c.env.clientLocation ?? null,
  };
}
