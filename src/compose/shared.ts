/** Composition that is the same on every runtime. */

import { createAccessTokens } from '../../adapters/crypto/access-tokens.ts';
import { createBlindIndex } from '../../adapters/crypto/blind-index.ts';
import { createCacheSealer } from '../../adapters/crypto/cache-sealer.ts';
import { createCheckpointSigner, parseCheckpointSeeds } from '../../adapters/crypto/checkpoint-signer.ts';
import { createFieldCipher, parseFieldKeys } from '../../adapters/crypto/field-cipher.ts';
import { fileCipher } from '../../adapters/crypto/file-cipher.ts';
import { createPasswordHasher } from '../../adapters/crypto/password-hasher.ts';
import { createRefreshSuccessors } from '../../adapters/crypto/refresh-successors.ts';
import { newHash } from '../../adapters/crypto/running-hash.ts';
import { systemClock, systemRandom } from '../../adapters/crypto/system.ts';
import { parseTokenKeys } from '../../adapters/crypto/token-keys.ts';
import { createAuditLoads } from '../../adapters/postgres/audit/loads.ts';
import { cacheEpoch } from '../../adapters/postgres/commit/cache-epoch.ts';
import { createDatabase, type PostgresDatabase } from '../../adapters/postgres/commit/database.ts';
import { storedAnswer } from '../../adapters/postgres/commit/idempotency.ts';
import type { SqlDriver } from '../../adapters/postgres/driver/driver.ts';
import { none } from '../../adapters/postgres/driver/sql.ts';
import { createFileLoads } from '../../adapters/postgres/files/loads.ts';
import { createIdentityLoads } from '../../adapters/postgres/identity/loads.ts';
import { createPatientSearchLoads } from '../../adapters/postgres/identity/patient-search-loads.ts';
import { createMfaLoads } from '../../adapters/postgres/mfa/loads.ts';
import { checkSchema } from '../../adapters/postgres/migrate/schema-check.ts';
import { createDevMailbox, type DevMailbox } from '../../adapters/postgres/notifications/mailbox.ts';
import { createNotificationLoads } from '../../adapters/postgres/notifications/notifications.ts';
import { platformLoads } from '../../adapters/postgres/platform/gauges.ts';
import { createPrivacyLoads } from '../../adapters/postgres/privacy/loads.ts';
import { createProtectionLoads } from '../../adapters/postgres/protection/loads.ts';
import { createCalendarLoads } from '../../adapters/postgres/scheduling/calendar-loads.ts';
import { clinicLoads } from '../../adapters/postgres/scheduling/clinic-settings.ts';
import { digestLoads } from '../../adapters/postgres/scheduling/digests.ts';
import { createFrontDeskLoads } from '../../adapters/postgres/scheduling/front-desk-loads.ts';
import { createSchedulingLoads } from '../../adapters/postgres/scheduling/loads.ts';
import { createProxyLoads } from '../../adapters/postgres/scheduling/proxies.ts';
import { createRebookingLoads } from '../../adapters/postgres/scheduling/rebookings.ts';
import { createWaitlistLoads } from '../../adapters/postgres/scheduling/waitlist-loads.ts';
import { createWallClockLoads } from '../../adapters/postgres/scheduling/wall-clocks.ts';
import { createWebhookLoads } from '../../adapters/postgres/webhooks/loads.ts';
import { type HttpWitness, httpWitness } from '../../adapters/witness/http-witness.ts';
import { inflateRaw } from '../../adapters/zip/inflate.ts';
import { zipFormat } from '../../adapters/zip/zip-format.ts';
import type { AuditLoads, CheckpointSigner } from '../../domain/audit/ports.ts';
import type { RunningHash } from '../../domain/files/hash.ts';
import type { FileCipher, Inflate } from '../../domain/files/ports.ts';
import type { AccessTokens, PasswordHasher, RefreshSuccessors } from '../../domain/identity/ports.ts';
import { DEFAULT_SESSION_POLICY } from '../../domain/identity/session.ts';
import { scaledBackOff } from '../../domain/identity/sign-in-throttle.ts';
import { TRIES_BEFORE_REFUSAL } from '../../domain/mfa/second-factor.ts';
import type { MessageProviders } from '../../domain/notifications/ports.ts';
import type { ArchiveFormat } from '../../domain/privacy/archive-format.ts';
import { type BlindIndex, type Clock, type FieldCipher, Unavailable } from '../../domain/shared/ports.ts';
import type { BoxFormat } from '../../domain/shared/sealed-columns.ts';
import { NO_TRACER, type Tracer } from '../../domain/shared/tracing.ts';
import type { CacheSealer } from '../../domain/shared/versioned-cache.ts';
import { countBusiness } from '../app/business-counts.ts';
import type { DamageRegister, Loads, Settings } from '../app/context.ts';
import { createDamageRegister } from '../app/damage.ts';
import { createUploadGate, type UploadGate } from '../app/files/gate.ts';
import { createRunningAppends, type RunningAppends } from '../app/files/running-appends.ts';
import type { ScannerHealth } from '../app/files/scanner-health.ts';
import { createKeyedQueue, type KeyedQueue } from '../app/keyed-queue.ts';
import type { Metrics } from '../app/metrics.ts';
import { NO_METRICS } from '../app/no-metrics.ts';
import type { LogoMemory } from '../app/notifications/logo-memory.ts';
import { createProtectionMemory, type ProtectionMemory } from '../app/protection/memory.ts';
import type { Config } from '../config.ts';
import type { DependencyCheck, ProviderWebhooks } from '../http/platform.ts';
import { topicRates } from '../sending-settings.ts';
import { scannerWarnings, upgradeWarnings, type Warning, warningsOf } from '../warnings.ts';
import { fileLimits, schedulingPolicy, shareLimits } from './policies.ts';
import { composeProviderWebhooks } from './provider-webhooks.ts';
import { composeProviders, providerChecks, providersOver, providerWarnings } from './providers.ts';
import { noticingWrites, probeWrite, type WriteHealth } from './write-health.ts';

