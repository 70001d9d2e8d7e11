/** The forms of the clinic page. */
import { useState, type FormEvent, type ReactNode } from 'react';
import { useAct, useCore } from '../core/react.tsx';
import {
  NEW_ID,
  type Act,
  type Clinic,
  type Mode,
  type Program,
  type ProgramKind,
  type SessionKind,
  type Track,
  type Weekday,
} from '../core/types.ts';
import { browserZone, isoDate, zoneCity } from '../ui/format.ts';
import { Button, Check, Choices, Field, Select, Trouble, optionsOf } from '../ui/parts.tsx';
import { ZoneField } from '../ui/zone.tsx';
import { MODES, PROGRAM_KINDS, SESSION_KINDS, WEEKDAYS } from '../words.ts';

/** A form that is one act. */
function ActForm({
  act,
  ready,
  save,
  onClose,
  children,
}: {
  act: () => Act;
  ready: boolean;
  save: string;
  onClose: () => void;
  children: ReactNode;
}) {
  const { run, busy, code } = useAct();
  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy || !ready) return;
    if (await run(act())) onClose();
  }
  return (
    <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
      {children}
      <Trouble code={code} />
      <div className="actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" isDisabled={busy || !ready}>
          {save}
        </Button>
      </div>
    </form>
  );
}

export function ClinicForm({ clinic, onClose }: { clinic: Clinic | null; onClose: () => void }) {
  const [name, setName] = useState(clinic?.name ?? '');
  const [zone, setZone] = useState(clinic?.time_zone ?? browserZone());
  const [phone, setPhone] = useState(clinic?.phone ?? '');
  const [hours, setHours] = useState(clinic?.hours ?? '');
  return (
    <ActForm
      act={() => ({
        act: 'describe-clinic',
        clinic: { name: name.trim(), time_zone: zone, phone: phone.trim(), hours: hours.trim() },
      })}
      ready={Boolean(name.trim() && zone && phone.trim())}
      save="Save"
      onClose={onClose}
    >
      <Field label="Name" value={name} onChange={setName} maxLength={200} />
      <ZoneField label="Time zone" value={zone} onChange={setZone} />
      <Field label="Program phone" type="tel" value={phone} onChange={setPhone} />
      <Field label="Hours" value={hours} onChange={setHours} optional hint="When someone answers the phone" />
    </ActForm>
  );
}

export function ProgramForm({
  program,
  clinic,
  onClose,
}: {
  program: Program | null;
  clinic: Clinic | null;
  onClose: () => void;
}) {
  const [name, setName] = useState(program?.name ?? '');
  const [kind, setKind] = useState<ProgramKind>(program?.kind ?? 'mental-health');
  const [zone, setZone] = useState(program?.time_zone ?? clinic?.time_zone ?? browserZone());
  const [phone, setPhone] = useState(program?.phone ?? clinic?.phone ?? '');
  const [hours, setHours] = useState(program?.hours ?? clinic?.hours ?? '');
  return (
    <ActForm
      act={() => ({
        act: 'set-program',
        program: {
          id: program?.id ?? NEW_ID,
          name: name.trim(),
          kind,
          time_zone: zone,
          phone: phone.trim(),
          hours: hours.trim(),
        },
      })}
      ready={Boolean(name.trim() && zone)}
      save={program ? 'Save' : 'Add the program'}
      onClose={onClose}
    >
      <Field label="Name" value={name} onChange={setName} maxLength={200} autoFocus />
      <Choices label="Kind" words={PROGRAM_KINDS} value={kind} onChange={setKind} />
      <ZoneField label="Time zone" value={zone} onChange={setZone} />
      <div className="row even top">
        <Field label="Phone" type="tel" value={phone} onChange={setPhone} optional />
        <Field label="Hours" value={hours} onChange={setHours} optional />
      </div>
    </ActForm>
  );
}

