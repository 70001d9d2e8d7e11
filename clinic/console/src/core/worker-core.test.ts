import { expect, test, vi } from 'vitest';
import type { FromWorker, ToWorker } from './protocol.ts';
import { WorkerCore } from './worker-core.ts';

/** A worker that keeps what it is told. */
class Fake {
  told: ToWorker[] = [];
  ended = false;
  #listener: ((event: { data: FromWorker }) => void) | undefined;

  addEventListener(kind: string, listener: (event: { data: FromWorker }) => void) {
    if (kind === 'message') this.#listener = listener;
  }
  postMessage(message: ToWorker) {
    this.told.push(message);
  }
  terminate() {
    this.ended = true;
  }
  says(message: FromWorker) {
    this.#listener?.({ data: message });
  }
}

function page() {
  const workers: Fake[] = [];
  const core = new WorkerCore(() => {
    const worker = new Fake();
    workers.push(worker);
    return worker as unknown as Worker;
  });
  const now = () => workers[workers.length - 1] as Fake;
  const kept = () => {
    const last = now().told[now().told.length - 1];
    return last?.call === 'login' ? last.kept : undefined;
  };
  const answers = (code?: string) => {
    const call_id = now().told[now().told.length - 1]?.call_id ?? 0;
    now().says(code ? { call_id, code } : { call_id, value: null });
  };
  return { core, workers, now, kept, answers };
}

test('the session after one that the server ended goes on with what that one had', async () => {
  const { core, workers, now, kept, answers } = page();
  const left = vi.fn();
  core.onLogout(left);
  const sealed = new Uint8Array([1, 2, 3]);
  now().says({ event: 'session-ended', kept: sealed });
  expect(left).toHaveBeenCalledWith('session-ended');
  expect(workers[0]?.ended).toBe(true);
  // A wrong passphrase does not lose it.
  const wrong = core.login('rowan', 'wrong', 'secret');
  expect(kept()).toBe(sealed);
  answers('login-failed');
  await expect(wrong).rejects.toThrow();
  const right = core.login('rowan', 'right', 'secret');
  expect(kept()).toBe(sealed);
  answers();
  await right;
  const later = core.login('rowan', 'right', 'secret');
  expect(kept()).toBe(null);
  answers();
  await later;
});

test('a login without such a session begins with nothing', () => {
  const { core, kept } = page();
  void core.login('rowan', 'right', 'secret');
  expect(kept()).toBe(null);
});
