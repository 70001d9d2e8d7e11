/** The single keys of the group page. They can be switched off (WCAG 2.1.4). */
import type { Attendance } from '../core/types.ts';

export type GroupKey =
  | { key: 'move'; by: 1 | -1 }
  | { key: 'open' }
  | { key: 'mark'; attendance: Attendance }
  | { key: 'read' }
  | { key: 'flag' }
  | { key: 'homework' }
  | { key: 'help' };

const KEYS: Record<string, GroupKey> = {
  j: { key: 'move', by: 1 },
  ArrowDown: { key: 'move', by: 1 },
  k: { key: 'move', by: -1 },
  ArrowUp: { key: 'move', by: -1 },
  o: { key: 'open' },
  p: { key: 'mark', attendance: 'present' },
  l: { key: 'mark', attendance: 'late' },
  d: { key: 'mark', attendance: 'left-early' },
  a: { key: 'mark', attendance: 'absent' },
  e: { key: 'mark', attendance: 'excused' },
  c: { key: 'mark', attendance: 'late-cancel' },
  m: { key: 'read' },
  f: { key: 'flag' },
  h: { key: 'homework' },
  '?': { key: 'help' },
};

export const KEY_WORDS: [string[], string][] = [
  [['j', '↓'], 'Next person'],
  [['k', '↑'], 'Person before'],
  [['o'], 'Open the patient’s page'],
  [['m'], 'Read what is unread; the patient sees that you opened it'],
  [['f'], 'Close a safety flag'],
  [['h'], 'Assign homework'],
  [['p'], 'Present'],
  [['l'], 'Came late'],
  [['d'], 'Left early (departed)'],
  [['a'], 'Absent'],
  [['e'], 'Excused'],
  [['c'], 'Cancelled late'],
  [['?'], 'Show these keys'],
];

export const MARK_LETTERS: Record<Attendance, string> = {
  present: 'P',
  late: 'L',
  'left-early': 'D',
  absent: 'A',
  excused: 'E',
  'late-cancel': 'C',
};

/** For buttons with room for a word. */
export const MARK_WORDS: Record<Attendance, string> = {
  present: 'Present',
  late: 'Late',
  'left-early': 'Left',
  absent: 'Absent',
  excused: 'Excused',
  'late-cancel': 'Cancelled',
};

interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
}

/** What a key means here; null when it is none of ours. */
export function groupKey(event: Pressed): GroupKey | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const found = Object.hasOwn(KEYS, event.key) ? KEYS[event.key]! : null;
  // A held key moves on, but marks nobody twice.
  return event.repeat && found?.key !== 'move' ? null : found;
}

/** The next place when moving in a list of `count`; stays at the ends. */
export function moved(at: number, by: number, count: number): number {
  if (count === 0) return 0;
  return Math.min(count - 1, Math.max(0, at + by));
}

const STORED = 'handrail.group-keys';

export function keysOn(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    return true;
  }
}

export function setKeysOn(on: boolean): void {
  try {
    localStorage.setItem(STORED, on ? 'on' : 'off');
  } catch {
    // Holds for this page only.
  }
}
