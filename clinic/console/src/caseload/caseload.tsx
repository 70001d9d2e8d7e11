/** The caseload: everyone, worst first, as the core orders them. */
import { useEffect, useRef, useState } from 'react';
import { useCore, useLink, useNow, useView } from '../core/react.tsx';
import { opened } from '../frame/sync.tsx';
import type { CaseloadRow, Flag } from '../core/types.ts';
import { go, to } from '../routes.ts';
import { ago, ahead, date, plural } from '../ui/format.ts';
import { FlagIcon, PeopleIcon, PlusIcon, SearchIcon } from '../ui/icons.tsx';
import { useNarrow } from '../ui/narrow.ts';
import { Button, Empty, Failed, Loading, classes } from '../ui/parts.tsx';
import { AddPatient } from './add-patient.tsx';
import { FILTERS, fits, found, type Filter } from './filter.ts';
import { ScoreText, scoreOf } from './score.tsx';
import './caseload.css';

/** The edge of a row: red for an answer, amber for an item left out. */
export function flagged(flags: readonly Flag[]): string | undefined {
  if (flags.length === 0) return undefined;
  return flags.some((flag) => flag.answer !== null) ? 'flagged' : 'flagged unanswered';
}

export function FlagBadge({ count, unanswered, brief }: { count: number; unanswered: boolean; brief?: boolean }) {
  return (
    <span className={classes('badge', unanswered ? 'warn' : 'danger')}>
      <FlagIcon size={14} />
      {unanswered
        ? brief
          ? 'Left out'
          : 'Safety item left out'
        : count > 1
          ? `${count} ${brief ? 'flags' : 'safety flags'}`
          : brief
            ? 'Flag'
            : 'Safety flag'}
    </span>
  );
}

function Attention({ row }: { row: CaseloadRow }) {
  const positive = row.flags.some((flag) => flag.answer !== null);
  return (
    <span className="badges">
      {row.flags.length > 0 && <FlagBadge count={row.flags.length} unanswered={!positive} />}
      {row.unread > 0 && <span className="badge accent">{row.unread} unread</span>}
      {row.overdue.length > 0 && <span className="badge">Overdue: {row.overdue.join(', ')}</span>}
    </span>
  );
}

function programme(row: CaseloadRow): string {
  if (row.discharged) return `Discharged ${date(row.discharged)}`;
  if (row.week === null) return row.track ? `${row.track}, not started` : 'Not enrolled';
  return `${row.track ?? 'No track'}, week ${row.week}${row.weeks ? ` of ${row.weeks}` : ''}`;
}

