/**
 * The worker that holds the keys: the Rust core as WebAssembly, the conversation with the server and
 * the stream of changes. Ending this worker removes the keys from memory.
 */
import init, { Login, Setup, type Clinician, type Outgoing as CoreOutgoing } from './wasm/handrail_web.js';
import { Pump, type Answer, type Outgoing, type World } from './pump.ts';
import type { Call, FromWorker, ToWorker } from './protocol.ts';

const CBOR = 'application/cbor';
const ready = init();

let setup: Setup | undefined;
let clinician: Clinician | undefined;
let pump: Pump | undefined;
let watch: EventSource | undefined;

function post(message: FromWorker): void {
  self.postMessage(message);
}

/** The core's request as plain data; what it held in WebAssembly's memory is given back. */
function plain(request: CoreOutgoing): Outgoing {
  const { method, path, body } = request;
  request.free();
  return body ? { method, path, body } : { method, path };
}

async function send(request: Outgoing): Promise<Answer> {
  const response = await fetch(request.path, {
    method: request.method,
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    signal: AbortSignal.timeout(30_000),
    ...(request.method === 'POST'
      ? { headers: { 'content-type': CBOR }, body: (request.body ?? new Uint8Array()) as Uint8Array<ArrayBuffer> }
      : {}),
  });
  const retryAfter = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return {
    status: response.status,
    body: new Uint8Array(await response.arrayBuffer()),
    retryAfter: Number.isFinite(retryAfter) ? retryAfter : null,
  };
}

/** `send` for the steps before login, where nobody tries again by itself. */
async function ask(request: Outgoing): Promise<Answer> {
  try {
    return await send(request);
  } catch {
    throw 'server-unreachable';
  }
}

/** The stable code of a refusal, `application/problem+json`. */
function refusal(answer: Answer): string {
  try {
    const problem: unknown = JSON.parse(new TextDecoder().decode(answer.body));
    if (typeof problem === 'object' && problem && 'code' in problem) return String(problem.code);
  } catch {
    // Not from our server.
  }
  return 'unexpected-answer';
}

let endWait = (): void => {};

const world: World = {
  send,
  now: () => Date.now(),
  random: () => Math.random(),
  wait: (ms) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    }),
  wake: () => endWait(),
};

/**
 * Resolved when everything has been fetched and judged for the first time. Pages wait for it: before that
 * they would lack patients and flags.
 */
let whole: Promise<void> = Promise.resolve();
let opened = (): void => {};

function begin(entered: Clinician): void {
  clinician = entered;
  whole = new Promise((resolve) => {
    opened = resolve;
  });
  pump = new Pump(
    {
      next: () => {
        const request = entered.next();
        return request && plain(request);
      },
      ahead: () => {
        const request = entered.ahead();
        return request && plain(request);
      },
      absorb: (status, body, now) => entered.absorb(status, body, now),
    },
    world,
    (event) => {
      if (event.event === 'changed') opened();
      if (event.event === 'session-ended') {
        const kept = entered.keep();
        end();
        post({ event: 'session-ended', kept });
      } else {
        post(event);
      }
    },
  );
  watch = new EventSource('/v1/watch');
  // Also at every reconnection: what happened in between is fetched.
  watch.addEventListener('open', refresh);
  watch.addEventListener('change', refresh);
  pump.kick();
}

function refresh(): void {
  clinician?.refresh();
  pump?.kick();
}

function end(): void {
  watch?.close();
  pump?.stop();
  clinician?.free();
  watch = pump = clinician = undefined;
}

function inside(): Clinician {
  if (!clinician) throw 'not-authenticated';
  return clinician;
}

/** Views that are made from patients' records. */
const PAGES: ReadonlySet<string> = new Set(['caseload', 'groups']);

function view(name: Extract<Call, { call: 'view' }>['view']): string {
  const core = inside();
  const now = Date.now();
  switch (name) {
    case 'me':
      return core.me();
    case 'status':
      return core.status();
    case 'caseload':
      return core.caseload(now);
    case 'groups':
      return core.groups(now);
    case 'clinic':
      return core.clinic();
    case 'invites':
      return core.invites();
  }
}

async function handle(call: Call): Promise<unknown> {
  await ready;
  switch (call.call) {
    case 'setup-begin':
      setup?.free();
      setup = new Setup(JSON.stringify(call.form), call.zone);
      return { recovery: setup.recovery_sheet(), account: setup.account_secret() };
    case 'setup-confirm':
      return setup?.confirm_recovery(call.typed) ?? false;
    case 'setup-finish': {
      if (!setup) throw 'nothing-asked';
      const answer = await ask(plain(setup.request(call.code)));
      // A refusal (a wrong code, say) must not use up the keys that were just printed.
      if (answer.status >= 300) throw refusal(answer);
      const done = setup;
      setup = undefined;
      begin(done.finish(answer.status, answer.body, Date.now()));
      return null;
    }
    case 'login': {
      const login = new Login(call.login);
      const first = await ask(plain(login.start()));
      const proof = login.proof(first.status, first.body, call.passphrase, call.accountSecret);
      const second = await ask(plain(proof));
      const entered = login.finish(second.status, second.body, call.zone);
      // Also what was written since a backup that the clinic has restored: it ended all sessions.
      if (call.kept) entered.go_on(call.kept);
      begin(entered);
      return null;
    }
    case 'logout': {
      const farewell = clinician && plain(clinician.logout());
      end();
      if (farewell) await send(farewell).catch(() => undefined);
      return null;
    }
    case 'view':
      if (PAGES.has(call.view)) await whole;
      return JSON.parse(view(call.view));
    case 'patient': {
      await whole;
      const page: unknown = JSON.parse(inside().patient(call.id, Date.now()));
      if (page === null) throw 'patient-unknown';
      return page;
    }
    case 'act': {
      const done: unknown = JSON.parse(inside().act(JSON.stringify(call.act), self.location.origin, Date.now()));
      post({ event: 'changed' });
      pump?.kick();
      return done;
    }
    case 'refresh':
      refresh();
      return null;
  }
}

self.addEventListener('message', (message: MessageEvent<ToWorker>) => {
  const { call_id, ...call } = message.data;
  handle(call as Call).then(
    (value) => post({ call_id, value }),
    // The core throws codes. Anything else is a bug; its text stays here.
    (error: unknown) => post({ call_id, code: typeof error === 'string' ? error : 'internal' }),
  );
});
