/** What is used of toucan-js 4 (see `paths` in tsconfig.json). */
export interface SentryEvent {
  readonly level: 'error';
  readonly logger: string;
  readonly exception: { readonly values: readonly object[] };
  readonly tags: Readonly<Record<string, string>>;
  readonly fingerprint: readonly string[];
  readonly request?: unknown;
  readonly user?: unknown;
  readonly breadcrumbs?: unknown;
  readonly server_name?: unknown;
}

export class Toucan {
  constructor(options: {
    readonly dsn: string;
    readonly release: string;
    readonly environment: string;
    readonly defaultIntegrations: false;
    readonly beforeSend: (event: SentryEvent) => object;
  });
  captureEvent(event: SentryEvent): string;
  getClient(): { flush(milliseconds: number): Promise<boolean> } | undefined;
}
