/** A core without keys or server, for drawing pages. Never shipped. */
import { CoreError, type Core, type Link, type LogoutReason, type SetupSheets } from '../../src/core/core.ts';
import type { Act, CaseloadRow, ClinicView, Done, GroupPage, InviteView, Me, PatientPage, Status } from '../../src/core/types.ts';
import { CLINIC, NOW, PEOPLE, STATUS, groups, id, patientPage, rowOf } from './data.ts';

export type Scene = 'clinic' | 'empty' | 'offline' | 'apart' | 'restored' | 'loading' | 'failed' | 'refused' | 'outside';

const NOTHING: Done = { id: null, link: null, code: null, expires_at: null };

export class FixtureCore implements Core {
  readonly #scene: Scene;
  #version = 0;
  #refused: string | null;
  #listeners = new Set<() => void>();
  #groups = groups();
  #opened = new Set<string>();
  readonly #link: Link;
  readonly acts: Act[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#refused = scene === 'refused' ? 'entry-refused' : null;
    this.#link = scene === 'offline' ? { state: 'offline' } : { state: 'idle' };
    // Tests read what was done.
    Object.assign(window, { acts: this.acts });
  }

  #give<T>(value: T): Promise<T> {
    if (this.#scene === 'loading') return new Promise(() => {});
    if (this.#scene === 'failed') return Promise.reject(new CoreError('core-not-loaded'));
    return Promise.resolve(structuredClone(value));
  }

  setupBegin(): Promise<SetupSheets> {
    return Promise.resolve({
      recovery: 'HR1R 7QKM 2WXT 9FJD 4CVB 8NPH 3GSZ 6LRY K5TW 1XQM 7DJF 2BVC 9HPN',
      account: 'HR1A 4TWX 8KQM 2FJD 9CVB 5NPH 7GSZ',
    });
  }
  setupConfirm(typed: string): Promise<boolean> {
    return Promise.resolve(typed.replaceAll(/\s/g, '').toUpperCase().startsWith('HR1R'));
  }
  setupFinish(code: string): Promise<void> {
    return code === 'right' ? Promise.resolve() : Promise.reject(new CoreError('setup-code-wrong'));
  }
  login(_login: string, passphrase: string): Promise<void> {
    return passphrase === 'wrong' ? Promise.reject(new CoreError('login-failed')) : Promise.resolve();
  }
  logout(): Promise<void> {
    return Promise.resolve();
  }

  me(): Promise<Me> {
    return this.#give({ id: id('Elin'), name: 'Elin Marsh', title: 'Group therapist', administrator: true });
  }
  status(): Promise<Status> {
    const apart = { class: 'care', patient: 'Cleo Farrow', entry: id('bad'), seq: 41, reason: 'seal-not-authentic' };
    const changes: Partial<Record<Scene, Partial<Status>>> = {
      offline: { pending: 2, synced_at: NOW - 26 * 60_000 },
      apart: { quarantined: [apart] },
      restored: { restored: true },
    };
    return this.#give({ ...STATUS, ...changes[this.#scene] });
  }
  caseload(): Promise<CaseloadRow[]> {
    if (this.#scene === 'empty') return this.#give([]);
    const rank = (row: CaseloadRow) =>
      (row.discharged ? 100 : 0) +
      (row.flags.some((flag) => flag.answer !== null) ? 0 : row.flags.length ? 1 : row.scores.some((s) => s.worse) ? 2 : row.unread ? 3 : row.overdue.length ? 4 : 5);
    return this.#give(PEOPLE.map(rowOf).toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name)));
  }
  groups(): Promise<GroupPage[]> {
    return this.#give(this.#scene === 'empty' ? [] : this.#groups);
  }
  patient(patient: string): Promise<PatientPage> {
    const page = patientPage(patient);
    if (!page) return Promise.reject(new CoreError('patient-unknown'));
    for (const one of page.check_ins) {
      if (one.opened_at === null && this.#opened.has(one.id)) {
        one.opened_by = 'Elin Marsh';
        one.opened_at = NOW;
        page.row.unread -= 1;
      }
    }
    return this.#give(page);
  }
  clinic(): Promise<ClinicView> {
    return this.#give(this.#scene === 'empty' ? { ...CLINIC, programs: [], tracks: [], education: [] } : CLINIC);
  }
  invites(): Promise<InviteView[]> {
    if (this.#scene === 'empty') return this.#give([]);
    return this.#give([
      { id: id('inv1'), subject: id('MarenHolt'), name: 'Maren Holt', state: 'open', made_at: NOW - 3_600_000, expires_at: NOW + 70 * 3_600_000 },
      { id: id('inv0'), subject: id('MarenHolt'), name: 'Maren Holt', state: 'used', made_at: NOW - 30 * 86_400_000, expires_at: NOW - 27 * 86_400_000 },
    ]);
  }

  act(act: Act): Promise<Done> {
    this.acts.push(act);
    this.#version += 1;
    let done = NOTHING;
    switch (act.act) {
      case 'mark-attendance':
        for (const page of this.#groups) {
          for (const member of page.members) if (member.patient === act.patient) member.attendance = act.attendance;
        }
        break;
      case 'open':
        for (const one of act.check_ins) this.#opened.add(one);
        for (const page of this.#groups) {
          for (const member of page.members) if (member.patient === act.patient) member.unread = 0;
        }
        break;
      case 'invite':
        done = {
          id: id('inv2'),
          link: 'https://riverbend.example/e#1.q5xT0bUuT2m2n0aJr5l1yw.9cJ1kq2r0a7m3f8u5hV0Zw',
          code: '407913',
          expires_at: NOW + (act.on_screen ? 600_000 : 72 * 3_600_000),
        };
        break;
      case 'set-program':
        if (act.program.name === 'Refuse') return Promise.reject(new CoreError('schedule-invalid'));
        break;
      default:
        break;
    }
    for (const listener of this.#listeners) listener();
    return Promise.resolve(done);
  }
  refresh(): Promise<void> {
    return Promise.resolve();
  }
  version(): number {
    return this.#version;
  }
  link(): Link {
    return this.#link;
  }
  refused(): string | null {
    return this.#refused;
  }
  forget(): void {
    this.#refused = null;
    for (const listener of this.#listeners) listener();
  }
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  onLogout(_listener: (reason: LogoutReason) => void): () => void {
    return () => {};
  }
  now(): number {
    return Date.now();
  }
}