/** Everything that needs no connection and may live as long as the process or isolate. */
export interface Lasting {
  readonly config: Config;
  readonly settings: Settings;
  readonly cipher: FieldCipher;
  readonly archives: ArchiveFormat;
  readonly index: BlindIndex;
  readonly format: BoxFormat;
  readonly damage: DamageRegister;
  readonly tokens: AccessTokens;
  readonly refreshSuccessors: RefreshSuccessors;
  readonly passwords: PasswordHasher;
  readonly queue: KeyedQueue;
  readonly protection: ProtectionMemory;
  readonly cacheSealer: CacheSealer;
  readonly fileCipher: FileCipher;
  readonly newHash: () => RunningHash;
  readonly inflate: Inflate;
  readonly scannerHealth: ScannerHealth;
  readonly logoMemory: LogoMemory;
  readonly uploads: UploadGate;
  readonly appends: RunningAppends;
  readonly checkpointSigners: (origin: string) => readonly CheckpointSigner[];
  readonly witness: HttpWitness | null;
}

/** The configuration with the settings that are known once the secrets are prepared. */
export interface ReadyConfig extends Config {
  readonly PUBLIC_URL: string;
  readonly TOKEN_KEYS: string;
  readonly FIELD_KEYS: string;
  readonly INDEX_KEY: string;
  readonly CHECKPOINT_KEYS: string;
}

export function composeLasting(config: ReadyConfig): Lasting {
  const ring = parseFieldKeys(config.FIELD_KEYS);
  const damage = createDamageRegister();
  const format: BoxFormat = { state: 'bound' };
  return {
    config,
    settings: {
      publicUrl: config.PUBLIC_URL,
      sessions: DEFAULT_SESSION_POLICY,
      scheduling: schedulingPolicy(config),
      mfaRequiredRoles: config.MFA_REQUIRED_ROLES,
      retention: config.RETENTION,
      detection: config.DETECTION,
      backOff: scaledBackOff(config.RATE_LIMIT_FACTOR),
      rateLimitFactor: config.RATE_LIMIT_FACTOR,
      trustedAddresses: config.TRUSTED_ADDRESSES,
      passwordMinimumLength: config.PASSWORD_MIN_LENGTH,
      verifiesAuditDaily: config.AUDIT_VERIFY_DAILY,
      batches: { sweep: config.SWEEP_ROWS, closing: config.CLOSING_ROWS, exported: config.EXPORT_ROWS },
      push: {
        publicKey: config.VAPID_PUBLIC_KEY ?? null,
        hosts: config.WEB_PUSH_HOSTS,
        fcm: config.FCM_SERVICE_ACCOUNT !== undefined,
      },
      files: fileLimits(config),
      shares: shareLimits(config),
      rates: topicRates(config),
    },
    cipher: createFieldCipher({ ring, format, onDamage: damage.note }),
    format,
    damage,
    index: createBlindIndex(config.INDEX_KEY),
    tokens: createAccessTokens({ keys: parseTokenKeys(config.TOKEN_KEYS) }),
    refreshSuccessors: createRefreshSuccessors(ring),
    passwords: createPasswordHasher(),
    archives: zipFormat,
    queue: createKeyedQueue(TRIES_BEFORE_REFUSAL),
    protection: createProtectionMemory(),
    ...{ cacheSealer: createCacheSealer(ring), fileCipher, newHash, inflate: inflateRaw },
    ...{ scannerHealth: { awaySince: null }, logoMemory: { held: null, awayUntil: 0 } },
    ...{ uploads: createUploadGate(config.UPLOADS_AT_ONCE), appends: createRunningAppends() },
    checkpointSigners: checkpointSigners(parseCheckpointSeeds(config.CHECKPOINT_KEYS)),
    witness:
      config.CHECKPOINT_WITNESS_URL === undefined
        ? null
        : httpWitness({ url: config.CHECKPOINT_WITNESS_URL, clock: systemClock }),
  };
}

