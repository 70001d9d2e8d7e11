/** How components get at the core: views that load again when the core has news, and acts. */
import {
  createContext,
  use,
  useCallback,
  useEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react';
import { codeOf, type Core, type Link } from './core.ts';
import type { Act, Done } from './types.ts';

const CoreContext = createContext<Core | null>(null);

export function CoreProvider({ core, children }: { core: Core; children: ReactNode }) {
  return <CoreContext value={core}>{children}</CoreContext>;
}

export function useCore(): Core {
  const core = use(CoreContext);
  if (!core) throw new Error('no core');
  return core;
}

function subscribing(core: Core) {
  return (listener: () => void) => core.subscribe(listener);
}

export function useVersion(): number {
  const core = useCore();
  return useSyncExternalStore(subscribing(core), () => core.version());
}

export function useLink(): Link {
  const core = useCore();
  return useSyncExternalStore(subscribing(core), () => core.link());
}

export function useRefused(): string | null {
  const core = useCore();
  return useSyncExternalStore(subscribing(core), () => core.refused());
}

/** A view: nothing yet, its data, or the code of what went wrong. */
export type View<T> =
  | { state: 'loading'; data: undefined; code: undefined }
  | { state: 'ready'; data: T; code: undefined }
  | { state: 'failed'; data: undefined; code: string };

const LOADING = { state: 'loading', data: undefined, code: undefined } as const;

/**
 * Loads a view and loads it again at every news; what is on the screen stays until the new one is
 * here. `key` names the view: another key starts from nothing.
 */
export function useView<T>(key: string, load: (core: Core) => Promise<T>): View<T> {
  const core = useCore();
  const version = useVersion();
  const [held, setHeld] = useState<{ key: string; view: View<T> }>({ key, view: LOADING });
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    let stale = false;
    latest.current(core).then(
      (data) => {
        if (!stale) setHeld({ key, view: { state: 'ready', data, code: undefined } });
      },
      (error: unknown) => {
        if (!stale) setHeld({ key, view: { state: 'failed', data: undefined, code: codeOf(error) } });
      },
    );
    return () => {
      stale = true;
    };
  }, [core, key, version]);
  return held.key === key ? held.view : LOADING;
}

/** Does an act; remembers whether it is under way and why it was refused. */
export function useAct() {
  const core = useCore();
  const [busy, setBusy] = useState(false);
  const [code, setCode] = useState<string | null>(null);
  const run = useCallback(
    async (act: Act): Promise<Done | null> => {
      setBusy(true);
      setCode(null);
      try {
        return await core.act(act);
      } catch (error) {
        setCode(codeOf(error));
        return null;
      } finally {
        setBusy(false);
      }
    },
    [core],
  );
  return { run, busy, code, clear: () => setCode(null) };
}

/** Milliseconds now, ticking every `every` milliseconds. */
export function useNow(every: number): number {
  const core = useCore();
  const [now, setNow] = useState(() => core.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(core.now()), every);
    return () => clearInterval(timer);
  }, [core, every]);
  return now;
}
