/** Sessions from a week ago to two weeks ahead: the track's and the patient's own. */
import { useState, type FormEvent } from 'react';
import { useAct, useCore, useView } from '../core/react.tsx';
import {
  NEW_ID,
  type Act,
  type Attendance,
  type Mode,
  type OwnSession,
  type PatientPage,
  type SessionKind,
  type SessionView,
} from '../core/types.ts';
import { clock as wallClock, isoDate, onClock, weekdayDate, zoneCity } from '../ui/format.ts';
import { CalendarIcon, PlusIcon } from '../ui/icons.tsx';
import { Banner, Button, Choices, Dialog, Empty, Field, Select, Trouble, classes, optionsOf } from '../ui/parts.tsx';
import { ATTENDANCE, MODES, SESSION_KINDS, SESSION_STATUS } from '../words.ts';
import { trackSession } from './track-session.ts';

const RESOLUTION: Record<string, string> = {
  gap: 'The clocks jump over this time that day; it is one hour later on the wall.',
  fold: 'The clocks show this time twice that day; the first is meant.',
};

/** When, on the clinic's clock, and on the reader's when it differs. Both are the core's, never the browser's. */
export function SessionTime({ clock, here }: Pick<SessionView, 'clock' | 'here'>) {
  return (
    <>
      {onClock(clock)}
      {here && (
        <span className="soft">
          {' '}
          · {wallClock(here.start)} {zoneCity(here.zone)} time
        </span>
      )}
    </>
  );
}

type Doing = { what: 'cancel' | 'move'; view: SessionView } | { what: 'plan' } | null;

