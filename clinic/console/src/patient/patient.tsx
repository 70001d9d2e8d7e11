/** One patient: who they are, and a tab for each thing a clinician does with them. */
import { useEffect, useRef, useState } from 'react';
import { Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useCore, useNow, useView } from '../core/react.tsx';
import type { PatientPage as Page } from '../core/types.ts';
import { AssignHomework, type Whom } from '../homework/assign.tsx';
import { InviteDialog, type Invitee } from '../invite/invite.tsx';
import { PATIENT_TABS, to, type PatientTab } from '../routes.ts';
import { ahead, date } from '../ui/format.ts';
import { BackIcon, DownIcon, PhoneIcon } from '../ui/icons.tsx';
import { useNarrow } from '../ui/narrow.ts';
import { Button, Failed, Loading } from '../ui/parts.tsx';
import { CheckIns } from './check-ins.tsx';
import { Discharge } from './discharge.tsx';
import { Homework } from './homework.tsx';
import { Note } from './note.tsx';
import { Overview } from './overview.tsx';
import { People } from './people.tsx';
import { Plan } from './plan.tsx';
import { Sessions } from './sessions.tsx';
import './patient.css';

interface Props {
  id: string;
  tab: PatientTab;
  item: string | null;
}

export function PatientPage({ id, tab, item }: Props) {
  const core = useCore();
  const view = useView(`patient ${id}`, (core) => core.patient(id));
  if (view.state === 'loading') return <Loading label="Opening the record" />;
  if (view.state === 'failed') return <Failed code={view.code} again={() => void core.refresh()} />;
  return <Patient page={view.data} tab={tab} item={item} />;
}

function counts(page: Page): Partial<Record<PatientTab, number>> {
  return {
    'check-ins': page.row.unread,
    homework: page.homework.filter((homework) => homework.overdue).length,
    plan: page.plans.filter((plan) => plan.proposal).length,
  };
}

function Patient({ page, tab, item }: { page: Page; tab: PatientTab; item: string | null }) {
  const { row } = page;
  const now = useNow(30_000);
  const [homework, setHomework] = useState<Whom | null>(null);
  const [invitee, setInvitee] = useState<Invitee | null>(null);
  const [discharging, setDischarging] = useState(false);
  const [noting, setNoting] = useState(false);
  const marks = counts(page);
  const narrow = useNarrow();
  const size = narrow ? 'small' : 'normal';
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow screen the tabs scroll sideways; the one in use is shown.
    const bar = tabs.current;
    const current = bar?.querySelector<HTMLElement>('[aria-current]');
    if (bar && current) bar.scrollLeft = current.offsetLeft - bar.offsetLeft - (bar.clientWidth - current.offsetWidth) / 2;
  }, [tab, narrow]);
  const whom = { patient: row.patient, name: row.name };

  return (
    <>
      <div className="patient-head">
        <div>
          <a className="back" href={to.caseload()}>
            <BackIcon size={14} /> Caseload
          </a>
          <h1>{row.name}</h1>
          <div className="about">
            <span>
              {row.discharged
                ? `Discharged ${date(row.discharged)}`
                : row.week === null
                  ? 'Not started'
                  : `${row.track ?? 'No track'}, week ${row.week} of ${row.weeks ?? '?'}`}
            </span>
            {page.phone && <a href={`tel:${page.phone.replace(/[^\d+*#]/g, '')}`}>{page.phone}</a>}
            {page.born && <span>born {date(page.born)}</span>}
            {row.next_session !== null && <span>next session {ahead(row.next_session, now)}</span>}
          </div>
        </div>
        <div className="row">
          <Button size={size} onPress={() => setInvitee({ subject: row.patient, name: row.name })}>
            <PhoneIcon /> Invite a phone
          </Button>
          <Button size={size} kind="primary" onPress={() => setHomework(whom)}>
            Assign homework
          </Button>
          <MenuTrigger>
            <Button size={size}>
              More <DownIcon size={16} />
            </Button>
            <Popover className="popover" placement="bottom end">
              <Menu
                className="listbox"
                aria-label="More"
                onAction={(key) => (key === 'note' ? setNoting(true) : setDischarging(true))}
              >
                <MenuItem id="note" className="option">
                  Write a note to the team
                </MenuItem>
                <MenuItem id="discharge" className="option">
                  {row.discharged ? 'Change the discharge' : 'Discharge'}
                </MenuItem>
              </Menu>
            </Popover>
          </MenuTrigger>
        </div>
      </div>
      <nav className="tabs" aria-label={`Record of ${row.name}`} ref={tabs}>
        <ul className="plain">
          {(Object.entries(PATIENT_TABS) as [PatientTab, string][]).map(([id, name]) => (
            <li key={id}>
              <a href={to.patient(row.patient, id)} aria-current={id === tab ? 'page' : undefined}>
                {name} {Boolean(marks[id]) && <span className="badge accent">{marks[id]}</span>}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {tab === 'overview' && <Overview page={page} now={now} />}
      {tab === 'check-ins' && <CheckIns page={page} chosen={item} now={now} />}
      {tab === 'homework' && <Homework page={page} onAssign={() => setHomework(whom)} />}
      {tab === 'plan' && <Plan page={page} />}
      {tab === 'sessions' && <Sessions page={page} now={now} />}
      {tab === 'people' && <People page={page} now={now} onInvite={setInvitee} />}
      <AssignHomework whom={homework} onClose={() => setHomework(null)} />
      <InviteDialog invitee={invitee} onClose={() => setInvitee(null)} />
      <Discharge page={page} isOpen={discharging} onClose={() => setDischarging(false)} />
      <Note whom={whom} isOpen={noting} onClose={() => setNoting(false)} />
    </>
  );
}
