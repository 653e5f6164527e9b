/** What explains the API: its document, the reference, and the meaning of each problem. */
import type { Routes } from '../../router.ts';
import { problemRoutes } from './problems.ts';
import { referenceRoutes } from './reference.ts';

export const documentRoutes: Routes = [...referenceRoutes, ...problemRoutes];
