import { expect, test } from 'vitest';
import { Pump, type Answer, type Driven, type Outgoing, type PumpEvent, type World } from './pump.ts';

const EMPTY = new Uint8Array();
const ok: Answer = { status: 200, body: EMPTY, retryAfter: null };
const sync: Outgoing = { method: 'POST', path: '/v1/sync' };
const nothing = JSON.stringify({ changed: false, refused: null, opening: null });

/** A world whose waits end at once and are noted. */
class Fake implements World {
  waits: number[] = [];
  sent: Outgoing[] = [];
  answers: (Answer | 'unreachable')[] = [];
  onWait = (): void => {};
  send(request: Outgoing): Promise<Answer> {
    this.sent.push(request);
    const answer = this.answers.shift() ?? ok;
    return answer === 'unreachable' ? Promise.reject(new Error('down')) : Promise.resolve(answer);
  }
  now = () => 1_000;
  random = () => 0;
  wait(ms: number): Promise<void> {
    this.waits.push(ms);
    this.onWait();
    return Promise.resolve();
  }
  wake(): void {}
}

/** A core with a queue of requests; one is done when it is absorbed. */
function core(queue: Outgoing[], absorb: (status: number) => string = () => nothing): Driven {
  return {
    next: () => queue[0],
    ahead: () => undefined,
    absorb: (status) => {
      const said = absorb(status);
      queue.shift();
      return said;
    },
  };
}

async function drive(driven: Driven, world: Fake): Promise<PumpEvent[]> {
  const events: PumpEvent[] = [];
  await new Promise<void>((resolve) => {
    const pump = new Pump(driven, world, (event) => {
      events.push(event);
      if (event.event === 'idle' || event.event === 'session-ended') resolve();
    });
    pump.kick();
  });
  return events;
}

test('asks until there is nothing to ask', async () => {
  const world = new Fake();
  const events = await drive(core([sync, sync]), world);
  expect(world.sent).toHaveLength(2);
  expect(events.map((event) => event.event)).toEqual(['busy', 'changed', 'busy', 'changed', 'idle']);
  expect(world.waits).toEqual([]);
});

test('offline: asks the same again, waiting longer each time', async () => {
  const world = new Fake();
  world.answers = ['unreachable', 'unreachable', 'unreachable', ok];
  const events = await drive(core([sync]), world);
  expect(world.sent).toEqual([sync, sync, sync, sync]);
  expect(world.waits).toEqual([500, 1_000, 2_000]);
  expect(events.filter((event) => event.event === 'offline')).toHaveLength(3);
  expect(events.at(-1)).toEqual({ event: 'idle' });
});

test('waits have an upper end and honour Retry-After', async () => {
  const world = new Fake();
  world.answers = Array.from({ length: 12 }, () => 'unreachable' as const);
  await drive(core([sync]), world);
  expect(Math.max(...world.waits)).toBe(30_000);

  const busy = new Fake();
  busy.answers = [{ status: 503, body: EMPTY, retryAfter: 7 }, ok];
  const said = await drive(
    core([sync], (status) => {
      if (status === 503) throw 'busy';
      return nothing;
    }),
    busy,
  );
  expect(busy.waits).toEqual([7_000]);
  expect(said).toContainEqual({ event: 'trouble', code: 'busy' });
});

test('a refused request is told once and the rest goes on', async () => {
  const world = new Fake();
  const said = [JSON.stringify({ changed: true, refused: 'entry-refused' }), nothing];
  const events = await drive(core([sync, sync], () => said.shift()!), world);
  expect(events.filter((event) => event.event === 'refused')).toEqual([{ event: 'refused', code: 'entry-refused' }]);
  expect(events.at(-1)).toEqual({ event: 'idle' });
});

test.each(['session-expired', 'not-authenticated'])('%s ends the conversation', async (code) => {
  const world = new Fake();
  const events = await drive(
    core([sync], () => {
      throw code;
    }),
    world,
  );
  expect(events.at(-1)).toEqual({ event: 'session-ended' });
  expect(world.sent).toHaveLength(1);
});

/** A core that asks ahead as long as there is something, and asks again for all that has no answer. */
function eager(count: number): Driven & { taken: number[]; asked: number[] } {
  const body = (number: number) => new Uint8Array([number]);
  const open = Array.from({ length: count }, (_, number) => number);
  const taken: number[] = [];
  const asked: number[] = [];
  let out: number[] = [];
  const ask = (number: number | undefined): Outgoing | undefined => {
    if (number === undefined) return undefined;
    out.push(number);
    asked.push(number);
    return { ...sync, body: body(number) };
  };
  return {
    taken,
    asked,
    next: () => {
      out = [];
      return ask(open[0]);
    },
    ahead: () => (out.length < 2 ? ask(open[out.length]) : undefined),
    absorb: (status) => {
      const number = out.shift()!;
      if (status !== 200) throw 'busy';
      open.shift();
      taken.push(number);
      return JSON.stringify({ changed: true, refused: null, opening: open.length > 0 ? { opened: taken.length, of: count } : null });
    },
  };
}

test('what is asked ahead is under way while an answer is taken in, and taken in second', async () => {
  const world = new Fake();
  const driven = eager(4);
  const under: number[] = [];
  const absorb = driven.absorb;
  driven.absorb = (...answer) => {
    under.push(world.sent.length - driven.taken.length);
    return absorb(...answer);
  };
  const events = await drive(driven, world);
  expect(driven.taken).toEqual([0, 1, 2, 3]);
  expect(driven.asked).toEqual([0, 1, 2, 3]);
  // Two at a time until the last.
  expect(under).toEqual([2, 2, 2, 1]);
  expect(events.map((event) => event.event)).toEqual(['busy', 'opening', 'opening', 'opening', 'changed', 'idle']);
  expect(events[1]).toEqual({ event: 'opening', opened: 1, of: 4 });
});

test.each<[string, Answer | 'unreachable']>([
  ['lost', 'unreachable'],
  ['refused', { status: 503, body: EMPTY, retryAfter: null }],
])('an answer that is %s: what was asked ahead is asked again with it', async (_, answer) => {
  const world = new Fake();
  world.answers = [answer];
  const driven = eager(3);
  await drive(driven, world);
  expect(driven.taken).toEqual([0, 1, 2]);
  expect(driven.asked).toEqual([0, 1, 0, 1, 2]);
  expect(world.waits).toEqual([500]);
});

test('a kick during an answer asks once more', async () => {
  const world = new Fake();
  const queue = [sync];
  const events: PumpEvent[] = [];
  let idles = 0;
  await new Promise<void>((resolve) => {
    const pump: Pump = new Pump(core(queue), world, (event) => {
      events.push(event);
      if (event.event !== 'idle') return;
      idles += 1;
      if (idles === 1) {
        queue.push(sync);
        pump.kick();
      } else {
        resolve();
      }
    });
    pump.kick();
  });
  expect(world.sent).toHaveLength(2);
});

test('what is no code is told as internal', async () => {
  const world = new Fake();
  let first = true;
  const events = await drive(
    core([sync], () => {
      if (first) {
        first = false;
        throw new TypeError('a bug');
      }
      return nothing;
    }),
    world,
  );
  expect(events).toContainEqual({ event: 'trouble', code: 'internal' });
});