export function Sessions({ page, now }: { page: PatientPage; now: number }) {
  const [doing, setDoing] = useState<Doing>(null);
  const { run, code } = useAct();
  const patient = page.row.patient;
  const ahead = page.sessions.filter(({ session }) => session.end > now);
  const past = page.sessions.filter(({ session }) => session.end <= now).toReversed();
  const mark = (view: SessionView, attendance: string) =>
    void run({
      act: 'mark-attendance',
      patient,
      session: view.session.id,
      attendance: attendance as Attendance,
    });

  return (
    <div className="stack">
      <Trouble code={code} />
      <section className="card" aria-labelledby="ahead">
        <header>
          <h2 id="ahead">Next two weeks</h2>
          <Button size="small" onPress={() => setDoing({ what: 'plan' })}>
            <PlusIcon size={14} /> Plan a visit
          </Button>
        </header>
        {ahead.length === 0 ? (
          <Empty title="Nothing planned" icon={<CalendarIcon size={32} />}>
            <p>Group sessions come from the track; a visit of this patient alone is planned here.</p>
          </Empty>
        ) : (
          <ul className="plain items">
            {ahead.map((view) => (
              <Row patient={patient} key={view.session.id} view={view} onDo={setDoing} />
            ))}
          </ul>
        )}
      </section>
      {past.length > 0 && (
        <section className="card" aria-labelledby="past">
          <header>
            <h2 id="past">Last week</h2>
          </header>
          <ul className="plain items">
            {past.map((view) => (
              <li key={view.session.id} className="row apart">
                <div>
                  <strong className={classes(view.session.status === 'cancelled' && 'struck')}>{view.session.title}</strong>
                  <div className="small soft">
                    <SessionTime {...view} />
                  </div>
                </div>
                {view.session.status === 'cancelled' ? (
                  <span className="badge warn">Cancelled</span>
                ) : (
                  <div className="attendance">
                    <Select
                      label={`Attendance, ${weekdayDate(view.clock.date)}`}
                      hideLabel
                      placeholder="Not marked"
                      options={optionsOf(ATTENDANCE)}
                      value={view.attendance}
                      onChange={(attendance) => mark(view, attendance)}
                    />
                  </div>
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      <Dialog title="Plan a visit" isOpen={doing?.what === 'plan'} onClose={() => setDoing(null)}>
        <PlanVisit page={page} onClose={() => setDoing(null)} />
      </Dialog>
      <Dialog
        title={doing?.what === 'move' ? 'Move a session' : 'Cancel a session'}
        isOpen={doing?.what === 'move' || doing?.what === 'cancel'}
        onClose={() => setDoing(null)}
      >
        {doing && doing.what !== 'plan' && (
          <ChangeSession patient={patient} view={doing.view} what={doing.what} onClose={() => setDoing(null)} />
        )}
      </Dialog>
    </div>
  );
}

function Row({ patient, view, onDo }: { patient: string; view: SessionView; onDo: (doing: Doing) => void }) {
  const { run, busy } = useAct();
  const { session } = view;
  const track = trackSession(session);
  const resolution = RESOLUTION[session.start_resolution] ?? RESOLUTION[session.end_resolution];
  const cancelled = session.status === 'cancelled';

  async function holdAfterAll() {
    if (view.own) await run({ act: 'plan-session', patient, session: { ...view.own, cancelled: false } });
    else if (track) await run({ act: 'change-session', track: track.track, change: { change: 'restored', ...track.named } });
  }

  return (
    <li>
      <div className="row apart">
        <div>
          <div className="row">
            <strong className={classes(cancelled && 'struck')}>{session.title}</strong>
            <span className="badge">{SESSION_KINDS[session.kind]}</span>
            {session.status !== 'scheduled' && <span className="badge warn">{SESSION_STATUS[session.status]}</span>}
          </div>
          <div className="small soft">
            <SessionTime {...view} />
          </div>
          <div className="small soft">
            {[MODES[session.mode], session.place, session.reason].filter(Boolean).join(' · ')}
          </div>
          {resolution && <div className="small wrong">{resolution}</div>}
        </div>
        {(track || view.own) && (
          <div className="row">
            {cancelled ? (
              <Button size="small" isDisabled={busy} onPress={() => void holdAfterAll()}>
                Hold it after all
              </Button>
            ) : (
              <>
                <Button size="small" onPress={() => onDo({ what: 'move', view })}>
                  Move
                </Button>
                <Button size="small" onPress={() => onDo({ what: 'cancel', view })}>
                  Cancel
                </Button>
              </>
            )}
          </div>
        )}
      </div>
    </li>
  );
}

/** Cancels or moves a session of the track, for everyone in it, or a visit of this patient. */
function ChangeSession({
  patient,
  view,
  what,
  onClose,
}: {
  patient: string;
  view: SessionView;
  what: 'cancel' | 'move';
  onClose: () => void;
}) {
  const { session } = view;
  const track = trackSession(session);
  const { run, busy, code } = useAct();
  const [reason, setReason] = useState('');
  const [date, setDate] = useState(view.clock.date);
  const [start, setStart] = useState(view.clock.start.slice(0, 5));
  const [end, setEnd] = useState(view.clock.end.slice(0, 5));

  function act(): Act | null {
    if (view.own) {
      const changed = what === 'cancel' ? { cancelled: true } : { date, start, end, cancelled: false };
      return { act: 'plan-session', patient, session: { ...view.own, ...changed } };
    }
    if (!track) return null;
    return {
      act: 'change-session',
      track: track.track,
      change:
        what === 'cancel'
          ? { change: 'cancelled', ...track.named, ...(reason.trim() ? { reason: reason.trim() } : {}) }
          : { change: 'moved', ...track.named, new_date: date, new_start: start, new_end: end },
    };
  }

  async function submit(event: FormEvent) {
    event.preventDefault();
    const wanted = act();
    if (wanted && !busy && (await run(wanted))) onClose();
  }

  return (
    <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
      <p>
        <strong>{session.title}</strong>, <SessionTime {...view} />
      </p>
      {track && (
        <Banner kind="info">This is a session of the track: it changes for everyone in it, and their phones are told.</Banner>
      )}
      {what === 'cancel' && !track && <p>The visit stays on the list as cancelled, and the phone is told.</p>}
      {what === 'cancel' && track && (
        <Field
          label="Why"
          value={reason}
          onChange={setReason}
          optional
          maxLength={200}
          hint="Everyone in the track reads this. No names."
        />
      )}
      {what === 'move' && (
        <div className="row even top">
          <Field label="New day" type="date" value={date} onChange={setDate} />
          <Field label="From" type="time" value={start} onChange={setStart} />
          <Field label="To" type="time" value={end} onChange={setEnd} hint={`${zoneCity(session.time_zone)} time`} />
        </div>
      )}
      <Trouble code={code} />
      <div className="actions">
        <Button onPress={onClose}>Back</Button>
        <Button kind="primary" type="submit" isDisabled={busy || !date || !start || !end}>
          {what === 'cancel' ? 'Cancel the session' : 'Move the session'}
        </Button>
      </div>
    </form>
  );
}

const VISITS = {
  individual: SESSION_KINDS.individual,
  medication: SESSION_KINDS.medication,
  family: SESSION_KINDS.family,
  assessment: SESSION_KINDS.assessment,
} as const;

function PlanVisit({ page, onClose }: { page: PatientPage; onClose: () => void }) {
  const core = useCore();
  const clinic = useView('clinic', (core) => core.clinic());
  const me = useView('me', (core) => core.me());
  const { run, busy, code } = useAct();
  const [kind, setKind] = useState<SessionKind>('individual');
  const [date, setDate] = useState(isoDate(core.now() + 24 * 3_600_000, page.clinic_zone));
  const [start, setStart] = useState('10:00');
  const [end, setEnd] = useState('10:50');
  const [mode, setMode] = useState<Mode>('in-person');
  const [place, setPlace] = useState('');
  const [link, setLink] = useState('');
  const [staff, setStaff] = useState<string | null>(null);
  const [title, setTitle] = useState('');
  const staffMembers = clinic.data?.staff ?? [];
  const chosen = staff ?? me.data?.id ?? null;
  const usual = staffMembers.find((one) => one.id === chosen)?.title || SESSION_KINDS[kind];

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy || !chosen) return;
    const session: OwnSession = {
      id: NEW_ID,
      kind,
      date,
      start,
      end,
      time_zone: page.clinic_zone,
      with: { staff: chosen, title: title.trim() || usual },
      mode,
      cancelled: false,
      ...(place.trim() ? { place: place.trim() } : {}),
      ...(link.trim() ? { join_link: link.trim() } : {}),
    };
    const done = await run({ act: 'plan-session', patient: page.row.patient, session });
    if (done) onClose();
  }

  return (
    <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
      <Choices label="Kind" words={VISITS} value={kind as keyof typeof VISITS} onChange={setKind} across />
      <div className="row even top">
        <Field label="Day" type="date" value={date} onChange={setDate} />
        <Field label="From" type="time" value={start} onChange={setStart} />
        <Field label="To" type="time" value={end} onChange={setEnd} hint={`${zoneCity(page.clinic_zone)} time`} />
      </div>
      <div className="row even top">
        <Select
          label="With"
          options={staffMembers.map((one) => ({ id: one.id, name: one.name }))}
          value={chosen}
          onChange={setStaff}
        />
        <Field label="What the card says" value={title} onChange={setTitle} optional hint={`Else: ${usual}`} />
      </div>
      <Choices label="Where" words={MODES} value={mode} onChange={setMode} across />
      <div className="row even top">
        {mode !== 'virtual' && <Field label="Address or room" value={place} onChange={setPlace} optional />}
        {mode !== 'in-person' && <Field label="Video link" type="url" value={link} onChange={setLink} optional />}
      </div>
      <Trouble code={code} />
      <div className="actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" isDisabled={busy || !date || !start || !end || !chosen}>
          Plan the visit
        </Button>
      </div>
    </form>
  );
}
