/** What one person wrote and nobody has opened. Showing it writes the receipt. */
import { useEffect, useRef } from 'react';
import { useCore, useView } from '../core/react.tsx';
import type { GroupMember } from '../core/types.ts';
import { Answers } from '../patient/answers.tsx';
import { to } from '../routes.ts';
import { Button, Dialog, Failed, Loading } from '../ui/parts.tsx';

export function UnreadPanel({ member, onClose }: { member: GroupMember | null; onClose: () => void }) {
  return (
    <Dialog title={member ? `Unread of ${member.name}` : 'Unread'} isOpen={member !== null} onClose={onClose} size="side">
      {member && <Unread patient={member.patient} onClose={onClose} />}
    </Dialog>
  );
}

function Unread({ patient, onClose }: { patient: string; onClose: () => void }) {
  const core = useCore();
  const view = useView(`patient ${patient}`, (core) => core.patient(patient));
  // What was unread when the panel opened stays in it after the receipt is written.
  const unread = useRef<Set<string> | null>(null);
  if (view.data && !unread.current) {
    unread.current = new Set(view.data.check_ins.filter((one) => one.opened_at === null).map((one) => one.id));
  }
  const ids = unread.current;
  const told = useRef(false);
  useEffect(() => {
    if (!ids || ids.size === 0 || told.current) return;
    told.current = true;
    // A refusal shows as a notice above the page; the check-ins then stay unread.
    core.act({ act: 'open', patient, check_ins: [...ids] }).catch(() => undefined);
  }, [core, ids, patient]);

  if (view.state === 'loading') return <Loading label="Opening check-ins" />;
  if (view.state === 'failed') return <Failed code={view.code} />;
  const shown = view.data.check_ins.filter((one) => ids?.has(one.id));
  return (
    <div className="stack wide">
      {shown.map((checkIn) => (
        <Answers key={checkIn.id} checkIn={checkIn} level={3} />
      ))}
      <div className="row apart">
        <a href={to.patient(patient)} onClick={onClose}>
          Open the patient’s page
        </a>
        <Button kind="primary" onPress={onClose} autoFocus>
          Done
        </Button>
      </div>
    </div>
  );
}