export function TrackForm({
  track,
  programs,
  zone,
  onClose,
}: {
  track: Track | null;
  programs: readonly Program[];
  zone: string;
  onClose: () => void;
}) {
  const core = useCore();
  const schedule = track?.schedule;
  const [name, setName] = useState(track?.name ?? '');
  const [program, setProgram] = useState<string | null>(track?.program ?? programs[0]?.id ?? null);
  const [mode, setMode] = useState<Mode>(track?.mode ?? 'in-person');
  const [place, setPlace] = useState(track?.place ?? '');
  const [days, setDays] = useState<Weekday[]>(schedule?.weekdays ?? ['MO', 'TU', 'TH']);
  const [start, setStart] = useState(schedule?.start_time ?? '09:00');
  const [end, setEnd] = useState(schedule?.end_time ?? '12:00');
  const [from, setFrom] = useState(schedule?.start_date ?? isoDate(core.now(), zone));
  const [weeks, setWeeks] = useState(String(schedule?.weeks ?? 52));
  const timeZone = schedule?.time_zone ?? programs.find((one) => one.id === program)?.time_zone ?? zone;
  return (
    <ActForm
      act={() => ({
        act: 'set-track',
        track: {
          id: track?.id ?? NEW_ID,
          name: name.trim(),
          program: program ?? '',
          mode,
          schedule: {
            time_zone: timeZone,
            start_date: from,
            weeks: Number(weeks),
            weekdays: (Object.keys(WEEKDAYS) as Weekday[]).filter((day) => days.includes(day)),
            start_time: start,
            end_time: end,
          },
          ...(mode !== 'virtual' && place.trim() ? { place: place.trim() } : {}),
        },
      })}
      ready={Boolean(name.trim() && program && days.length > 0 && start && end && from && Number(weeks) >= 1)}
      save={track ? 'Save' : 'Add the track'}
      onClose={onClose}
    >
      <div className="row even top">
        <Field label="Name" value={name} onChange={setName} maxLength={200} autoFocus hint="Such as: Morning" />
        <Select
          label="Program"
          options={programs.map((one) => ({ id: one.id, name: one.name }))}
          value={program}
          onChange={setProgram}
        />
      </div>
      <fieldset className="field">
        <legend className="label">Meets on</legend>
        <div className="choices across">
          {(Object.entries(WEEKDAYS) as [Weekday, string][]).map(([day, word]) => (
            <Check
              key={day}
              label={word.slice(0, 3)}
              value={days.includes(day)}
              onChange={(on) => setDays((days) => (on ? [...days, day] : days.filter((other) => other !== day)))}
            />
          ))}
        </div>
      </fieldset>
      <div className="row even top">
        <Field label="From" type="time" value={start} onChange={setStart} hint={`${zoneCity(timeZone)} time`} />
        <Field label="To" type="time" value={end} onChange={setEnd} />
      </div>
      <div className="row even top">
        <Field label="First day" type="date" value={from} onChange={setFrom} />
        <Field label="Weeks" type="number" min={1} max={104} value={weeks} onChange={setWeeks} />
      </div>
      <Choices label="Where" words={MODES} value={mode} onChange={setMode} across />
      {mode !== 'virtual' && <Field label="Address or room" value={place} onChange={setPlace} optional />}
    </ActForm>
  );
}

export function ExtraSession({ track, onClose }: { track: Track; onClose: () => void }) {
  const core = useCore();
  const zone = track.schedule.time_zone;
  const [day, setDay] = useState(isoDate(core.now() + 24 * 3_600_000, zone));
  const [start, setStart] = useState(track.schedule.start_time);
  const [end, setEnd] = useState(track.schedule.end_time);
  const [kind, setKind] = useState<SessionKind>('group');
  const [title, setTitle] = useState('');
  return (
    <ActForm
      act={() => ({
        act: 'change-session',
        track: track.id,
        change: { change: 'added', date: day, start, end, kind, ...(title.trim() ? { title: title.trim() } : {}) },
      })}
      ready={Boolean(day && start && end)}
      save="Add the session"
      onClose={onClose}
    >
      <p>
        One more session for everyone in <strong>{track.name}</strong>.
      </p>
      <div className="row even top">
        <Field label="Day" type="date" value={day} onChange={setDay} />
        <Field label="From" type="time" value={start} onChange={setStart} hint={`${zoneCity(zone)} time`} />
        <Field label="To" type="time" value={end} onChange={setEnd} />
      </div>
      <Select
        label="Kind"
        options={optionsOf(SESSION_KINDS)}
        value={kind}
        onChange={(kind) => setKind(kind as SessionKind)}
      />
      <Field label="What the card says" value={title} onChange={setTitle} optional maxLength={200} hint={`Else: ${track.name}`} />
    </ActForm>
  );
}