/** Caches the signers per origin: a log has one origin, and computing the public keys takes time. */
function checkpointSigners(seeds: readonly Uint8Array[]): Lasting['checkpointSigners'] {
  const made = new Map<string, readonly CheckpointSigner[]>();
  return (origin) => {
    const signers = made.get(origin) ?? seeds.map((seed) => createCheckpointSigner({ name: origin, seed }));
    made.set(origin, signers);
    return signers;
  };
}

export interface Stored {
  readonly database: PostgresDatabase;
  readonly loads: Loads;
  readonly mailbox: DevMailbox | null;
  readonly channel: MessageProviders;
  readonly providerWebhooks: ProviderWebhooks;
  readonly warnings: () => readonly Warning[];
  /** Health checks of the database, the schema, the audit log and its witness. */
  readonly checks: readonly DependencyCheck[];
}

/** What outlives a request at the edge. Default: of this composition alone, and no metrics. */
export interface Shared {
  readonly health?: WriteHealth;
  readonly providers?: MessageProviders;
  readonly metrics?: Metrics;
  readonly tracer?: Tracer;
}

/** Everything that uses a database driver. */
export function composeStored(
  lasting: Lasting,
  driver: SqlDriver,
  keepMails: boolean,
  clock: Clock = systemClock,
  {
    health = { refused: undefined },
    providers = composeProviders(lasting.config, clock),
    metrics = NO_METRICS,
    tracer = NO_TRACER,
  }: Shared = {},
): Stored {
  const { cipher, index, config, witness } = lasting;
  const count = (batch: Parameters<typeof countBusiness>[1]) => countBusiness(metrics, batch);
  const database = createDatabase(noticingWrites(driver, health, clock), cipher, index, count, tracer.current);
  const audit = createAuditLoads(cipher, index);
  const mailbox = keepMails ? createDevMailbox(driver, cipher, clock) : null;
  const channel = mailbox === null ? providers : keeping(mailbox, clock);
  return {
    database,
    loads: {
      ...{ none, cacheEpoch: cacheEpoch() },
      identity: createIdentityLoads(cipher, index),
      patientSearch: createPatientSearchLoads(cipher, index),
      mfa: createMfaLoads(cipher, index),
      scheduling: createSchedulingLoads(cipher, index),
      waitlist: createWaitlistLoads(cipher),
      proxies: createProxyLoads(cipher),
      calendar: createCalendarLoads(cipher),
      wallClocks: createWallClockLoads(cipher),
      digests: digestLoads,
      frontDesk: createFrontDeskLoads(cipher),
      rebookings: createRebookingLoads(cipher),
      notifications: createNotificationLoads(cipher, index, clinicLoads.clinic),
      audit,
      privacy: createPrivacyLoads(cipher),
      webhooks: createWebhookLoads(cipher),
      files: createFileLoads(cipher, index),
      platform: platformLoads,
      protection: createProtectionLoads(cipher, index),
      storedAnswer: (scope, key, now) => storedAnswer(scope, key, now, cipher),
    },
    mailbox,
    channel,
    providerWebhooks: composeProviderWebhooks(config, clock),
    warnings: () => [
      ...warningsOf(config),
      ...providerWarnings(channel.statuses()),
      ...upgradeWarnings(cipher),
      ...scannerWarnings(config, lasting.scannerHealth.awaySince),
    ],
    checks: [
      { name: 'database', required: true, check: () => probeWrite(driver, health, clock) },
      { name: 'schema', required: true, check: () => checkSchema(driver) },
      { name: 'audit_log', required: false, check: () => probeAuditLog(database, audit) },
      ...(witness === null ? [] : [{ name: 'checkpoint_witness', required: false, check: () => witness.check() }]),
      ...(mailbox === null ? providerChecks(channel) : []),
    ],
  };
}

/** If sealing has stopped, an operator has to decide how the log continues: see docs/audit.md. */
async function probeAuditLog(database: PostgresDatabase, audit: AuditLoads): Promise<void> {
  const [stoppedBy] = await database.load(audit.sealingStoppedBy());
  if (stoppedBy === null) return;
  const reason = stoppedBy === 'restore' ? 'sealing_stopped_by_restore' : 'sealing_stopped';
  throw new Unavailable('audit log', { reason });
}

/** Every kind of message goes into the mailbox. */
function keeping(mailbox: DevMailbox, clock: Clock): MessageProviders {
  return providersOver(
    [{ name: 'mailbox', sendsTo: ['email', 'sms', 'in_app', 'web', 'fcm'], channel: mailbox }],
    clock,
  );
}

export { systemClock, systemRandom };

/** Resolves after this time of the platform's clock. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
