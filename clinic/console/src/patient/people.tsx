/** Phones that can open this record, family members, and invites. */
import { useState, type FormEvent } from 'react';
import { useAct, useView } from '../core/react.tsx';
import type { DeviceView, PatientPage } from '../core/types.ts';
import { OpenInvites, type Invitee } from '../invite/invite.tsx';
import { day } from '../ui/format.ts';
import { PhoneIcon, PlusIcon } from '../ui/icons.tsx';
import { Banner, Button, Check, Dialog, Empty, Field, Trouble } from '../ui/parts.tsx';
import { PLATFORMS } from '../words.ts';

interface Props {
  page: PatientPage;
  now: number;
  onInvite: (invitee: Invitee) => void;
}

export function People({ page, now, onInvite }: Props) {
  const patient = page.row.patient;
  const invites = useView('invites', (core) => core.invites());
  const [lost, setLost] = useState<DeviceView | null>(null);
  const [adding, setAdding] = useState(false);
  const { run, busy, code } = useAct();
  const subjects = new Set([patient, ...page.family.map((member) => member.mailbox)]);

  async function cutOff(device: DeviceView) {
    if (await run({ act: 'lose-device', subject: patient, device: device.device })) setLost(null);
  }

  return (
    <div className="columns half">
      <section className="card" aria-labelledby="phones">
        <header>
          <h2 id="phones">Phones</h2>
          <Button size="small" onPress={() => onInvite({ subject: patient, name: page.row.name })}>
            <PlusIcon size={14} /> Invite a phone
          </Button>
        </header>
        {page.devices.length === 0 ? (
          <Empty title="No phone yet" icon={<PhoneIcon size={32} />}>
            <p>Invite the patient’s phone: a link or QR code, and six digits told separately.</p>
          </Empty>
        ) : (
          <ul className="plain items">
            {page.devices.map((device) => (
              <li key={device.device} className="row apart">
                <div>
                  <strong>{device.name}</strong>
                  <div className="small soft">
                    {PLATFORMS[device.platform] ?? device.platform}, since {day(device.at)}
                  </div>
                </div>
                <Button size="small" onPress={() => setLost(device)}>
                  Lost phone …
                </Button>
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className="card" aria-labelledby="family">
        <header>
          <h2 id="family">Family</h2>
          <Button size="small" onPress={() => setAdding(true)}>
            <PlusIcon size={14} /> Add a family member
          </Button>
        </header>
        {page.family.length === 0 ? (
          <Empty title="Nobody yet">
            <p>A family member reads the education pieces and what the patient shares with them; nothing else.</p>
          </Empty>
        ) : (
          <ul className="plain items">
            {page.family.map((member) => (
              <li key={member.mailbox} className="row apart">
                <div>
                  <strong>{member.name}</strong>
                  <div className="small soft">{member.relation}</div>
                </div>
                <Button size="small" onPress={() => onInvite({ subject: member.mailbox, name: member.name })}>
                  Invite a phone
                </Button>
              </li>
            ))}
          </ul>
        )}
      </section>
      <OpenInvites
        invites={(invites.data ?? []).filter((invite) => subjects.has(invite.subject))}
        now={now}
      />
      <Dialog title="Lost phone" isOpen={lost !== null} onClose={() => setLost(null)} role="alertdialog">
        {lost && (
          <div className="stack">
            <p>
              <strong>{lost.name}</strong> of {page.row.name} will be cut off: it wipes the record the next time it
              reaches the server, and gets no new keys. What was already read on it stays read.
            </p>
            <Banner kind="warn">Entries that this phone has not sent yet are lost.</Banner>
            <p className="soft">Then invite a new phone: the whole history comes back to it.</p>
            <Trouble code={code} />
            <div className="actions">
              <Button onPress={() => setLost(null)}>Back</Button>
              <Button kind="danger" isDisabled={busy} onPress={() => void cutOff(lost)}>
                Cut the phone off
              </Button>
            </div>
          </div>
        )}
      </Dialog>
      <Dialog title="Add a family member" isOpen={adding} onClose={() => setAdding(false)}>
        <AddFamily patient={patient} name={page.row.name} now={now} onClose={() => setAdding(false)} />
      </Dialog>
    </div>
  );
}

function AddFamily({
  patient,
  name,
  now,
  onClose,
}: {
  patient: string;
  name: string;
  now: number;
  onClose: () => void;
}) {
  const { run, busy, code } = useAct();
  const [member, setMember] = useState('');
  const [relation, setRelation] = useState('');
  const [consent, setConsent] = useState(false);
  const [signed, setSigned] = useState(false);
  const [guardian, setGuardian] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    const done = await run({
      act: 'add-family-member',
      patient,
      name: member.trim(),
      relation: relation.trim(),
      consented_at: consent ? now : null,
      how: signed ? 'written' : 'spoken',
      guardian,
    });
    if (done) onClose();
  }

  return (
    <form className="stack" onSubmit={(event) => void submit(event)} noValidate>
      <Field label="Name" value={member} onChange={setMember} maxLength={200} autoFocus />
      <Field label="Relation" value={relation} onChange={setRelation} maxLength={100} hint="Such as: sister, partner" />
      <Check
        label={`${name} has agreed that this person is told about the treatment`}
        value={consent}
        onChange={setConsent}
      />
      <Check label="There is a signed form" value={signed} onChange={setSigned} />
      <Check
        label={`A parent or guardian; sees only what ${name} shares, like anyone else`}
        value={guardian}
        onChange={setGuardian}
      />
      <Trouble code={code} />
      <div className="actions">
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="primary" type="submit" isDisabled={busy || !member.trim() || !relation.trim() || !consent}>
          Add
        </Button>
      </div>
    </form>
  );
}
