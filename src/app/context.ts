/** What every use case gets: the ports it may use, and the context of the request. */

import type { AuditLoads, CheckpointSigner, CheckpointWitness } from '../../domain/audit/ports.ts';
import type { Change } from '../../domain/changes.ts';
import type { RunningHash } from '../../domain/files/hash.ts';
import type { FileLoads } from '../../domain/files/loads.ts';
import type { FileCipher, FileScanner, Inflate, Thumbnailer } from '../../domain/files/ports.ts';
import type { FileLimits } from '../../domain/files/quota.ts';
import type { ShareLimits } from '../../domain/files/share.ts';
import type { PatientSearchLoads } from '../../domain/identity/patient-search-ports.ts';
import type { AccessTokens, IdentityLoads, PasswordHasher, RefreshSuccessors } from '../../domain/identity/ports.ts';
import type { SessionPolicy } from '../../domain/identity/session.ts';
import type { BackOffPolicy } from '../../domain/identity/sign-in-throttle.ts';
import type { MfaLoads } from '../../domain/mfa/ports.ts';
import type { NotificationLoads } from '../../domain/notifications/ports.ts';
import type { PushSettings } from '../../domain/notifications/push-subscription.ts';
import type { PlatformLoads } from '../../domain/platform/gauges.ts';
import type { ArchiveFormat } from '../../domain/privacy/archive-format.ts';
import type { PrivacyLoads } from '../../domain/privacy/ports.ts';
import type { RetentionPeriods } from '../../domain/privacy/retention.ts';
import type { DetectionThresholds } from '../../domain/protection/detection.ts';
import type { ProtectionLoads } from '../../domain/protection/ports.ts';
import type { CalendarLoads } from '../../domain/scheduling/calendar-ports.ts';
import type { DigestLoads } from '../../domain/scheduling/digest-ports.ts';
import type { FrontDeskLoads } from '../../domain/scheduling/front-desk-ports.ts';
import type { SchedulingPolicy } from '../../domain/scheduling/policy.ts';
import type { SchedulingLoads } from '../../domain/scheduling/ports.ts';
import type { ProxyLoads } from '../../domain/scheduling/proxy-ports.ts';
import type { RebookingLoads } from '../../domain/scheduling/rebooking-ports.ts';
import type { ReportedChannel } from '../../domain/scheduling/steps.ts';
import type { WaitlistLoads } from '../../domain/scheduling/waitlist-ports.ts';
import type { WallClockLoads } from '../../domain/scheduling/wall-clock-ports.ts';
import type { Actor } from '../../domain/shared/actor.ts';
import type { Load } from '../../domain/shared/changes.ts';
import type { Database, StoredAnswer } from '../../domain/shared/database.ts';
import type { Id } from '../../domain/shared/ids.ts';
import { UUID_RANDOM_BYTES, uuidv7 } from '../../domain/shared/ids.ts';
import type { Role } from '../../domain/shared/permissions.ts';
import type {
  BlindIndex,
  Cache,
  Clock,
  FieldCipher,
  FileStorage,
  Random,
  RateLimiter,
} from '../../domain/shared/ports.ts';
import type { Damage } from '../../domain/shared/sealed-columns.ts';
import type { Instant } from '../../domain/shared/time.ts';
import type { TopicRates } from '../../domain/shared/topic-rates.ts';
import type { Tracer } from '../../domain/shared/tracing.ts';
import type { Claim } from '../../domain/shared/viewer.ts';
import type { WebhookLoads, WebhookTransport } from '../../domain/webhooks/ports.ts';
import type { HotCache } from './cache/hot-cache.ts';
import type { UploadGate } from './files/gate.ts';
import type { RunningAppends } from './files/running-appends.ts';
import type { ScannerHealth } from './files/scanner-health.ts';
import type { KeyedQueue } from './keyed-queue.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { LogoMemory } from './notifications/logo-memory.ts';
import type { ProtectionMemory } from './protection/memory.ts';

/** Collects values that could not be opened until they are reported. */
export interface DamageRegister {
  note(damage: Damage): void;
  /** Returns what was noted since the last call; each value once per process. */
  take(): readonly Damage[];
}

