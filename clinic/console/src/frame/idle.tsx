/** Logs out after a quarter of an hour without input; says so one minute before. */
import { useEffect, useRef, useState } from 'react';
import { Button, Dialog } from '../ui/parts.tsx';

export const IDLE_MS = 15 * 60_000;
export const WARNING_MS = 60_000;

const INPUT = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** Where an idle clinician stands. */
export function idleState(lastInput: number, now: number): { state: 'active' | 'warned' | 'out'; left: number } {
  const left = lastInput + IDLE_MS - now;
  if (left <= 0) return { state: 'out', left: 0 };
  return { state: left <= WARNING_MS ? 'warned' : 'active', left };
}

export function IdleWatch({ onIdle }: { onIdle: () => void }) {
  const last = useRef(Date.now());
  const warned = useRef(false);
  const [left, setLeft] = useState<number | null>(null);
  const idle = useRef(onIdle);
  idle.current = onIdle;

  function stay() {
    last.current = Date.now();
    warned.current = false;
    setLeft(null);
  }

  useEffect(() => {
    // Once warned, only the button counts: a bumped mouse is nobody reading.
    const input = () => {
      if (!warned.current) last.current = Date.now();
    };
    for (const kind of INPUT) window.addEventListener(kind, input, { capture: true, passive: true });
    // The clock is asked, not the timer: a laptop that slept is out at once.
    const timer = setInterval(() => {
      const now = idleState(last.current, Date.now());
      if (now.state === 'out') {
        clearInterval(timer);
        idle.current();
      } else {
        warned.current = now.state === 'warned';
        setLeft(now.state === 'warned' ? now.left : null);
      }
    }, 1_000);
    return () => {
      clearInterval(timer);
      for (const kind of INPUT) window.removeEventListener(kind, input, { capture: true });
    };
  }, []);

  return (
    <Dialog title="Still there?" isOpen={left !== null} onClose={stay} firm role="alertdialog">
      <div className="stack">
        <p>
          You will be logged out in <strong>{Math.ceil((left ?? 0) / 1_000)} seconds</strong> because nobody has
          used this page for a while. The keys to the records leave this browser then.
        </p>
        <div className="actions">
          <Button kind="primary" onPress={stay} autoFocus>
            Stay logged in
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
