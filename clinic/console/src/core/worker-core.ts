/** The core of the real page: everything is asked of the worker that holds the keys. */
import { CoreError, type Core, type Link, type LogoutReason, type SetupSheets } from './core.ts';
import type { Call, FromWorker, ToWorker } from './protocol.ts';
import type {
  Act,
  CaseloadRow,
  ClinicView,
  Done,
  GroupPage,
  InviteView,
  Me,
  PatientPage,
  SetupForm,
  Status,
} from './types.ts';

type Waiting = { resolve: (value: never) => void; reject: (error: CoreError) => void };

/** How long the farewell to the server may take before the keys are dropped anyhow. */
const FAREWELL = 2_000;

function zone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

export class WorkerCore implements Core {
  readonly #spawn: () => Worker;
  #worker: Worker;
  #waiting = new Map<number, Waiting>();
  #next = 1;
  #version = 0;
  #link: Link = { state: 'idle' };
  #refused: string | null = null;
  /** What a session that the server ended had, sealed. */
  #kept: Uint8Array | null = null;
  #listeners = new Set<() => void>();
  #leaving = new Set<(reason: LogoutReason) => void>();

  constructor(
    spawn: () => Worker = () => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' }),
  ) {
    this.#spawn = spawn;
    this.#worker = this.#start();
  }

  #start(): Worker {
    const worker = this.#spawn();
    worker.addEventListener('message', (message: MessageEvent<FromWorker>) => {
      if (worker === this.#worker) this.#hear(message.data);
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      if (worker === this.#worker) this.#failAll('core-not-loaded');
    });
    return worker;
  }

  #hear(message: FromWorker): void {
    if ('call_id' in message) {
      const waiting = this.#waiting.get(message.call_id);
      this.#waiting.delete(message.call_id);
      if ('code' in message) waiting?.reject(new CoreError(message.code));
      else waiting?.resolve(message.value as never);
      return;
    }
    switch (message.event) {
      case 'changed':
        this.#version += 1;
        if (this.#link.state === 'opening') this.#link = { state: 'busy' };
        break;
      case 'refused':
        this.#refused = message.code;
        break;
      case 'trouble':
        this.#link = { state: 'trouble', code: message.code };
        break;
      case 'opening':
        this.#link = { state: 'opening', opened: message.opened, of: message.of };
        break;
      case 'busy':
        // Each question of the first fetch is one: how far it has come says more.
        if (this.#link.state !== 'opening') this.#link = { state: 'busy' };
        break;
      case 'session-ended':
        this.#kept = message.kept;
        this.#drop();
        for (const leave of this.#leaving) leave('session-ended');
        break;
      default:
        this.#link = { state: message.event };
    }
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #failAll(code: string): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new CoreError(code));
    this.#waiting.clear();
  }

  /** Ends the worker: its memory, and the keys in it, are gone. */
  #drop(): void {
    this.#worker.terminate();
    this.#failAll('not-authenticated');
    this.#worker = this.#start();
    this.#link = { state: 'idle' };
    this.#refused = null;
    this.#version += 1;
  }

  #call<T>(call: Call): Promise<T> {
    const call_id = this.#next++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(call_id, { resolve: resolve as (value: never) => void, reject });
      this.#worker.postMessage({ call_id, ...call } satisfies ToWorker);
    });
  }

  setupBegin(form: SetupForm): Promise<SetupSheets> {
    return this.#call({ call: 'setup-begin', form, zone: zone() });
  }
  setupConfirm(typed: string): Promise<boolean> {
    return this.#call({ call: 'setup-confirm', typed });
  }
  setupFinish(code: string): Promise<void> {
    return this.#call({ call: 'setup-finish', code, zone: zone() });
  }
  async login(login: string, passphrase: string, accountSecret: string): Promise<void> {
    const kept = this.#kept;
    await this.#call<void>({ call: 'login', login, passphrase, accountSecret, zone: zone(), kept });
    this.#kept = null;
  }

  async logout(): Promise<void> {
    const farewell = this.#call<void>({ call: 'logout' }).catch(() => undefined);
    await Promise.race([farewell, new Promise((resolve) => setTimeout(resolve, FAREWELL))]);
    this.#drop();
    this.#tell();
  }

  me(): Promise<Me> {
    return this.#call({ call: 'view', view: 'me' });
  }
  status(): Promise<Status> {
    return this.#call({ call: 'view', view: 'status' });
  }
  caseload(): Promise<CaseloadRow[]> {
    return this.#call({ call: 'view', view: 'caseload' });
  }
  groups(): Promise<GroupPage[]> {
    return this.#call({ call: 'view', view: 'groups' });
  }
  patient(id: string): Promise<PatientPage> {
    return this.#call({ call: 'patient', id });
  }
  clinic(): Promise<ClinicView> {
    return this.#call({ call: 'view', view: 'clinic' });
  }
  invites(): Promise<InviteView[]> {
    return this.#call({ call: 'view', view: 'invites' });
  }
  act(act: Act): Promise<Done> {
    return this.#call({ call: 'act', act });
  }
  refresh(): Promise<void> {
    return this.#call({ call: 'refresh' });
  }

  version(): number {
    return this.#version;
  }
  link(): Link {
    return this.#link;
  }
  refused(): string | null {
    return this.#refused;
  }
  forget(): void {
    this.#refused = null;
    this.#tell();
  }
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  onLogout(listener: (reason: LogoutReason) => void): () => void {
    this.#leaving.add(listener);
    return () => this.#leaving.delete(listener);
  }
  now(): number {
    return Date.now();
  }
}
