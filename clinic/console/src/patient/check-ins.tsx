/** Every check-in, newest first, and the one that is open. Opening one writes the receipt. */
import { useEffect, useRef } from 'react';
import { useCore } from '../core/react.tsx';
import type { CheckInView, PatientPage } from '../core/types.ts';
import { to } from '../routes.ts';
import { ago, number } from '../ui/format.ts';
import { BackIcon } from '../ui/icons.tsx';
import { useNarrow } from '../ui/narrow.ts';
import { Empty } from '../ui/parts.tsx';
import { severity } from '../words.ts';
import { Answers } from './answers.tsx';

export function CheckIns({ page, chosen, now }: { page: PatientPage; chosen: string | null; now: number }) {
  const core = useCore();
  const narrow = useNarrow();
  const patient = page.row.patient;
  const open = page.check_ins.find((one) => one.id === chosen);

  // Receipts are for what was really on the screen: one is written when a check-in is chosen.
  const told = useRef(new Set<string>());
  const unread = open && open.opened_at === null ? open.id : null;
  useEffect(() => {
    if (!unread || told.current.has(unread)) return;
    told.current.add(unread);
    // A refusal shows as a notice above the page; the check-in then stays unread.
    core.act({ act: 'open', patient, check_ins: [unread] }).catch(() => undefined);
  }, [core, patient, unread]);

  if (page.check_ins.length === 0) {
    return (
      <div className="card">
        <Empty title="No check-ins yet">
          <p>They appear here by themselves as soon as the phone has sent one.</p>
        </Empty>
      </div>
    );
  }

  const detail = open ? (
    <section className="card pad" aria-label="Check-in">
      {narrow && (
        <p>
          <a className="row" href={to.patient(patient, 'check-ins')}>
            <BackIcon size={14} /> All check-ins
          </a>
        </p>
      )}
      <Answers checkIn={open} level={2} />
    </section>
  ) : (
    <div className="card">
      <Empty title={chosen ? 'This check-in is not here' : 'Choose a check-in'}>
        <p>Opening one tells the patient that you have seen it.</p>
      </Empty>
    </div>
  );

  if (narrow && open) return detail;
  return (
    <div className="columns list">
      <section className="card check-in-scroll" aria-label="Check-ins" tabIndex={0}>
        <ul className="plain check-in-list">
          {page.check_ins.map((one) => (
            <Item key={one.id} one={one} patient={patient} now={now} current={one.id === chosen} />
          ))}
        </ul>
      </section>
      {!narrow && detail}
    </div>
  );
}

function Item({ one, patient, now, current }: { one: CheckInView; patient: string; now: number; current: boolean }) {
  const unread = one.opened_at === null;
  return (
    <li>
      <a
        className={unread ? 'unread' : undefined}
        href={to.patient(patient, 'check-ins', one.id)}
        aria-current={current ? 'true' : undefined}
      >
        <span className="title">
          {unread && <span className="unread-dot" aria-hidden="true" />}
          <strong>{one.title}</strong>
          {unread && <span className="unseen">unread</span>}
          {one.safety_positive && <span className="badge danger">Follow-up</span>}
          {!one.complete && <span className="badge">not finished</span>}
        </span>
        <span className="small soft row apart">
          <span>{ago(one.at, now)}</span>
          {one.total !== null && (
            <span>
              {number(one.total)}
              {one.severity && `, ${severity(one.severity).toLowerCase()}`}
            </span>
          )}
        </span>
      </a>
    </li>
  );
}
