/** The clinic itself: who it is, its programs and tracks, its staff, its invites. */
import { useState } from 'react';
import { useAct, useCore, useNow, useView } from '../core/react.tsx';
import type { Program, SessionChange, Staff, Track, TrackView } from '../core/types.ts';
import { OpenInvites } from '../invite/invite.tsx';
import { clock, date, weekdayDate, zoneCity } from '../ui/format.ts';
import { PlusIcon } from '../ui/icons.tsx';
import { Button, Dialog, Failed, Loading, Trouble } from '../ui/parts.tsx';
import { MODES, PROGRAM_KINDS, ROLES, WEEKDAYS } from '../words.ts';
import { ClinicForm, ExtraSession, ProgramForm, TrackForm } from './forms.tsx';

type Doing =
  | { what: 'clinic' }
  | { what: 'program'; program: Program | null }
  | { what: 'track'; track: Track | null }
  | { what: 'session'; track: Track }
  | { what: 'remove'; staff: Staff }
  | null;

export function ClinicPage() {
  const core = useCore();
  const view = useView('clinic', (core) => core.clinic());
  const me = useView('me', (core) => core.me());
  const invites = useView('invites', (core) => core.invites());
  const now = useNow(30_000);
  const [doing, setDoing] = useState<Doing>(null);
  if (view.state === 'failed') return <Failed code={view.code} again={() => void core.refresh()} />;
  if (view.state === 'loading') return <Loading label="Opening the clinic" />;
  const { clinic, programs, tracks, staff } = view.data;
  const close = () => setDoing(null);
  const zone = clinic?.time_zone ?? programs[0]?.time_zone ?? 'UTC';

  return (
    <>
      <div className="page-head">
        <h1>Clinic</h1>
      </div>
      <div className="columns half clinic">
        <section className="card" aria-labelledby="c-clinic">
          <header>
            <h2 id="c-clinic">{clinic?.name ?? 'Your clinic'}</h2>
            <Button size="small" onPress={() => setDoing({ what: 'clinic' })}>
              Change
            </Button>
          </header>
          <div className="body">
            <dl className="facts">
              <dt>Time zone</dt>
              <dd>{clinic ? clinic.time_zone.replaceAll('_', ' ') : 'not set'}</dd>
              <dt>Program phone</dt>
              <dd>{clinic?.phone || 'not set'}</dd>
              <dt>Hours</dt>
              <dd>{clinic?.hours || 'not set'}</dd>
            </dl>
          </div>
        </section>
        <section className="card" aria-labelledby="c-programs">
          <header>
            <h2 id="c-programs">Programs</h2>
            <Button size="small" onPress={() => setDoing({ what: 'program', program: null })}>
              <PlusIcon size={14} /> Add a program
            </Button>
          </header>
          {programs.length === 0 ? (
            <p className="body soft">Add a program first, then its tracks: groups that meet on one weekly pattern.</p>
          ) : (
            <ul className="plain items">
              {programs.map((program) => (
                <li key={program.id} className="row apart">
                  <div>
                    <strong>{program.name}</strong>
                    <div className="small soft">
                      {PROGRAM_KINDS[program.kind]} · {zoneCity(program.time_zone)} time · {program.phone}
                    </div>
                  </div>
                  <Button size="small" onPress={() => setDoing({ what: 'program', program })}>
                    Change
                  </Button>
                </li>
              ))}
            </ul>
          )}
        </section>
        <section className="card" aria-labelledby="c-tracks">
          <header>
            <h2 id="c-tracks">Tracks</h2>
            <Button
              size="small"
              isDisabled={programs.length === 0}
              onPress={() => setDoing({ what: 'track', track: null })}
            >
              <PlusIcon size={14} /> Add a track
            </Button>
          </header>
          {tracks.length === 0 ? (
            <p className="body soft">No track yet. Patients are enrolled in a track.</p>
          ) : (
            <ul className="plain items">
              {tracks.map((view) => (
                <TrackItem
                  key={view.track.id}
                  view={view}
                  onChange={() => setDoing({ what: 'track', track: view.track })}
                  onSession={() => setDoing({ what: 'session', track: view.track })}
                />
              ))}
            </ul>
          )}
        </section>
        <section className="card" aria-labelledby="c-staff">
          <header>
            <h2 id="c-staff">Staff</h2>
          </header>
          <ul className="plain items">
            {staff.map((one) => (
              <li key={one.id} className="row apart">
                <div>
                  <strong>{one.name}</strong>
                  {one.id === me.data?.id && <span className="soft"> (you)</span>}
                  <div className="small soft">{[one.title, ROLES[one.role]].filter(Boolean).join(' · ')}</div>
                </div>
                {me.data?.administrator && one.id !== me.data.id && (
                  <Button size="small" kind="quiet" calm onPress={() => setDoing({ what: 'remove', staff: one })}>
                    Remove …
                  </Button>
                )}
              </li>
            ))}
          </ul>
        </section>
        <OpenInvites
          invites={(invites.data ?? []).filter((invite) => invite.state === 'open' || invite.state === 'redeemed')}
          now={now}
        />
      </div>
      <Dialog title="The clinic" isOpen={doing?.what === 'clinic'} onClose={close}>
        <ClinicForm clinic={clinic} onClose={close} />
      </Dialog>
      <Dialog
        title={doing?.what === 'program' && doing.program ? 'Change the program' : 'Add a program'}
        isOpen={doing?.what === 'program'}
        onClose={close}
      >
        {doing?.what === 'program' && <ProgramForm program={doing.program} clinic={clinic} onClose={close} />}
      </Dialog>
      <Dialog
        title={doing?.what === 'track' && doing.track ? 'Change the track' : 'Add a track'}
        isOpen={doing?.what === 'track'}
        onClose={close}
      >
        {doing?.what === 'track' && <TrackForm track={doing.track} programs={programs} zone={zone} onClose={close} />}
      </Dialog>
      <Dialog title="Add a session" isOpen={doing?.what === 'session'} onClose={close}>
        {doing?.what === 'session' && <ExtraSession track={doing.track} onClose={close} />}
      </Dialog>
      <Dialog title="Remove a colleague" isOpen={doing?.what === 'remove'} onClose={close} role="alertdialog">
        {doing?.what === 'remove' && <RemoveStaff staff={doing.staff} onClose={close} />}
      </Dialog>
    </>
  );
}

