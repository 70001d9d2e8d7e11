/** Adds a patient to a track. The keys of the new record are made by the core. */
import { useState, type FormEvent } from 'react';
import { useAct, useCore, useView } from '../core/react.tsx';
import { go, to } from '../routes.ts';
import { isoDate } from '../ui/format.ts';
import { Banner, Button, Dialog, Field, Select, Trouble } from '../ui/parts.tsx';

export function AddPatient({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  return (
    <Dialog title="Add a patient" isOpen={isOpen} onClose={onClose}>
      <Form onClose={onClose} />
    </Dialog>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const core = useCore();
  const clinic = useView('clinic', (core) => core.clinic());
  const { run, busy, code } = useAct();
  const [name, setName] = useState('');
  const [phone, setPhone] = useState('');
  const [born, setBorn] = useState('');
  const [track, setTrack] = useState<string | null>(null);
  const [start, setStart] = useState(isoDate(core.now(), clinic.data?.clinic?.time_zone));
  const [weeks, setWeeks] = useState('8');
  const [link, setLink] = useState('');

  const tracks = clinic.data?.tracks ?? [];
  const chosen = track ?? (tracks.length === 1 ? tracks[0]!.track.id : null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!chosen || busy) return;
    const done = await run({
      act: 'add-patient',
      name: name.trim(),
      phone: phone.trim(),
      born,
      track: chosen,
      start_date: start,
      weeks: Number(weeks),
      join_link: link.trim() || null,
      check_ins: null,
    });
    if (done) {
      onClose();
      if (done.id) go(to.patient(done.id, 'people'));
    }
  }

  return (
    <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
      {clinic.state === 'ready' && tracks.length === 0 && (
        <Banner kind="info">
          A track to join is needed first. <a href={to.clinic()} onClick={onClose}>Plan one under Clinic</a>.
        </Banner>
      )}
      <Field label="Name" value={name} onChange={setName} autoFocus maxLength={200} />
      <div className="row even top">
        <Field label="Phone" type="tel" value={phone} onChange={setPhone} optional />
        <Field label="Day of birth" type="date" value={born} onChange={setBorn} optional />
      </div>
      <Select
        label="Track"
        options={tracks.map(({ track }) => ({ id: track.id, name: track.name }))}
        value={chosen}
        onChange={setTrack}
      />
      <div className="row even top">
        <Field label="First day" type="date" value={start} onChange={setStart} />
        <Field label="Planned weeks" type="number" min={1} max={104} value={weeks} onChange={setWeeks} />
      </div>
      <Field
        label="Link to join the group online"
        type="url"
        value={link}
        onChange={setLink}
        optional
        hint="Kept in this patient’s record only."
      />
      <p className="small soft">The daily check-in, and PHQ-9 and GAD-7 each week, are asked for.</p>
      <Trouble code={code} />
      <div className="actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" isDisabled={busy || !name.trim() || !chosen || !start || !(Number(weeks) > 0)}>
          Add the patient
        </Button>
      </div>
    </form>
  );
}
