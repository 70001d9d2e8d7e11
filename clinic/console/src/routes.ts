/** Addresses within the page, after `#`. */
import { useSyncExternalStore } from 'react';

export const PATIENT_TABS = {
  overview: 'Overview',
  'check-ins': 'Check-ins',
  homework: 'Homework',
  plan: 'Transition plan',
  sessions: 'Sessions',
  people: 'Phones and family',
} as const;
export type PatientTab = keyof typeof PATIENT_TABS;

export type Route =
  | { page: 'caseload' }
  | { page: 'group'; track: string | null }
  | { page: 'patient'; id: string; tab: PatientTab; item: string | null }
  | { page: 'education'; slug: string | null }
  | { page: 'clinic' }
  | { page: 'setup' }
  | { page: 'unknown' };

export function parseRoute(hash: string): Route {
  const [page = '', first = '', second = '', third = ''] = hash
    .replace(/^#\/?/, '')
    .split('/')
    .map((part) => {
      try {
        return decodeURIComponent(part);
      } catch {
        return '';
      }
    });
  switch (page) {
    case '':
    case 'caseload':
      return { page: 'caseload' };
    case 'group':
      return { page: 'group', track: first || null };
    case 'patient': {
      if (!first) return { page: 'unknown' };
      const tab = Object.hasOwn(PATIENT_TABS, second) ? (second as PatientTab) : 'overview';
      return { page: 'patient', id: first, tab, item: third || null };
    }
    case 'education':
      return { page: 'education', slug: first || null };
    case 'clinic':
      return { page: 'clinic' };
    case 'setup':
      return { page: 'setup' };
    default:
      return { page: 'unknown' };
  }
}

function join(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

export const to = {
  caseload: () => '#/caseload',
  group: (track?: string) => (track ? join('group', track) : '#/group'),
  patient: (id: string, tab?: PatientTab, item?: string) =>
    join('patient', id, ...(tab && (tab !== 'overview' || item) ? [tab] : []), ...(item ? [item] : [])),
  education: (slug?: string) => (slug ? join('education', slug) : '#/education'),
  clinic: () => '#/clinic',
  setup: () => '#/setup',
  login: () => '#/',
};

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

export function useHash(): string {
  return useSyncExternalStore(subscribe, () => window.location.hash);
}

export function go(address: string): void {
  window.location.hash = address;
}

/** Moves on without a step in the browser's history. */
export function replace(address: string): void {
  window.history.replaceState(null, '', address);
  window.dispatchEvent(new HashChangeEvent('hashchange'));
}
