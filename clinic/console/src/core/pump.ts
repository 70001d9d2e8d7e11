/**
 * The conversation with the server: asks what the core wants asked and hands back the answers, one
 * at a time. Owns waiting and trying again; knows nothing of what is said.
 */
import type { Absorbed } from './types.ts';

export interface Outgoing {
  method: string;
  path: string;
  body?: Uint8Array;
}

/** The part of the generated `Clinician` that is driven here. */
export interface Driven {
  next(now: number): Outgoing | undefined;
  /** What to ask beside that; its answer comes second. */
  ahead(): Outgoing | undefined;
  /** JSON of `Absorbed`; throws a code. */
  absorb(status: number, body: Uint8Array, now: number): string;
}

export interface Answer {
  status: number;
  body: Uint8Array;
  /** Seconds the server asks to wait. */
  retryAfter: number | null;
}

export interface World {
  /** Throws when the server cannot be reached. */
  send(request: Outgoing): Promise<Answer>;
  now(): number;
  /** A number from 0 up to 1. */
  random(): number;
  /** Ends early when `wake` is called. */
  wait(ms: number): Promise<void>;
  wake(): void;
}

export type PumpEvent =
  | { event: 'busy' }
  | { event: 'idle' }
  | { event: 'offline' }
  | { event: 'trouble'; code: string }
  | { event: 'changed' }
  | { event: 'opening'; opened: number; of: number }
  | { event: 'refused'; code: string }
  | { event: 'session-ended' };

const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 60_000;
/** Refusals that mean: log in again. */
const ENDED = new Set(['session-expired', 'not-authenticated']);

export class Pump {
  readonly #core: Driven;
  readonly #world: World;
  readonly #tell: (event: PumpEvent) => void;
  #running = false;
  #again = false;
  #stopped = false;

  constructor(core: Driven, world: World, tell: (event: PumpEvent) => void) {
    this.#core = core;
    this.#world = world;
    this.#tell = tell;
  }

  /** There may be something to ask: starts, or ends a wait. Never runs twice at once. */
  kick(): void {
    this.#again = true;
    this.#world.wake();
    if (!this.#running && !this.#stopped) void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    this.#world.wake();
  }

  async #run(): Promise<void> {
    this.#running = true;
    let failures = 0;
    while (!this.#stopped) {
      this.#again = false;
      const request = this.#core.next(this.#world.now());
      if (!request) {
        this.#tell({ event: 'idle' });
        if (this.#again) continue;
        break;
      }
      if (failures === 0) this.#tell({ event: 'busy' });
      const wait = await this.#ask(request, failures);
      if (this.#stopped) break;
      if (wait === null) {
        failures = 0;
      } else {
        failures += 1;
        await this.#world.wait(wait);
      }
    }
    this.#running = false;
  }

  /**
   * Asks, and goes on with what was asked ahead: while one answer is taken in, the next one comes. Null
   * when all are answered, else how long to wait before asking again.
   */
  async #ask(request: Outgoing, failures: number): Promise<number | null> {
    let coming: Promise<Answer | null> | undefined = this.#send(request);
    while (coming) {
      const request = this.#core.ahead();
      const ahead: Promise<Answer | null> | undefined = request && this.#send(request);
      const answer = await coming;
      if (this.#stopped) return null;
      const wait = answer ? this.#take(answer, failures) : this.#offline(failures);
      if (wait !== null || this.#stopped) {
        // The core asks for both again; an answer that comes late is nobody's.
        await ahead;
        return wait;
      }
      failures = 0;
      coming = ahead;
    }
    return null;
  }

  /** Null when the server cannot be reached. */
  #send(request: Outgoing): Promise<Answer | null> {
    return this.#world.send(request).catch(() => null);
  }

  #offline(failures: number): number {
    this.#tell({ event: 'offline' });
    return this.#backoff(failures, null);
  }

  #take(answer: Answer, failures: number): number | null {
    try {
      const absorbed = JSON.parse(this.#core.absorb(answer.status, answer.body, this.#world.now())) as Absorbed;
      if (absorbed.refused) this.#tell({ event: 'refused', code: absorbed.refused });
      this.#tell(absorbed.opening ? { event: 'opening', ...absorbed.opening } : { event: 'changed' });
      return null;
    } catch (error) {
      const code = typeof error === 'string' ? error : 'internal';
      if (ENDED.has(code)) {
        this.stop();
        this.#tell({ event: 'session-ended' });
        return null;
      }
      this.#tell({ event: 'trouble', code });
      return this.#backoff(failures, answer.retryAfter);
    }
  }

  /** Doubling with full jitter above half, never sooner than the server asks. */
  #backoff(failures: number, retryAfter: number | null): number {
    const ceiling = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures, 10));
    const wait = ceiling / 2 + (ceiling / 2) * this.#world.random();
    return Math.max(wait, (retryAfter ?? 0) * 1_000);
  }
}
