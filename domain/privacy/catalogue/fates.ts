/**
 * The words in which every column of the database is classified (R79): what a person gets of it in the copy of their
 * data (GDPR Art. 15 and 20), and what becomes of it when the person is erased (Art. 17).
 */

/** How a value stands in the copy. */
export type Form =
  | 'id'
  | 'text'
  /** RFC 3339 in UTC. */
  | 'instant'
  /** `YYYY-MM-DD`. */
  | 'date'
  | 'integer'
  | 'number'
  | 'flag'
  | 'texts'
  | 'integers'
  | 'object'
  /** A list of objects. */
  | 'objects'
  /** The id of a doctor: the copy holds the name beside it. */
  | 'doctor'
  /** The id of an appointment type: the copy holds its code. */
  | 'appointmentType'
  /** Variables of a message template: the copy holds the message as it was sent. */
  | 'message';

export interface Exported {
  readonly exported: Form;
  /** Name in the copy. Default: the column's name in camelCase. */
  readonly as?: string;
  /** Stored encrypted under the person's data key, and decrypted for the copy. */
  readonly sealed?: true;
}

export type InCopy =
  | Exported
  /** Not in the copy, with the reason. */
  | { readonly withheld: string };

export type AfterErasure =
  /** Overwritten with this value. */
  | { readonly becomes: string | boolean | null }
  /** Encrypted under the person's data key, which is destroyed: ciphertext remains. */
  | { readonly unreadable: true }
  /** Stays, on this ground. */
  | { readonly kept: string };

/** Which rows are a person's: any of these conditions. */
export type Ownership =
  | {
      readonly column: string;
      /** How the column names the person. `prefix`: a text that begins with the id and a space. Default: `uuid`. */
      readonly holds?: 'uuid' | 'text' | 'prefix';
      /** Rows whose owner is not known are treated as the person's. */
      readonly orUnknown?: true;
    }
  /** The column holds what `column` of the person's rows in another table holds. */
  | { readonly column: string; readonly in: { readonly table: string; readonly column: string } };

/** What is told of an event in words, which no column holds: who did it, as whom, and what. */
export type EventWord = 'who' | 'role' | 'what';

/** Rows that a chapter is made of instead of the person's own. */
export interface OtherRows {
  readonly owners: readonly Ownership[];
  /** Only those in which a proxy acted, in the record of another person. */
  readonly only: 'actsByProxy';
}

/** A list in the copy, made of rows of one table. */
export interface Chapter {
  /** Its name in the JSON document. */
  readonly name: string;
  /** Its heading on the page. */
  readonly title: string;
  /** One sentence that says what it holds. */
  readonly about: string;
  /** Default: the rows that belong to the person. */
  readonly rows?: OtherRows;
  /** The exported columns that it shows. Default: all. */
  readonly columns?: readonly string[];
  /** Its rows are events, which are told in these words. */
  readonly words?: readonly EventWord[];
  /**
   * A point in time by which pages are read, the key deciding among equal ones: where an index has this order, and the key alone would
   * let the database search all rows of the table. Default: none.
   */
  readonly time?: string;
  /** A column, unique among the rows of the chapter, by which pages are read. */
  readonly key: string;
  readonly keyType: 'uuid' | 'bytea' | 'integer' | 'bigint';
}

/** Rows that are deleted when the person is erased. */
export interface DeletedTable {
  readonly rows: 'deleted';
  readonly owners: readonly Ownership[];
  readonly chapters?: readonly Chapter[];
  readonly columns: Readonly<Record<string, InCopy>>;
}

/** Rows that stay when the person is erased: each column says what becomes of it. */
export interface KeptTable {
  readonly rows: 'kept';
  readonly owners: readonly Ownership[];
  readonly chapters?: readonly Chapter[];
  readonly columns: Readonly<Record<string, readonly [copy: InCopy, erasure: AfterErasure]>>;
  /** Rows that are deleted all the same. */
  readonly except?: {
    readonly owners: readonly Ownership[];
    /** Only those that have this value. */
    readonly where?: { readonly column: string; readonly is: string };
  };
  /** A column that counts changes, and is counted up. */
  readonly version?: string;
}

/** Rows that may name persons but are nobody's record, and end by themselves. */
export interface PassingTable {
  readonly rows: 'passing';
  /** What the rows are, and when they end. */
  readonly why: string;
  readonly columns: readonly string[];
}

/** Rows that refer to no person. */
export interface ImpersonalTable {
  readonly rows: 'impersonal';
  readonly why: string;
  readonly columns: readonly string[];
}

export type TableFate = DeletedTable | KeptTable | PassingTable | ImpersonalTable;

export function exported(form: Form, more: Omit<Exported, 'exported'> = {}): Exported {
  return { exported: form, ...more };
}

/** @param as name in the copy; default: the column's name in camelCase */
export function sealed(form: Form, as?: string): Exported {
  return { exported: form, sealed: true, ...(as === undefined ? {} : { as }) };
}

export function withheld(reason: string): InCopy {
  return { withheld: reason };
}

export function becomes(value: string | boolean | null): AfterErasure {
  return { becomes: value };
}

export function kept(ground: string): AfterErasure {
  return { kept: ground };
}

export const UNREADABLE: AfterErasure = { unreadable: true };

/** Reasons that many columns share. */
export const WHOSE = withheld('the id of the person whose copy it is');
export const SECRET = withheld('a secret or its hash: a copy must let nobody in');
export const TECHNICAL = withheld('technical: says nothing about the person');
export const FORMER = withheld('empty: its content was encrypted by migration 0010');
export const HISTORY_TELLS = withheld('who did it is told in the chapter history');

export const SPECIALTY_INDEX = withheld('a keyed hash of the specialty, by which it is found');

/** Columns that stay when the person is erased, all on the same ground. */
export function stays(ground: AfterErasure, columns: Readonly<Record<string, InCopy>>): KeptTable['columns'] {
  return Object.fromEntries(Object.entries(columns).map(([name, copy]) => [name, [copy, ground]]));
}

/** A chapter of rows that have an id. */
export function byId(chapter: Omit<Chapter, 'key' | 'keyType'>): Chapter {
  return { ...chapter, key: 'id', keyType: 'uuid' };
}