function Table({ rows, now }: { rows: CaseloadRow[]; now: number }) {
  return (
    <div className="card">
      <table className="grid-table caseload-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Needs attention</th>
            <th scope="col">PHQ-9</th>
            <th scope="col">GAD-7</th>
            <th scope="col">Last check-in</th>
            <th scope="col">Next session</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.patient}
              className={flagged(row.flags)}
              onClick={(event) => {
                // The name is the link; the rest of the row is a larger place to click.
                if (!(event.target as Element).closest('a')) go(to.patient(row.patient));
              }}
            >
              <td>
                <a className="person" href={to.patient(row.patient)}>
                  {row.name}
                </a>
                <div className="small soft">{programme(row)}</div>
              </td>
              <td>
                <Attention row={row} />
              </td>
              <td>
                <ScoreText score={scoreOf(row.scores, 'phq9')} />
              </td>
              <td>
                <ScoreText score={scoreOf(row.scores, 'gad7')} />
              </td>
              <td className="nowrap">{row.last_check_in === null ? <span className="soft">none yet</span> : ago(row.last_check_in, now)}</td>
              <td className="nowrap soft">{row.next_session === null ? '–' : ahead(row.next_session, now)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cards({ rows, now }: { rows: CaseloadRow[]; now: number }) {
  return (
    <ul className="plain caseload-cards">
      {rows.map((row) => (
        <li key={row.patient} className={classes('card stack tight', flagged(row.flags))}>
          <div>
            <a className="person" href={to.patient(row.patient)}>
              {row.name}
            </a>
            <div className="small soft">{programme(row)}</div>
          </div>
          <Attention row={row} />
          <div className="scores small">
            {row.scores.map((score) => (
              <span key={score.form}>
                {score.title} <ScoreText score={score} />
              </span>
            ))}
          </div>
          <div className="small soft">
            {row.last_check_in === null ? 'No check-in yet' : `Last check-in ${ago(row.last_check_in, now)}`}
            {row.next_session !== null && ` · next session ${ahead(row.next_session, now)}`}
          </div>
        </li>
      ))}
    </ul>
  );
}

function summary(rows: CaseloadRow[]): string {
  const flags = rows.reduce((sum, row) => sum + row.flags.length, 0);
  const unread = rows.reduce((sum, row) => sum + row.unread, 0);
  return [
    plural(rows.filter((row) => row.discharged === null).length, 'patient', 'patients'),
    plural(flags, 'open safety flag', 'open safety flags'),
    plural(unread, 'unread check-in', 'unread check-ins'),
  ].join(' · ');
}

export function CaseloadPage() {
  const core = useCore();
  const view = useView('caseload', (core) => core.caseload());
  const status = useView('status', (core) => core.status());
  const link = useLink();
  const now = useNow(30_000);
  const narrow = useNarrow();
  const [filter, setFilter] = useState<Filter>('all');
  const [search, setSearch] = useState('');
  const [adding, setAdding] = useState(false);
  const box = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const slash = (event: KeyboardEvent) => {
      const typing = (event.target as Element).closest('input, textarea, [contenteditable]');
      if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        box.current?.focus();
      }
    };
    window.addEventListener('keydown', slash);
    return () => window.removeEventListener('keydown', slash);
  }, []);

  if (view.state === 'failed') return <Failed code={view.code} again={() => void core.refresh()} />;
  // Before the first answer an empty caseload only means: not here yet.
  const opening = view.state === 'loading' || (view.data.length === 0 && status.data?.synced_at == null);
  if (opening) return <Loading label={opened('Opening the caseload', link)} />;

  const rows = view.data.filter((row) => fits(row, filter) && found(row, search));
  return (
    <>
      <div className="page-head">
        <div>
          <h1>Caseload</h1>
          {view.data.length > 0 && <p>{summary(view.data)}</p>}
        </div>
        {view.data.length > 0 && (
          <Button kind="primary" onPress={() => setAdding(true)}>
            <PlusIcon /> Add a patient
          </Button>
        )}
      </div>
      {view.data.length === 0 ? (
        <div className="card">
          <Empty title="No patients yet" icon={<PeopleIcon size={36} />}>
            <p>
              Add a patient, then invite their phone. A program with at least one track is needed first; you find both
              under <a href={to.clinic()}>Clinic</a>.
            </p>
            <Button kind="primary" onPress={() => setAdding(true)}>
              Add a patient
            </Button>
          </Empty>
        </div>
      ) : (
        <>
          <div className="caseload-tools">
            <div className="search">
              <SearchIcon />
              <input
                ref={box}
                className="input"
                type="search"
                aria-label="Search by name or track"
                placeholder="Search by name or track"
                value={search}
                onChange={(event) => setSearch(event.target.value)}
                onKeyDown={(event) => event.key === 'Escape' && setSearch('')}
              />
            </div>
            <div className="segments" role="group" aria-label="Show">
              {(Object.entries(FILTERS) as [Filter, string][]).map(([id, name]) => {
                const count = view.data.filter((row) => fits(row, id)).length;
                return (
                  <button
                    key={id}
                    type="button"
                    className="segment"
                    aria-pressed={filter === id}
                    onClick={() => setFilter(id)}
                  >
                    {name} <span className="soft">{count}</span>
                  </button>
                );
              })}
            </div>
          </div>
          <p className="unseen" role="status">
            {plural(rows.length, 'patient', 'patients')} shown
          </p>
          {rows.length === 0 ? (
            <div className="card">
              <Empty title="Nobody here">
                <p>No patient fits this search.</p>
                <Button onPress={() => (setFilter('all'), setSearch(''))}>Show everyone</Button>
              </Empty>
            </div>
          ) : narrow ? (
            <Cards rows={rows} now={now} />
          ) : (
            <Table rows={rows} now={now} />
          )}
        </>
      )}
      <AddPatient isOpen={adding} onClose={() => setAdding(false)} />
    </>
  );
}
