/** The first look: what needs follow-up, how it goes, what is next. */
import { useState } from 'react';
import type { Flag, PatientPage } from '../core/types.ts';
import { FlagCard, FlagDialog, flagKey } from '../flag/flag.tsx';
import { to } from '../routes.ts';
import { ago, onClock, weekdayDate } from '../ui/format.ts';
import { Empty } from '../ui/parts.tsx';
import { TrendFigure } from './trend.tsx';

export function Overview({ page, now }: { page: PatientPage; now: number }) {
  const [closing, setClosing] = useState<Flag | null>(null);
  const [table, setTable] = useState(false);
  const open = page.flags.filter((flag) => !flag.closed);
  const closed = page.flags.filter((flag) => flag.closed);
  const totals = page.trends.filter((trend) => trend.item === null);
  const lines = page.trends.filter((trend) => trend.item !== null);
  const next = page.sessions.filter(({ session }) => session.end > now && session.status !== 'cancelled').slice(0, 3);
  const homework = page.homework.filter((homework) => homework.done < homework.times).slice(0, 3);
  const unread = page.check_ins.filter((one) => one.opened_at === null).slice(0, 4);
  const plan = page.plans.find((plan) => plan.current);

  return (
    <div className="stack">
      {open.map((flag) => (
        <FlagCard key={flagKey(flag)} flag={flag} now={now} onClose={() => setClosing(flag)} />
      ))}
      <div className="columns">
        <div className="stack">
          <section className="card" aria-labelledby="trends">
            <header>
              <h2 id="trends">Over time</h2>
              <div className="segments" role="group" aria-label="Show as">
                <button type="button" className="segment" aria-pressed={!table} onClick={() => setTable(false)}>
                  Chart
                </button>
                <button type="button" className="segment" aria-pressed={table} onClick={() => setTable(true)}>
                  Table
                </button>
              </div>
            </header>
            <div className="body stack wide">
              {page.trends.length === 0 && (
                <Empty title="Nothing to draw yet">
                  <p>Lines begin with the first day of the program.</p>
                </Empty>
              )}
              {totals.length > 0 && (
                <div className="trend-pair">
                  {totals.map((trend) => (
                    <TrendFigure key={trend.form} trend={trend} table={table} height={210} />
                  ))}
                </div>
              )}
              {lines.length > 0 && (
                <div className="trend-small">
                  {lines.map((trend) => (
                    <TrendFigure key={`${trend.form} ${trend.item}`} trend={trend} table={table} height={96} />
                  ))}
                </div>
              )}
              {page.trends.length > 0 && !table && (
                <p className="small soft">A break in a line is a span without an answer. Bands are the instruments’ own.</p>
              )}
            </div>
          </section>
          {closed.length > 0 && (
            <details className="card pad">
              <summary>Closed safety flags ({closed.length})</summary>
              <div className="stack tight pad-top">
                {closed.map((flag) => (
                  <FlagCard key={flagKey(flag)} flag={flag} now={now} onClose={null} />
                ))}
              </div>
            </details>
          )}
        </div>
        <div className="stack">
          <section className="card" aria-labelledby="o-unread">
            <header>
              <h2 id="o-unread">Unread check-ins</h2>
              <a href={to.patient(page.row.patient, 'check-ins')}>All</a>
            </header>
            {unread.length === 0 ? (
              <p className="body soft">Everything has been opened.</p>
            ) : (
              <ul className="plain check-in-list">
                {unread.map((one) => (
                  <li key={one.id}>
                    <a className="unread" href={to.patient(page.row.patient, 'check-ins', one.id)}>
                      <span className="title">
                        <span className="unread-dot" aria-hidden="true" />
                        <strong>{one.title}</strong>
                        {one.safety_positive && <span className="badge danger">Follow-up</span>}
                      </span>
                      <span className="small soft">{ago(one.at, now)}</span>
                    </a>
                  </li>
                ))}
              </ul>
            )}
          </section>
          <section className="card" aria-labelledby="o-sessions">
            <header>
              <h2 id="o-sessions">Next sessions</h2>
              <a href={to.patient(page.row.patient, 'sessions')}>All</a>
            </header>
            {next.length === 0 ? (
              <p className="body soft">None in the next two weeks.</p>
            ) : (
              <ul className="plain items">
                {next.map(({ session, clock }) => (
                  <li key={session.id}>
                    <div>{session.title}</div>
                    <div className="small soft">
                      {onClock(clock)}
                    </div>
                  </li>
                ))}
              </ul>
            )}
          </section>
          <section className="card" aria-labelledby="o-homework">
            <header>
              <h2 id="o-homework">Open homework</h2>
              <a href={to.patient(page.row.patient, 'homework')}>All</a>
            </header>
            {homework.length === 0 ? (
              <p className="body soft">None open.</p>
            ) : (
              <ul className="plain items">
                {homework.map((one) => (
                  <li key={one.id}>
                    <div>{one.title}</div>
                    <div className="small soft">
                      {one.done} of {one.times} · until {weekdayDate(one.due)}{' '}
                      {one.overdue && <span className="badge warn">overdue</span>}
                    </div>
                  </li>
                ))}
              </ul>
            )}
          </section>
          <section className="card" aria-labelledby="o-plan">
            <header>
              <h2 id="o-plan">Transition plan</h2>
              <a href={to.patient(page.row.patient, 'plan')}>{plan ? 'Open' : 'Write'}</a>
            </header>
            <p className="body soft">
              {plan
                ? plan.acknowledged_at
                  ? `Written by ${plan.by}; the patient has read it.`
                  : `Written by ${plan.by}; the patient has not read it yet.`
                : 'Not written yet.'}
            </p>
          </section>
          {page.notes.length > 0 && (
            <section className="card" aria-labelledby="o-notes">
              <header>
                <h2 id="o-notes">Notes of the team</h2>
              </header>
              <ul className="plain items">
                {page.notes.map((note) => (
                  <li key={`${note.at} ${note.by}`}>
                    <p className="said">{note.text}</p>
                    <p className="small soft">
                      {note.by}, {ago(note.at, now)}
                    </p>
                  </li>
                ))}
              </ul>
            </section>
          )}
        </div>
      </div>
      <FlagDialog flag={closing} name={page.row.name} now={now} onClose={() => setClosing(null)} />
    </div>
  );
}
