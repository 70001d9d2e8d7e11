/**
 * The one face of the Rust core that pages see. Screens never touch the generated object, the
 * worker or the network.
 */
import type {
  Act,
  CaseloadRow,
  ClinicView,
  Done,
  GroupPage,
  Id,
  InviteView,
  Me,
  PatientPage,
  SetupForm,
  Status,
} from './types.ts';

/** How the page stands with the server. */
export type Link =
  /** Everything asked has been answered. */
  | { state: 'idle' }
  /** A request is under way. */
  | { state: 'busy' }
  /** After login, everything is fetched and judged: so many mailboxes are here of those known so far. */
  | { state: 'opening'; opened: number; of: number }
  /** The server cannot be reached; it is tried again by itself. */
  | { state: 'offline' }
  /** The server refuses or answers something that cannot be believed. */
  | { state: 'trouble'; code: string };

/** Why somebody is no longer logged in. */
export type LogoutReason = 'asked' | 'idle' | 'session-ended';

/** A stable code; `words.ts` has the sentence. */
export class CoreError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** The code of anything thrown. */
export function codeOf(error: unknown): string {
  if (error instanceof CoreError) return error.code;
  if (typeof error === 'string') return error;
  return 'internal';
}

/** What set-up shows after the keys were made. */
export interface SetupSheets {
  recovery: string;
  account: string;
}

export interface Core {
  /** Makes the keys of a new clinic. */
  setupBegin(form: SetupForm): Promise<SetupSheets>;
  /** The recovery sheet, typed back. */
  setupConfirm(typed: string): Promise<boolean>;
  /** Makes the clinic at the server; ends logged in. */
  setupFinish(code: string): Promise<void>;

  login(login: string, passphrase: string, accountSecret: string): Promise<void>;
  /** Drops the keys. */
  logout(reason: LogoutReason): Promise<void>;

  me(): Promise<Me>;
  status(): Promise<Status>;
  caseload(): Promise<CaseloadRow[]>;
  groups(): Promise<GroupPage[]>;
  patient(id: Id): Promise<PatientPage>;
  clinic(): Promise<ClinicView>;
  invites(): Promise<InviteView[]>;
  act(act: Act): Promise<Done>;
  /** Asks the server for news now. */
  refresh(): Promise<void>;

  /** Counts up whenever a view may show something new. */
  version(): number;
  link(): Link;
  /** The last act or upload the server refused, until `forget` is called. */
  refused(): string | null;
  forget(): void;
  /** Called at every change of `version`, `link` and `refused`. */
  subscribe(listener: () => void): () => void;
  /** Called once when the session ends by itself. */
  onLogout(listener: (reason: LogoutReason) => void): () => void;

  /** Epoch milliseconds. */
  now(): number;
}
