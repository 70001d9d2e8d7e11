/** How a session of a track is named in a change (docs of `Session::id` in core/care/src/program). */
import type { Session } from '../core/types.ts';

export interface TrackSession {
  track: string;
  named: { original_date: string; original_start?: string };
}

/** Null for a visit of the patient's own. */
export function trackSession(session: Pick<Session, 'id' | 'original_local_date'>): TrackSession | null {
  const colon = session.id.indexOf(':');
  if (colon < 0) return null;
  const start = /T(\d\d:\d\d)$/.exec(session.id)?.[1];
  return {
    track: session.id.slice(0, colon),
    named: { original_date: session.original_local_date, ...(start ? { original_start: start } : {}) },
  };
}
