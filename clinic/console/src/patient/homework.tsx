/** Homework given, and what came of it. */
import { useAct } from '../core/react.tsx';
import type { HomeworkState, LogView, PatientPage } from '../core/types.ts';
import { dayTime, weekdayDate } from '../ui/format.ts';
import { Button, Empty, Trouble } from '../ui/parts.tsx';
import { COMPLETION, HELPFULNESS } from '../words.ts';

function Log({ log, title }: { log: LogView; title?: string }) {
  return (
    <li>
      <div className="row apart">
        <span>
          <strong>{COMPLETION[log.completion]}</strong>
          {title && <span className="soft"> · {title}</span>}
        </span>
        <span className="small soft">{dayTime(log.at)}</span>
      </div>
      <div className="small soft">
        {[
          log.distress_before !== null &&
            `distress ${log.distress_before}${log.distress_after !== null ? ` before, ${log.distress_after} after` : ' before'}`,
          log.minutes !== null && `${log.minutes} min`,
          log.helpfulness !== null && `helped: ${HELPFULNESS[log.helpfulness]?.toLowerCase() ?? log.helpfulness}`,
        ]
          .filter(Boolean)
          .join(' · ')}
      </div>
      {log.obstacle && <div className="small">Got in the way: {log.obstacle}</div>}
      {log.safety && (
        <div className="small">
          <strong>Tells of self-harm.</strong> Go through it together.
        </div>
      )}
      {log.lines.map((line) => (
        <div key={line.label} className="small">
          <span className="soft">{line.label}</span> {line.text}
        </div>
      ))}
      {log.note && <div className="note small">{log.note}</div>}
    </li>
  );
}

function State({ one, onWithdraw, busy }: { one: HomeworkState; onWithdraw: () => void; busy: boolean }) {
  return (
    <header>
      <div>
        <h2>{one.title}</h2>
        <p className="small soft">
          Given {dayTime(one.assigned_at)} · until {weekdayDate(one.due)}
        </p>
      </div>
      <div className="row">
        {one.done >= one.times ? (
          <span className="badge ok">
            {one.done} of {one.times}
          </span>
        ) : (
          <span className={one.overdue ? 'badge warn' : 'badge'}>
            {one.done} of {one.times}
            {one.overdue && ' · overdue'}
          </span>
        )}
        <Button size="small" kind="quiet" calm isDisabled={busy} onPress={onWithdraw}>
          Take back
        </Button>
      </div>
    </header>
  );
}

export function Homework({ page, onAssign }: { page: PatientPage; onAssign: () => void }) {
  const { run, busy, code } = useAct();
  const patient = page.row.patient;
  const own = page.logs.filter((log) => !page.homework.some((one) => one.id === log.homework));
  if (page.homework.length === 0 && own.length === 0) {
    return (
      <div className="card">
        <Empty title="No homework yet">
          <p>What you assign appears on the patient’s phone with its last day; what they log appears here.</p>
          <Button kind="primary" onPress={onAssign}>
            Assign homework
          </Button>
        </Empty>
      </div>
    );
  }
  return (
    <div className="stack">
      <Trouble code={code} />
      <div className="columns half">
        {page.homework.toReversed().map((one) => {
          const logs = page.logs.filter((log) => log.homework === one.id);
          return (
            <section key={one.id} className="card">
              <State
                one={one}
                busy={busy}
                onWithdraw={() => void run({ act: 'withdraw-homework', patient, homework: one.id })}
              />
              {one.instructions && <p className="body">{one.instructions}</p>}
              {logs.length > 0 ? (
                <ul className="plain items">
                  {logs.map((log) => (
                    <Log key={log.at} log={log} />
                  ))}
                </ul>
              ) : (
                <p className="body soft">Not logged yet.</p>
              )}
            </section>
          );
        })}
        {own.length > 0 && (
          <section className="card">
            <header>
              <h2>Practice nobody assigned</h2>
            </header>
            <ul className="plain items">
              {own.map((log) => (
                <Log key={log.at} log={log} {...(log.skill_title ? { title: log.skill_title } : {})} />
              ))}
            </ul>
          </section>
        )}
      </div>
    </div>
  );
}
