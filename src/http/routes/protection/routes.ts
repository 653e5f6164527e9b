/** All routes of the protection against abuse. */
import type { Routes } from '../../router.ts';
import { cacheRoutes } from './cache.ts';
import { findingRoutes } from './findings.ts';
import { ipBlockRoutes } from './ip-blocks.ts';
import { rateLimitRoutes } from './rate-limits.ts';
import { trustedAddressRoutes } from './trusted-addresses.ts';

export const protectionRoutes: Routes = [
  ...rateLimitRoutes,
  ...ipBlockRoutes,
  ...trustedAddressRoutes,
  ...cacheRoutes,
  ...findingRoutes,
];
