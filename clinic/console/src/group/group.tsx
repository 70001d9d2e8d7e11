/** The group page: the people of the next session on one screen, for the ten minutes before it. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { FlagBadge, flagged } from '../caseload/caseload.tsx';
import { ScoreText, scoreOf } from '../caseload/score.tsx';
import { useAct, useCore, useNow, useView } from '../core/react.tsx';
import type { Attendance, Flag, GroupMember, GroupPage } from '../core/types.ts';
import { FlagDialog } from '../flag/flag.tsx';
import { AssignHomework, type Whom } from '../homework/assign.tsx';
import { go, to } from '../routes.ts';
import { ahead, clock, onClock, weekdayDate } from '../ui/format.ts';
import { GroupIcon } from '../ui/icons.tsx';
import { useNarrow } from '../ui/narrow.ts';
import { Button, Check, Dialog, Empty, Failed, Loading, Trouble, classes } from '../ui/parts.tsx';
import { ATTENDANCE } from '../words.ts';
import { KEY_WORDS, MARK_LETTERS, MARK_WORDS, groupKey, keysOn, moved, setKeysOn } from './keys.ts';
import { UnreadPanel } from './unread.tsx';
import './group.css';

export function GroupsPage({ track }: { track: string | null }) {
  const core = useCore();
  const view = useView('groups', (core) => core.groups());
  if (view.state === 'failed') return <Failed code={view.code} again={() => void core.refresh()} />;
  if (view.state === 'loading') return <Loading label="Opening the group" />;
  const page = view.data.find((page) => page.track === track) ?? view.data[0];
  if (!page) {
    return (
      <div className="card">
        <Empty title="No group ahead" icon={<GroupIcon size={36} />} level={1}>
          <p>
            When a track has a session ahead, its people are here on one screen. Tracks are planned under{' '}
            <a href={to.clinic()}>Clinic</a>.
          </p>
        </Empty>
      </div>
    );
  }
  return <Group key={page.track} page={page} pages={view.data} />;
}

function Marks({
  member,
  onMark,
  words,
}: {
  member: GroupMember;
  onMark: (attendance: Attendance) => void;
  words?: boolean;
}) {
  return (
    <span className="marks" role="group" aria-label={`Attendance of ${member.name}`}>
      {(Object.keys(ATTENDANCE) as Attendance[]).map((attendance) => (
        <button
          key={attendance}
          type="button"
          className={classes('mark-button', ['absent', 'excused', 'late-cancel'].includes(attendance) && 'off')}
          aria-pressed={member.attendance === attendance}
          aria-label={ATTENDANCE[attendance]}
          title={ATTENDANCE[attendance]}
          onClick={() => onMark(attendance)}
        >
          {words ? MARK_WORDS[attendance] : MARK_LETTERS[attendance]}
        </button>
      ))}
    </span>
  );
}

function Absences({ member }: { member: GroupMember }) {
  if (member.held === 0) return <span className="soft">first group</span>;
  return (
    <span className="nowrap">
      {member.missed} of {member.held}
      {member.missed_last && <span className="badge warn gap">last</span>}
    </span>
  );
}

function Homework({ member }: { member: GroupMember }) {
  if (member.homework_done === 0 && member.homework_open === 0) return <span className="soft">none open</span>;
  return (
    <span className="nowrap">
      {member.homework_done} done<span className="soft">, {member.homework_open} open</span>
    </span>
  );
}

function plan(member: GroupMember): ReactNode {
  if (member.plan_acknowledged === null) return <span className="soft">none</span>;
  return member.plan_acknowledged ? 'read' : 'unread';
}

interface Doing {
  read: (member: GroupMember) => void;
  flag: (member: GroupMember) => void;
  homework: (member: GroupMember) => void;
  mark: (member: GroupMember, attendance: Attendance) => void;
}

function Since({ member, doing }: { member: GroupMember; doing: Doing }) {
  return (
    <span className="since">
      {member.unread > 0 ? (
        <button type="button" className="plain-button" onClick={() => doing.read(member)}>
          <span className="badge accent">
            {member.unread} unread<span className="unseen"> of {member.name}: read</span>
          </span>
        </button>
      ) : (
        <span className="soft">{member.check_ins === 0 ? 'no check-in' : `${member.check_ins} read`}</span>
      )}
      {member.mood !== null && (
        <span>
          mood {member.mood}
          <span className="soft">/10</span>
        </span>
      )}
    </span>
  );
}

function Flags({ member, doing }: { member: GroupMember; doing: Doing }) {
  if (member.flags.length === 0) return <span className="soft">–</span>;
  return (
    <button type="button" className="plain-button" onClick={() => doing.flag(member)}>
      <FlagBadge brief count={member.flags.length} unanswered={member.flags.every((flag) => flag.answer === null)} />
      <span className="unseen"> of {member.name}: close</span>
    </button>
  );
}

function Rows({
  members,
  at,
  setAt,
  doing,
  links,
}: {
  members: GroupMember[];
  at: number;
  setAt: (index: number) => void;
  doing: Doing;
  links: React.RefObject<(HTMLAnchorElement | null)[]>;
}) {
  return (
    <div className="card">
      <table className="grid-table group-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Flags</th>
            <th scope="col">Since last group</th>
            <th scope="col">PHQ-9</th>
            <th scope="col">GAD-7</th>
            <th scope="col">Homework</th>
            <th scope="col">Got in the way</th>
            <th scope="col">Missed</th>
            <th scope="col">Plan</th>
            <th scope="col">Attendance</th>
          </tr>
        </thead>
        <tbody>
          {members.map((member, index) => (
            <tr
              key={member.patient}
              className={classes(index === at && 'at', flagged(member.flags))}
              onFocus={() => setAt(index)}
              onClick={() => setAt(index)}
            >
              <td>
                <span className="who">
                  <a
                    className="person"
                    href={to.patient(member.patient)}
                    ref={(link) => {
                      links.current[index] = link;
                    }}
                  >
                    {member.name}
                  </a>
                  {member.week !== null && <span className="small soft">wk {member.week}</span>}
                </span>
              </td>
              <td>
                <Flags member={member} doing={doing} />
              </td>
              <td>
                <Since member={member} doing={doing} />
              </td>
              <td>
                <ScoreText score={scoreOf(member.scores, 'phq9')} brief />
              </td>
              <td>
                <ScoreText score={scoreOf(member.scores, 'gad7')} brief />
              </td>
              <td>
                <Homework member={member} />
              </td>
              <td>
                {member.obstacles[0] ? (
                  <span className="said" title={member.obstacles.join('\n')}>
                    {member.obstacles[0]}
                  </span>
                ) : (
                  <span className="soft">–</span>
                )}
              </td>
              <td>
                <Absences member={member} />
              </td>
              <td>{plan(member)}</td>
              <td>
                <Marks member={member} onMark={(attendance) => doing.mark(member, attendance)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cards({ members, doing }: { members: GroupMember[]; doing: Doing }) {
  return (
    <ul className="plain group-cards">
      {members.map((member) => (
        <li key={member.patient} className={classes('card stack tight', flagged(member.flags))}>
          <div className="row apart">
            <a className="person" href={to.patient(member.patient)}>
              {member.name}
            </a>
            {member.week !== null && <span className="small soft">week {member.week}</span>}
          </div>
          {member.flags.length > 0 && <Flags member={member} doing={doing} />}
          <Since member={member} doing={doing} />
          <div className="row small">
            {member.scores.map((score) => (
              <span key={score.form}>
                {score.title} <ScoreText score={score} brief />
              </span>
            ))}
          </div>
          <dl className="facts small">
            <dt>Homework</dt>
            <dd>
              <Homework member={member} />
            </dd>
            {member.obstacles[0] && (
              <>
                <dt>Got in the way</dt>
                <dd>{member.obstacles[0]}</dd>
              </>
            )}
            <dt>Missed</dt>
            <dd>
              <Absences member={member} />
            </dd>
          </dl>
          <Marks member={member} onMark={(attendance) => doing.mark(member, attendance)} words />
        </li>
      ))}
    </ul>
  );
}

function Group({ page, pages }: { page: GroupPage; pages: GroupPage[] }) {
  const { members, session } = page;
  const narrow = useNarrow();
  const now = useNow(30_000);
  const { run, code } = useAct();
  const [at, setAt] = useState(0);
  const [keys, setKeys] = useState(keysOn);
  const [help, setHelp] = useState(false);
  const [flag, setFlag] = useState<Flag | null>(null);
  const [whom, setWhom] = useState<Whom | null>(null);
  const [reading, setReading] = useState<GroupMember | null>(null);
  const links = useRef<(HTMLAnchorElement | null)[]>([]);
  const [said, setSaid] = useState('');

  const doing: Doing = {
    read: (member) => member.unread > 0 && setReading(member),
    flag: (member) => setFlag(member.flags[0] ?? null),
    homework: (member) => setWhom({ patient: member.patient, name: member.name }),
    mark: (member, attendance) => {
      setSaid(`${member.name}: ${ATTENDANCE[attendance]}`);
      void run({ act: 'mark-attendance', patient: member.patient, session: session.id, attendance });
    },
  };

  const latest = useRef<(event: KeyboardEvent) => void>(() => {});
  latest.current = (event) => {
    const target = event.target as Element;
    const open = help || flag || whom || reading;
    if (open || target.closest('input, textarea, select, [role=dialog], [role=menu], [role=listbox]')) return;
    const meaning = groupKey(event);
    if (!meaning || (!keys && meaning.key !== 'help')) return;
    const member = members[at];
    event.preventDefault();
    if (meaning.key === 'help') return setHelp(true);
    if (!member) return;
    switch (meaning.key) {
      case 'move': {
        const started = links.current.some((link) => link === document.activeElement);
        const next = started ? moved(at, meaning.by, members.length) : at;
        setAt(next);
        links.current[next]?.focus();
        return;
      }
      case 'open':
        return go(to.patient(member.patient));
      case 'mark':
        return doing.mark(member, meaning.attendance);
      case 'read':
        return doing.read(member);
      case 'flag':
        return doing.flag(member);
      case 'homework':
        return doing.homework(member);
    }
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent) => latest.current(event);
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);

  const subject = members.find((member) => member.patient === flag?.patient);
  return (
    <>
      <div className="group-head">
        <div>
          <h1>
            {page.track_name}: {onClock(page.clock)}
          </h1>
          <p>
            {session.start > now ? `Starts ${ahead(session.start, now)}` : 'Going on now'} · {members.length} people
            {page.since_clock &&
              ` · changes since ${weekdayDate(page.since_clock.date)}, ${clock(page.since_clock.start)}`}
          </p>
        </div>
        <div className="row">
          {pages.length > 1 && (
            <nav className="segments" aria-label="Tracks">
              {pages.map((other) => (
                <a
                  key={other.track}
                  className="segment link"
                  href={to.group(other.track)}
                  aria-current={other.track === page.track ? 'page' : undefined}
                >
                  {other.track_name}
                </a>
              ))}
            </nav>
          )}
          {!narrow && (
            <Button size="small" onPress={() => setHelp(true)}>
              Keys <kbd>?</kbd>
            </Button>
          )}
        </div>
      </div>
      <Trouble code={code} />
      <p className="unseen" role="status">
        {said}
      </p>
      {members.length === 0 ? (
        <div className="card">
          <Empty title="Nobody is enrolled for this session" icon={<GroupIcon size={36} />} />
        </div>
      ) : narrow ? (
        <Cards members={members} doing={doing} />
      ) : (
        <Rows members={members} at={at} setAt={setAt} doing={doing} links={links} />
      )}
      <FlagDialog flag={flag} name={subject?.name ?? ''} now={now} onClose={() => setFlag(null)} />
      <AssignHomework whom={whom} onClose={() => setWhom(null)} />
      <UnreadPanel member={reading} onClose={() => setReading(null)} />
      <Dialog title="Keys of this page" isOpen={help} onClose={() => setHelp(false)}>
        <div className="stack">
          <dl className="keys-list">
            {KEY_WORDS.map(([letters, words]) => (
              <div key={words} className="contents">
                <dt className="row">
                  {letters.map((letter) => (
                    <kbd key={letter}>{letter}</kbd>
                  ))}
                </dt>
                <dd>{words}</dd>
              </div>
            ))}
          </dl>
          <Check
            label="Use single keys"
            value={keys}
            onChange={(on) => {
              setKeys(on);
              setKeysOn(on);
            }}
          />
        </div>
      </Dialog>
    </>
  );
}