export interface Loads {
  /** Runs no statement and returns `undefined`: replaces a load that a command needs only in some cases. */
  readonly none: Load<undefined>;
  /** Of the cache: see `domain/shared/versioned-cache.ts`. */
  readonly cacheEpoch: Load<string>;
  readonly identity: IdentityLoads;
  readonly mfa: MfaLoads;
  readonly scheduling: SchedulingLoads;
  readonly waitlist: WaitlistLoads;
  readonly proxies: ProxyLoads;
  readonly calendar: CalendarLoads;
  readonly wallClocks: WallClockLoads;
  readonly digests: DigestLoads;
  readonly frontDesk: FrontDeskLoads;
  readonly rebookings: RebookingLoads;
  readonly patientSearch: PatientSearchLoads;
  readonly notifications: NotificationLoads;
  readonly audit: AuditLoads;
  readonly privacy: PrivacyLoads;
  readonly webhooks: WebhookLoads;
  readonly files: FileLoads;
  readonly platform: PlatformLoads;
  readonly protection: ProtectionLoads;
  /** `gone` if the person whose data the answer held was erased. */
  storedAnswer(scope: string, key: string, now: Instant): Load<StoredAnswer | 'gone' | undefined>;
}

export interface Settings {
  /** Public URL of the portal, without a trailing slash. Links in mails start with it (R8). */
  readonly publicUrl: string;
  readonly sessions: SessionPolicy;
  readonly scheduling: SchedulingPolicy;
  readonly mfaRequiredRoles: readonly Role[];
  readonly retention: RetentionPeriods;
  readonly detection: DetectionThresholds;
  readonly backOff: BackOffPolicy;
  /** Multiplies each rate limit; 0 switches them off. */
  readonly rateLimitFactor: number;
  /** Networks that the operator trusts, in addition to those of the clinic; canonical CIDR. */
  readonly trustedAddresses: readonly string[];
  /** In code points, at least 8 (R1). */
  readonly passwordMinimumLength: number;
  readonly verifiesAuditDaily: boolean;
  readonly batches: BatchSizes;
  readonly push: PushSettings;
  readonly files: FileLimits;
  readonly shares: ShareLimits;
  /** How fast messages leave. */
  readonly rates: TopicRates;
}

/** How many rows are worked on at once. */
export interface BatchSizes {
  /** Of each kind, in one transaction of the retention. */
  readonly sweep: number;
  /** Appointments, and entries of the waitlist, in one transaction that closes an account. */
  readonly closing: number;
  /** Read at once by an export. */
  readonly exported: number;
}

export interface Deps {
  readonly database: Database<Change>;
  readonly loads: Loads;
  readonly clock: Clock;
  readonly random: Random;
  readonly cipher: FieldCipher;
  /** Marks browsers that have signed in before. */
  readonly index: BlindIndex;
  readonly passwords: PasswordHasher;
  readonly tokens: AccessTokens;
  readonly refreshSuccessors: RefreshSuccessors;
  readonly limiter: RateLimiter;
  readonly protection: ProtectionMemory;
  /** Commands on one account that follow each other in this process. */
  readonly queue: KeyedQueue;
  readonly cache: Cache;
  readonly hot: HotCache;
  readonly files: FileStorage;
  readonly fileCipher: FileCipher;
  readonly newHash: () => RunningHash;
  readonly inflate: Inflate;
  /** Null if none is set: files stay in quarantine. */
  readonly scanner: FileScanner | null;
  readonly scannerHealth: ScannerHealth;
  readonly logoMemory: LogoMemory;
  readonly thumbnailer: Thumbnailer;
  readonly uploads: UploadGate;
  readonly appends: RunningAppends;
  readonly archives: ArchiveFormat;
  readonly settings: Settings;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly damage: DamageRegister;
  /** The keys that sign the audit log under an origin: the current one first, then previous ones. */
  readonly checkpointSigners: (origin: string) => readonly CheckpointSigner[];
  /** Null if none is configured. */
  readonly witness: CheckpointWitness | null;
  /** Called after a commit that added jobs. Never throws and never waits: the sweep finds jobs that it misses (R49). */
  readonly dispatch: () => void;
  readonly webhooks: WebhookTransport;
}

/** The idempotency key of a request (R31). */
export interface IdempotencyKey {
  /** Two versions of an operation's path share its id, and so its keys. */
  readonly operationId: string;
  readonly key: string;
  readonly fingerprint: Uint8Array;
}

/** The actor, the time and the origin of a request or job; they do not change during it. */
export interface Context {
  readonly actor: Actor;
  readonly now: Instant;
  readonly requestId: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly idempotency: IdempotencyKey | null;
  /** Access that the request claims beyond the role. */
  readonly claim?: Claim | undefined;
  /** The channel that the clinic reported for the person it acts for. */
  readonly channel?: ReportedChannel | undefined;
}

export function newId<K extends string>(deps: Pick<Deps, 'random'>, now: Instant): Id<K> {
  return uuidv7<K>(now, deps.random.bytes(UUID_RANDOM_BYTES));
}
