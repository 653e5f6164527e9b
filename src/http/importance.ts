/**
 * What each operation is worth while the portal is overloaded (ADR 0275): by a rule over its declaration, and by a table of those for
 * which the rule would be wrong.
 */
import type { Importance } from '../app/door.ts';
import { isSigned } from './access.ts';
import type { OperationId } from './links.ts';
import { answersWithFile } from './middleware/proof.ts';
import type { OperationConfig } from './operation.ts';

/** A read that somebody can repeat later without harm: lists, searches, exports, the directory, public pages. */
const DEFERRABLE_VERB = /^(list|find|export|search|count|preview)[A-Z]/;

export function ruledImportance(operation: OperationConfig): Importance {
  const { method, access, operationId, priority, tag } = operation;
  if (priority === 'vital') return 'vital';
  if (priority === 'bulk' || answersWithFile(operation)) return 'deferrable';
  // Queue and providers call again.
  if (method !== 'get' || isSigned(access)) return 'ordinary';
  const isOfDirectory = access === 'public' || access === 'read:directory' || tag.startsWith('Audit ');
  return isOfDirectory || DEFERRABLE_VERB.test(operationId) ? 'deferrable' : 'ordinary';
}

export const EXCEPTIONS: Readonly<Partial<Record<OperationId, Importance>>> = {
  // Who watches the portal sees what happens, and an administrator can refuse those who cause it.
  getMetrics: 'vital',
  getOverview: 'under_way',
  listIpBlocks: 'under_way',
  blockIp: 'under_way',
  unblockIp: 'under_way',
  liftIpBlock: 'under_way',
  setTrustedAddresses: 'under_way',
  // Somebody who is stopped here has lost what they did before, or is signed out.
  completeSignIn: 'under_way',
  sendSignInCode: 'under_way',
  refreshTokens: 'under_way',
  stepUp: 'under_way',
  bookAppointment: 'under_way',
  bookSeries: 'under_way',
  releaseHold: 'under_way',
  acceptOffer: 'under_way',
  confirmAppointment: 'under_way',
  getConfirmationPage: 'under_way',
  confirmByLink: 'under_way',
  rescheduleAppointment: 'under_way',
  cancelAppointment: 'under_way',
  putFileContent: 'under_way',
  appendToFileUpload: 'under_way',
  completeFileUpload: 'under_way',
  // The patient stands in front of the one who asks, or their life depends on it.
  recordArrival: 'under_way',
  recordRoom: 'under_way',
  checkInPatient: 'under_way',
  completeAppointment: 'under_way',
  recordLeft: 'under_way',
  openEmergencyAccess: 'under_way',
  // A lost device.
  revokeSession: 'vital',
  // Short lists and pages without which people cannot go on.
  listUpcomingAppointments: 'ordinary',
  listTrustedDevices: 'ordinary',
  listSessions: 'ordinary',
  getClinic: 'ordinary',
  getUnsubscribePage: 'ordinary',
  getTokenKeys: 'ordinary',
  // Commands that start long work.
  requestMyExport: 'deferrable',
  requestUserExport: 'deferrable',
  redriveDeliveries: 'deferrable',
  replayWebhookDeliveries: 'deferrable',
};

export function importanceOf(operation: OperationConfig): Importance {
  return (EXCEPTIONS as Readonly<Record<string, Importance>>)[operation.operationId] ?? ruledImportance(operation);
}