function change(change: SessionChange): string {
  switch (change.change) {
    case 'cancelled':
      return `${weekdayDate(change.original_date)} cancelled${change.reason ? `: ${change.reason}` : ''}`;
    case 'restored':
      return `${weekdayDate(change.original_date)} held after all`;
    case 'moved':
      return `${weekdayDate(change.original_date)} moved to ${weekdayDate(change.new_date)}, ${clock(change.new_start)} to ${clock(change.new_end)}`;
    case 'added':
      return `${weekdayDate(change.date)} added, ${clock(change.start)} to ${clock(change.end)}`;
  }
}

function TrackItem({ view, onChange, onSession }: { view: TrackView; onChange: () => void; onSession: () => void }) {
  const { track, changes } = view;
  const { schedule } = track;
  return (
    <li className="stack tight">
      <div className="row apart">
        <div>
          <strong>{track.name}</strong>
          <div className="small soft">
            {schedule.weekdays.map((weekday) => WEEKDAYS[weekday].slice(0, 3)).join(', ')} {clock(schedule.start_time)} to{' '}
            {clock(schedule.end_time)} ({zoneCity(schedule.time_zone)} time) · {MODES[track.mode]}
          </div>
          <div className="small soft">
            From {date(schedule.start_date)}, {schedule.weeks} weeks
          </div>
        </div>
        <div className="row">
          <Button size="small" onPress={onSession}>
            Add a session
          </Button>
          <Button size="small" onPress={onChange}>
            Change
          </Button>
        </div>
      </div>
      {changes.length > 0 && (
        <ul className="small soft plain">
          {changes.slice(-4).map((one, index) => (
            <li key={index}>{change(one)}</li>
          ))}
        </ul>
      )}
    </li>
  );
}

function RemoveStaff({ staff, onClose }: { staff: Staff; onClose: () => void }) {
  const { run, busy, code } = useAct();
  return (
    <div className="stack">
      <p>
        <strong>{staff.name}</strong> can no longer log in, and every record gets new keys. What was already read stays
        read.
      </p>
      <Trouble code={code} />
      <div className="actions">
        <Button onPress={onClose}>Back</Button>
        <Button
          kind="danger"
          isDisabled={busy}
          onPress={() => void run({ act: 'remove-staff', staff: staff.id }).then((done) => done && onClose())}
        >
          Remove {staff.name}
        </Button>
      </div>
    </div>
  );
}
