/**
 * What the page and its worker say to each other. Bodies are plain data; keys never cross. `kept` is what a
 * session that the server ended had, sealed: the next one goes on with it.
 */
import type { Act, SetupForm } from './types.ts';

export type Call =
  | { call: 'setup-begin'; form: SetupForm; zone: string }
  | { call: 'setup-confirm'; typed: string }
  | { call: 'setup-finish'; code: string; zone: string }
  | {
      call: 'login';
      login: string;
      passphrase: string;
      accountSecret: string;
      zone: string;
      kept: Uint8Array | null;
    }
  | { call: 'logout' }
  | { call: 'view'; view: 'me' | 'status' | 'caseload' | 'groups' | 'clinic' | 'invites' }
  | { call: 'patient'; id: string }
  | { call: 'act'; act: Act }
  | { call: 'refresh' };

export type ToWorker = { call_id: number } & Call;

export type FromWorker =
  | { call_id: number; value: unknown }
  | { call_id: number; code: string }
  | { event: 'busy' | 'idle' | 'offline' | 'changed' }
  | { event: 'session-ended'; kept: Uint8Array }
  | { event: 'opening'; opened: number; of: number }
  | { event: 'trouble' | 'refused'; code: string };
