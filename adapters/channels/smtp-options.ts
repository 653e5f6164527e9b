/** Where a mail server is, and how it is spoken to. */
export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte (port 465). `starttls`: required before anything is said. `off`: never. */
  readonly tls: 'implicit' | 'starttls' | 'off';
  /** `null`: the server takes our mail because of where it comes from. */
  readonly credentials: { readonly user: string; readonly password: string } | null;
  readonly from: string;
  /** Certificate in PEM of the authority that vouches for the server. Default: those of the runtime. */
  readonly authority?: string;
  /** For the whole attempt. Default 20,000. */
  readonly timeoutMilliseconds?: number;
}
