/**
 * The routes in groups. A Worker evaluates a group when a request first asks for one of its paths, so that its start does not
 * pay for all schemas and their libraries (ADR 0213). A group holds what is used together and needs the same libraries.
 */
import type { Routes } from './router.ts';

export const GROUPS = {
  platform: async () => (await import('./routes/platform/routes.ts')).platformRoutes,
  document: async () => (await import('./routes/document/routes.ts')).documentRoutes,
  identity: async () => (await import('./routes/identity/routes.ts')).identityRoutes,
  scheduling: async () => (await import('./routes/scheduling/routes.ts')).schedulingRoutes,
  notifications: async () => (await import('./routes/notifications/routes.ts')).notificationRoutes,
  webhooks: async () => (await import('./routes/webhooks/routes.ts')).webhookRoutes,
  protection: async () => (await import('./routes/protection/routes.ts')).protectionRoutes,
  files: async () => (await import('./routes/files/routes.ts')).fileRoutes,
  audit: async () => (await import('./routes/audit/routes.ts')).auditRoutes,
  privacy: async () => (await import('./routes/privacy/routes.ts')).privacyRoutes,
} as const satisfies Readonly<Record<string, () => Promise<Routes>>>;

export type GroupName = keyof typeof GROUPS;

/** In the order of the document. */
export const GROUP_NAMES = Object.keys(GROUPS) as readonly GroupName[];
