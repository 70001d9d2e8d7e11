/** Which rows of the caseload are shown. The order is the core's. */
import type { CaseloadRow } from '../core/types.ts';

export const FILTERS = {
  all: 'Everyone',
  flags: 'Safety flags',
  unread: 'Unread',
  worse: 'Worsening',
  overdue: 'Overdue',
  discharged: 'Discharged',
} as const;
export type Filter = keyof typeof FILTERS;

export function fits(row: CaseloadRow, filter: Filter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'flags':
      return row.flags.length > 0;
    case 'unread':
      return row.unread > 0;
    case 'worse':
      return row.scores.some((score) => score.worse);
    case 'overdue':
      return row.overdue.length > 0;
    case 'discharged':
      return row.discharged !== null;
  }
}

/** Small letters without accents, so that "jose" finds "José". */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Every word of the search begins a word of the name or the track. */
export function found(row: CaseloadRow, search: string): boolean {
  const words = plain(`${row.name} ${row.track ?? ''}`).split(/\s+/);
  return plain(search)
    .split(/\s+/)
    .filter(Boolean)
    .every((part) => words.some((word) => word.startsWith(part)));
}
